"""A folder of campaigns as their authors have it, and the commands as they type them."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from api.cli import main
from api.settings import ROOT
from tests.campaigns.small import changed, copied

COMMAND = [sys.executable, "-c", "from api.cli import main; main()"]


def site_in(folder: Path) -> Path:
    """The fixture campaigns with their own templates; the members are the shipped ones."""
    root = copied(folder)
    for name in ("HSII", "record-led-lake-letter"):
        changed(root / "campaigns/dossier/demands.yaml", f"      {name}:", f"      # {name}:")
        (root / f"templates/letters/save-the-lake/{name}.j2").unlink()
    (root / "campaigns/dossier/records.yaml").unlink()
    return root


def environment(site: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "COLUMNS": "100",
        "PYTHONPATH": str(ROOT),
        "UNDERSIGNED_STATE_DIR": str(site / "var"),
        "UNDERSIGNED_CAMPAIGNS_DIR": str(site / "campaigns"),
        "UNDERSIGNED_TEMPLATES_DIR": str(site / "templates"),
        **more,
    }


def run_alone(site: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, as a shell does."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=site,
        env=environment(site, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def run(
    site: Path, *arguments: str, stdin: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in this process, which has imported everything already."""
    out, err = StringIO(), StringIO()
    with (
        patch.dict(os.environ, environment(site, **more), clear=True),
        patch.object(sys, "argv", ["undersigned", *arguments]),
        patch.object(sys, "stdin", StringIO(stdin)),
        chdir(site),
        redirect_stdout(out),
        redirect_stderr(err),
        ThreadPoolExecutor(1) as elsewhere,  # a test may have a running loop here
    ):
        code = elsewhere.submit(_exit_code).result()
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def _exit_code() -> int:
    """What the shell would be told; a sentence to exit with is printed and means 1."""
    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
            return 1
        return end.code or 0
    return 0
