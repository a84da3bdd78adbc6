"""A folder of campaigns as their authors have it, and the commands as they type them."""

import os
import subprocess
import sys
from pathlib import Path

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


def run(site: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=site,
        env=environment(site, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
