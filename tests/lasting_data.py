"""The shipped data with terms and lines that do not end, so that the tests pass on any day.

Tests of what happens when terms end have days or data of their own.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from api.settings import ROOT
from api.targets import dataset

FIRST_END = "2027-01-03"
"""The end of the shipped Congress; terms that ended before it stay ended."""
LASTING = "2099-01-03"


def lasting_data(folder: Path) -> None:
    """Copy the shipped data into ``folder``, which must not exist yet, with lasting terms."""
    shutil.copytree(ROOT / "data", folder)
    shipped = dataset.read(folder)
    members = [
        {**member, "end": LASTING} if member["end"] >= FIRST_END else member
        for member in shipped.members
    ]
    lasting = replace(shipped, members=members, lines=[_lasting(row) for row in shipped.lines])
    (folder / dataset.FILE_NAME).write_bytes(dataset.encode(lasting))


def _lasting(edition: dict[str, Any]) -> dict[str, Any]:
    """The same lines, kept for as long as the terms last."""
    kept = {"kept": True, "read": "An invention of the tests.", "sources": []}
    return {**edition, "verdicts": [{"congress": n, **kept} for n in range(120, 157)]}
