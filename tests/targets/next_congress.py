"""An invented 120th Congress, made from the shipped 119th: who comes, stays, moves and leaves."""

from dataclasses import replace
from datetime import date
from typing import Any

from api.targets.dataset import DataSet

AS_OF = date(2027, 1, 20)
ARRIVED, MOVED_TO = "house:CA-30", "senate:MA:2"
MOVED_FROM = "house:MA-5"
VACATED = "house:TX-22"
NEWCOMER: dict[str, Any] = {
    "id": "N000999",
    "name": "Nova Grant",
    "last": "Grant",
    "party": "Independent",
    "phone": "202-555-0100",
    "form": None,
    "site": "https://example.org",
    "address": "1 Longworth House Office Building\nWashington, DC 20515-0530",
    "offices": [],
    "committees": [["HSFA", None]],
}


def next_congress(shipped: DataSet) -> DataSet:
    """A newcomer in CA-30, MA-5's member in the Senate, TX-22 without a member, all others stay.

    One ZIP code of Glendale lies in another district than before.
    """
    members = [member for member in map(_stays, shipped.members) if member["seat"] != VACATED]
    by_seat = {member["seat"]: member for member in members}
    mover = by_seat.pop(MOVED_FROM)
    by_seat[MOVED_TO] = {**mover, "seat": MOVED_TO, "start": "2027-01-03", "end": "2033-01-03"}
    by_seat[ARRIVED] = {**by_seat[ARRIVED], **NEWCOMER}
    zips = {**shipped.zips, "91204": "CA-28"}
    found = sorted(by_seat.values(), key=lambda member: str(member["id"]))
    return replace(shipped, congress=120, as_of=AS_OF, members=found, zips=zips, digest="n" * 64)


def special_election(shipped: DataSet) -> DataSet:
    """The same Congress, with the newcomer in CA-30 since November 2026."""
    term = {"start": "2026-11-10", "end": "2027-01-03"}
    members = [{**m, **NEWCOMER, **term} if m["seat"] == ARRIVED else m for m in shipped.members]
    found = sorted(members, key=lambda member: str(member["id"]))
    return replace(shipped, as_of=date(2026, 11, 20), members=found, digest="s" * 64)


def _stays(member: dict[str, Any]) -> dict[str, Any]:
    """The same member with a term that runs on, as the law has it."""
    if member["seat"].startswith("house:"):
        return {**member, "start": "2027-01-03", "end": "2029-01-03"}
    if member["end"] <= "2027-01-03":
        return {**member, "start": "2027-01-03", "end": "2033-01-03"}
    return member
