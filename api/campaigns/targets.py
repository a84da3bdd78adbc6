"""Whom a campaign's ``targets`` select among the holders of offices.

``house`` and ``senate`` are a supporter's own members of Congress, ``committee:SSFR`` and
``committee:HSAP04`` those of them who sit on it, ``house:CA-30`` and ``senate:MA:1`` the holder
of one seat, any other name an office of ``offices.yaml``. A target only ever selects among a
supporter's own representatives: no letter goes to a member whom its writer does not elect.
"""

import re
from typing import Protocol

from api.letters.reader import COMMITTEE_CODE
from api.targets.congress import Directory

CONGRESS = ("house", "senate")
COMMITTEE = "committee:"
SEAT = re.compile(r"(house:[A-Z]{2}-[0-9]{1,2}|senate:[A-Z]{2}:[123])")
PATTERN = (
    r"^([a-z0-9]+(-[a-z0-9]+)*|committee:[A-Z]{4}([0-9]{2})?"
    r"|house:[A-Z]{2}-[0-9]{1,2}|senate:[A-Z]{2}:[123])$"
)
_CHAMBERS = {"H": frozenset({"house"}), "S": frozenset({"senate"})}


class _Post(Protocol):
    @property
    def committee(self) -> str: ...


class Holder(Protocol):
    """Who holds a seat, and sits on which committees: a target, or the reader of a letter."""

    @property
    def seat(self) -> str: ...
    @property
    def committees(self) -> tuple[_Post, ...]: ...


def is_office(target: str) -> bool:
    """Whether a target is an office of ``offices.yaml`` and no part of Congress."""
    return target not in CONGRESS and ":" not in target


def committee_of(target: str) -> str | None:
    """``HSFA`` of ``committee:HSFA``; None for any other target."""
    return target.removeprefix(COMMITTEE) if target.startswith(COMMITTEE) else None


def chambers_of(target: str) -> frozenset[str]:
    """``house``, ``senate``, both (a joint committee) or neither (an office)."""
    committee = committee_of(target)
    if committee:
        return _CHAMBERS.get(committee[0], frozenset(CONGRESS))
    return frozenset({target.partition(":")[0]} & set(CONGRESS))


def selects(target: str, holder: Holder) -> bool:
    """Whether the holder of a seat in Congress is among those whom ``target`` names."""
    committee = committee_of(target)
    if committee:
        return any(post.committee == committee for post in holder.committees)
    return selects_seat(target, holder.seat)


def selects_seat(target: str, seat: str) -> bool:
    """The same for a seat that nobody holds, and that is on no committee therefore."""
    return seat == target or (target in CONGRESS and seat.startswith(f"{target}:"))


def committee_name(code: str, directory: Directory) -> str:
    """``HSFA`` as "the House Committee on Foreign Affairs", a subcommittee with its parent."""
    name = directory.committees[code]
    parent = directory.committees.get(code[:COMMITTEE_CODE], "")
    if code == code[:COMMITTEE_CODE] or not parent:
        return f"the {name}"
    part = name if name.startswith("Subcommittee") else f"Subcommittee on {name}"
    return f"the {part} of the {parent}"
