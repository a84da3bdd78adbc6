"""From a ZIP code to the states and districts it lies in, and from typed text to a district.

A ZIP code is not a district: one in five crosses a district line, and this never picks one.
"""

import re
from array import array
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from api.errors import FieldError, InvalidInput
from api.security.text import TextRefused, clean_zip, tidy_code
from api.targets.states import FREELY_ASSOCIATED, STATES

_DISTRICT = re.compile(r"([A-Z]{2})[- ]?([0-9]{1,3}|AL|AT[- ]?LARGE)", re.ASCII)
EACH = "*"  # in place of a number: each district of the state
_SHARE = ":"  # between a district and its share
_LEAST = 0.0001
_LONGEST = 64  # of anything worth reading as a district


@dataclass(frozen=True, slots=True)
class Area:
    """What a ZIP code lies in, or, for one known by its prefix only, may lie in.

    ``kind`` is ``state``, ``military`` or ``freely_associated``; only the first has districts, the
    likeliest first where that is known. ``unknown`` are those of ``states`` whose lines are not
    known; all their districts are there.
    """

    kind: str
    states: tuple[str, ...]
    districts: tuple[str, ...]
    unknown: tuple[str, ...] = ()


def refuse(field: str, code: str, message: str) -> InvalidInput:
    """The error for one field. The message never repeats what was typed."""
    return InvalidInput(FieldError(field, code, message))


def normal_zip(text: str) -> str:
    """Five ASCII digits. ZIP+4, and what ``clean_zip`` makes of it, are taken.

    Raises InvalidInput on the field ``zip`` with code ``zip_malformed``.
    """
    return _zip(text)[:5]


def full_zip(text: str) -> str:
    """The same with the four digits of a ZIP+4, as in ``02138-1234``. Raises as ``normal_zip``."""
    return _zip(text)


def _zip(text: str) -> str:
    if len(text) == 5 and text.isascii() and text.isdigit():  # noqa: PLR2004 nearly always so
        return text
    try:
        return clean_zip(text)
    except TextRefused as error:
        raise refuse("zip", error.code, error.message) from None


def normal_district(text: str) -> str:
    """Writes "ca-30", "CA 30" and "CA-030" as "CA-30", and "WY-AL" as "WY-0".

    Says nothing on whether the district exists. Raises InvalidInput on ``district``.
    """
    match = _DISTRICT.fullmatch(tidy_code(text[:_LONGEST]).upper())
    if match is None:
        raise refuse(
            "district",
            "district_malformed",
            "Write the district as state and number, such as CA-30, or WY-0 where there is one.",
        )
    number = int(match[2]) if match[2].isdigit() else 0
    return f"{match[1]}-{number}"


def district_names(text: str) -> list[str]:
    """The districts of a ZIP code's row in a data set, "MA-5:0.25 MA-7:0.75" or "MA-5 MA-7"."""
    return [entry.partition(_SHARE)[0] for entry in text.split()]


def district_share(share: float) -> str:
    """What follows a district in such a row. A few people are never none, and never all but all."""
    return f"{_SHARE}{min(max(share, _LEAST), 1 - _LEAST):.4f}"


def without_shares(text: str) -> str:
    """The row as it would be if nobody knew how many people live in which of its districts."""
    return " ".join(sorted(district_names(text), key=district_key))


def likeliest_first(text: str) -> tuple[str, ...]:
    """A row's districts: by the share of the ZIP code's people that live in them, where it is
    known of each; else in order of their numbers."""
    entries = [entry.partition(_SHARE) for entry in text.split()]
    if not all(share for _, _, share in entries):
        return tuple(sorted((name for name, _, _ in entries), key=district_key))
    ordered = sorted(entries, key=lambda entry: (-float(entry[2]), district_key(entry[0])))
    return tuple(name for name, _, _ in ordered)


def district_key(district: str) -> tuple[str, int]:
    """For sorting: "MA-5" before "MA-10"."""
    state, _, number = district.partition("-")
    return state, int(number)


