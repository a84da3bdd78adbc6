"""Invented new lines of single states, and what to hand in for the 120th Congress."""

from dataclasses import replace
from datetime import date

from api.targets.apportionment import SEATS
from api.targets.dataset import DataSet
from api.targets.line_plan import Table
from api.targets.lines import Source
from tests.targets.next_congress import next_congress
from tests.targets.published import files

MOVED = ("AL", "CA", "FL", "LA", "MO", "NC", "OH", "TN", "TX", "UT")
SOURCE = Source("An invented plan", "An invented commission", "https://example.org/p", "2026-12-01")
AS_OF = date(2027, 1, 5)


def turned(zips: dict[str, str], *states: str) -> dict[str, str]:
    """The ZIP codes of these states one district further on: TX-38 becomes TX-1."""
    return {
        zip_code: " ".join(sorted({_next(d) if d[:2] in states else d for d in text.split()}))
        for zip_code, text in zips.items()
        if any(district[:2] in states for district in text.split())
    }


def _next(district: str) -> str:
    state, _, number = district.partition("-")
    return f"{state}-{int(number) % SEATS[state] + 1}"


def table(shipped: DataSet, *states: str) -> Table:
    return Table(turned(shipped.zips, *states), 120, SOURCE)


def handed_in(shipped: DataSet, zips: dict[str, str] | None = None) -> dict[str, bytes]:
    """All published files with members of 2027, and the old ZIP table, or another one."""
    members = next_congress(shipped).members
    return files(replace(shipped, members=members, zips=zips or shipped.zips))
