"""A tiny Congress of invented people, and the fixture campaigns, for tests of letters."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

from api.campaigns.check import Examination, examine
from api.campaigns.problems import Problem, errors_of
from api.targets.congress import Directory
from api.targets.dataset import DataSet

FIXTURES = Path(__file__).parent / "fixtures"
TODAY = date(2026, 11, 22)
DEMANDS = ("clean-lake", "count-fish")

_MEMBERS: list[tuple[str, str, str, str, list[tuple[str, str | None]]]] = [
    ("Q900001", "Ada Quill", "Quill", "house:CA-30", [("HSII", None), ("HSII13", "chair")]),
    ("S900002", "Ben Stone", "Stone", "house:WY-0", []),
    ("H900003", "Cleo Hart", "Hart", "house:DC-0", []),
    ("L900004", "Dario Luz", "Luz", "house:PR-0", []),
    ("M900005", "Eve Marsh", "Marsh", "house:CA-31", [("HSII", None)]),
    ("G900006", "Finn Gray", "Gray", "senate:CA:1", [("SSEG", "ranking")]),
    ("W900007", "Gia Wells", "Wells", "senate:CA:3", []),
]


def directory() -> Directory:
    """Seven members; CA's other districts do not exist, WY has no senators on record."""
    committees = {
        "HSII": "House Committee on Natural Resources",
        "HSII13": "Subcommittee on Water",
        "SSEG": "Senate Committee on Energy",
        "HSAG": "House Committee on Agriculture",
    }
    return Directory(
        DataSet(
            congress=119,
            as_of=date(2026, 11, 1),
            sources=[],
            committees=committees,
            prefixes={"912": "state CA", "820": "state WY"},
            members=[_member(*row) for row in _MEMBERS],
            zips={"91204": "CA-30", "91205": "CA-30 CA-31", "82001": "WY-0"},
            digest="d" * 64,
        )
    )


def _member(
    bioguide: str, name: str, last: str, seat: str, committees: list[tuple[str, str | None]]
) -> dict[str, Any]:
    return {
        "id": bioguide,
        "name": name,
        "last": last,
        "seat": seat,
        "party": "Independent",
        "start": "2025-01-03",
        "end": "2027-01-03",
        "phone": "202-555-0100",
        "form": None,
        "site": "https://example.org",
        "address": "1 Example Building",
        "offices": [],
        "committees": committees,
    }


def copied(to: Path) -> Path:
    """A copy of the fixtures that a test may break; it has ``campaigns`` and ``templates``."""
    return Path(shutil.copytree(FIXTURES, to / "site"))


def examined(root: Path, today: date = TODAY) -> Examination:
    return examine(root / "campaigns", root / "templates", directory(), today)


def errors(root: Path) -> list[Problem]:
    return errors_of(examined(root).problems)


def changed(path: Path, old: str, new: str) -> None:
    """Puts ``new`` in the place of ``old``, which must stand in the file."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