class ZipTable:
    """Every possible ZIP code and its area, in 200 kB: one number a ZIP, one area a number."""

    def __init__(
        self,
        zips: Mapping[str, str],
        prefixes: Mapping[str, str],
        by_state: Mapping[str, tuple[str, ...]],
        unknown: Collection[str] = (),
    ) -> None:
        """``prefixes``: as in DataSet; ``zips``: likewise, where "TX-*" is each district of a
        state; ``by_state``: state -> all its districts; ``unknown``: states without known lines."""
        self._by_state = by_state
        self._unknown = unknown
        self._areas: list[Area | None] = [None]
        self._numbers: dict[Area, int] = {}
        self._table = array("H", bytes(2 * 10**5))
        for prefix in sorted(prefixes, key=len):  # the longest match wins
            kind, *states = prefixes[prefix].split()
            districts = (d for state in states for d in by_state.get(state, ()))
            self._fill(prefix, Area(kind, tuple(states), tuple(districts), self._of(states)))
        made: dict[str, int] = {}
        for zip_code, text in zips.items():
            if text not in made:
                made[text] = self._number(self._area(text))
            self._table[int(zip_code)] = made[text]

    def __getitem__(self, zip_code: str) -> Area:
        """The area of five digits. Raises InvalidInput on ``zip`` where there is no district."""
        area = self._areas[self._table[int(zip_code)]]
        if area is None or area.kind != "state":
            raise _no_district(area)
        return area

    def areas(self) -> Iterable[Area]:
        """Each distinct area once."""
        return tuple(self._numbers)

    def _fill(self, prefix: str, area: Area) -> None:
        count = 10 ** (5 - len(prefix))
        first = int(prefix) * count
        self._table[first : first + count] = array("H", [self._number(area)]) * count

    def _area(self, text: str) -> Area:
        whole = [entry for each in text.split() for entry in self._each(each)]
        districts = likeliest_first(" ".join(whole))
        states = sorted({district_key(district)[0] for district in districts})
        return Area("state", tuple(states), districts, self._of(states))

    def _each(self, entry: str) -> tuple[str, ...]:
        state, _, number = entry.partition("-")
        return self._by_state[state] if number == EACH else (entry,)

    def _of(self, states: Iterable[str]) -> tuple[str, ...]:
        return tuple(state for state in states if state in self._unknown)

    def _number(self, area: Area) -> int:
        if area not in self._numbers:
            self._numbers[area] = len(self._areas)
            self._areas.append(area)
        return self._numbers[area]


def _no_district(area: Area | None) -> InvalidInput:
    if area is None:
        return refuse(
            "zip", "zip_unknown", "No such ZIP code exists. Check its five digits and try again."
        )
    if area.kind == "military":
        return refuse(
            "zip",
            "zip_military",
            "A military address belongs to no district. Enter the ZIP code of the address in your "
            "home state at which you are registered to vote.",
        )
    place = FREELY_ASSOCIATED[area.states[0]]
    return refuse(
        "zip",
        "zip_freely_associated",
        f"This ZIP code lies in {place}, which has no seat in Congress. If you vote in a state, "
        "enter the ZIP code of your address there.",
    )


def elsewhere() -> InvalidInput:
    """The stated district is in none of the ZIP code's states."""
    return refuse(
        "district",
        "district_elsewhere",
        "This district is in another state than the ZIP code. Choose a district of the ZIP code's "
        "state, or correct the ZIP code.",
    )


def unknown_district(district: str, by_state: Mapping[str, tuple[str, ...]]) -> InvalidInput:
    """The stated district does not exist; the message says which ones do."""
    state, _ = district_key(district)
    known = by_state.get(state)
    if not known:
        message = "No state has this abbreviation. Write the district as in CA-30."
    elif len(known) == 1:
        message = f"{STATES[state].name} has a single district: write {known[0]}."
    else:
        message = f"{STATES[state].name} has the districts {known[0]} to {known[-1]}: choose one."
    return refuse("district", "district_unknown", message)
