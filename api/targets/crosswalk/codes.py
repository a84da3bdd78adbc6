"""Block ids and district codes, as census files and states' spreadsheets write them."""

import re

from api.targets.states import BY_FIPS, State

LOCAL = 10**13  # a block's id is two digits for its state and thirteen more
LAST_STATE = 78  # the highest number of a state or territory
NO_DISTRICT = 99  # "ZZ", or nothing: mostly water
DELEGATE = 98

_BLOCK_LENGTH = 15
_MOST_SHOWN = 40
_GEO_ID = re.compile(r"(?:1000000|7500000)US([0-9]{15})")  # data.census.gov, PL 94-171
_ROUNDED = re.compile(r"[0-9.]+E\+?[0-9]+", re.IGNORECASE)
_DISTRICT = re.compile(
    r"(?:[A-Z]{2}[- ]?|CD[- ]?|(?:CONGRESSIONAL )?DISTRICT )?0*([0-9]{1,2})(?:\.0+)?",
    re.IGNORECASE | re.ASCII,
)
_NONE = frozenset({"", "ZZ", "ZZZ", "NA", "NULL", "UNASSIGNED"})


def shown(text: str) -> str:
    """A value as a refusal repeats it: quoted, and not without end."""
    return repr(text[:_MOST_SHOWN] + "…" if len(text) > _MOST_SHOWN else text)


def block_number(text: str) -> int:
    """A block's 15 digits as a number. Raises ValueError with the reason.

    A leading zero that a spreadsheet dropped is put back; what it rounded is refused.
    """
    if len(text) == _BLOCK_LENGTH and text.isdecimal():
        return int(text)
    plain = text.strip(" \t='\"").removesuffix(".0")
    if found := _GEO_ID.fullmatch(plain):
        return int(found[1])
    if _ROUNDED.fullmatch(plain):
        raise ValueError(
            f"{shown(text)} is a block id that a spreadsheet rounded: export that column as text"
        )
    if not (plain.isascii() and plain.isdecimal()):
        raise ValueError(f"{shown(text)} is no block id, which has 15 digits")
    if len(plain) == _BLOCK_LENGTH - 1 and f"0{plain[0]}" in BY_FIPS:
        return int(plain)
    if len(plain) != _BLOCK_LENGTH:
        raise ValueError(f"{shown(text)} has {len(plain)} digits; a block id has 15")
    return int(plain)


def block_text(state: int, local: int) -> str:
    """The 15 digits of a block."""
    return f"{state:02d}{local:013d}"


def state_of(fips: int) -> State:
    """The state of two digits. Raises ValueError for what is none."""
    state = BY_FIPS.get(f"{fips:02d}")
    if state is None:
        raise ValueError(f"{fips:02d} is the number of no state")
    return state


def district_number(text: str) -> int:
    """A district's number as the file has it: 0 at large, DELEGATE, or NO_DISTRICT.

    Raises ValueError with the reason.
    """
    plain = text.strip(" \t='\"")
    if plain.upper() in _NONE:
        return NO_DISTRICT
    match = _DISTRICT.fullmatch(plain)
    if match is None:
        raise ValueError(
            f"{shown(text)} is no district of the House: write a number, or ZZ for none"
        )
    number = int(match[1])
    if number == NO_DISTRICT:
        raise ValueError(f"{shown(text)} is no district of the House")
    return number
