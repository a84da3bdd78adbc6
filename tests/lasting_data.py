"""The shipped data with terms that do not end, so that the tests pass on any day.

Tests of what happens when terms end have days or data of their own.
"""

import shutil
from dataclasses import replace
from pathlib import Path

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
    path = folder / dataset.FILE_NAME
    path.write_bytes(dataset.encode(replace(shipped, members=members)))
