"""What members of Congress did, member by member: the dossier's records as a list."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from api.campaigns.dossier import Dossier, Record, Source
from api.targets.congress import Directory
from api.targets.models import Target

Chamber = Literal["house", "senate"]
WEIGHT = ("led", "co_led", "sponsored", "signed", "spoke", "declined")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which members. With a state all of its members, else those with something on record."""

    chamber: Chamber | None = None
    state: str | None = None
    party: str | None = None
    what: str | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    record: Record
    source: Source


@dataclass(frozen=True, slots=True)
class Member:
    """A sitting member with their deeds, the weightiest first."""

    holder: Target
    chamber: Chamber
    deeds: tuple[Deed, ...]


def parties(directory: Directory, today: date) -> list[str]:
    """The parties that sit, by name."""
    return sorted({holder.party for holder in directory.seats(today) if holder.party})


def track(dossier: Dossier, directory: Directory, wanted: Wanted, today: date) -> list[Member]:
    """The members that are wanted: by state, senators first, then by seat."""
    deeds: dict[str, list[Record]] = defaultdict(list)
    for record in dossier.records.values():
        if wanted.what in {None, record.what}:
            deeds[record.bioguide].append(record)
    found = [
        Member(holder, chamber, _deeds(dossier, deeds.get(holder.id or "", [])))
        for holder, chamber in _sitting(directory, wanted, today)
        if deeds.get(holder.id or "") or (wanted.state and wanted.what is None)
    ]
    return sorted(found, key=lambda member: _place(member.holder))


def _sitting(directory: Directory, wanted: Wanted, today: date) -> Iterator[tuple[Target, Chamber]]:
    for holder in directory.seats(today):
        chamber: Chamber = "senate" if holder.seat.startswith("senate:") else "house"
        fits = wanted.chamber in {None, chamber} and wanted.state in {None, holder.state}
        if fits and wanted.party in {None, holder.party}:
            yield holder, chamber


def _deeds(dossier: Dossier, records: list[Record]) -> tuple[Deed, ...]:
    ordered = sorted(records, key=lambda record: record.date, reverse=True)
    ordered.sort(key=lambda record: WEIGHT.index(record.what))
    return tuple(Deed(record, dossier.sources[record.source]) for record in ordered)


def _place(holder: Target) -> tuple[str, bool, int, str]:
    number = holder.seat.rpartition("-")[2]
    in_house = holder.seat.startswith("house:")
    return holder.state or "", in_house, int(number) if in_house else 0, holder.last_name
