"""The shipped Caddyfile is one that Caddy takes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from api.settings import ROOT

CADDY = shutil.which("caddy")
SHIPPED = ROOT / "deploy" / "Caddyfile"


@pytest.mark.skipif(CADDY is None, reason="no caddy: on Debian, apt install caddy")
def test_caddy_takes_it(tmp_path: Path) -> None:
    command = [str(CADDY), "validate", "--adapter", "caddyfile", "--config", str(SHIPPED)]
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    told = subprocess.run(
        command, capture_output=True, text=True, env=home, timeout=60, check=False
    )
    assert told.returncode == 0, told.stderr


def test_it_bounds_what_the_documents_promise() -> None:
    text = SHIPPED.read_text()
    for needed in ("max_size 512KiB", "read_header", "read_body", "header_up -Forwarded"):
        assert needed in text
