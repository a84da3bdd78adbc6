"""Whether a condensed data set is complete: gaps, duplicates and contradictions are refused.

The bounds are the law's where there is one (435 voting House members, two senators a state),
else generous: they catch a file that was cut off, not a busy month of resignations.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, KeysView, Mapping
from datetime import date
from typing import Any

from api.targets.apportionment import DIVIDED, FIRST, LAST, districts_of
from api.targets.dataset import DataSet
from api.targets.days import congress_on
from api.targets.districts import district_key, district_names
from api.targets.line_plan import by_state
from api.targets.lines import newer_rows
from api.targets.states import FREELY_ASSOCIATED, MILITARY, STATES

VOTING_DISTRICTS = 435
SENATORS = 100
MOST_VACANT_HOUSE = 20
MOST_VACANT_SENATE = 6
MOST_ENDED = 6
FEWEST_ZIPS = 33_000
FEWEST_PREFIXES = 900
FEWEST_COMMITTEES = 100
FEWEST_MEMBERSHIPS = 2_500
FEWEST_OFFICES = 900
MOST_WITHOUT_PHONE = 30
MOST_ZIPS_GONE = 0.05  # of a state: those where nobody lives may be left out
NO_ZIP_ROWS = frozenset({"AS", "GU", "MP", "VI"})

_SEAT = re.compile(r"house:([A-Z]{2})-[0-9]{1,2}|senate:([A-Z]{2}):[123]")


def problems(data: DataSet, today: date) -> list[str]:
    """Every reason for which the set must not be used; none when it is whole."""
    checks = (_dates, _seats, _house_seats, _terms, _details, _zips, _numbering, _prefixes, _lines)
    found = [problem for check in checks for problem in check(data)]
    if data.as_of > today:
        found.append(f"the data is dated {data.as_of}, which is yet to come")
    return found


def _dates(data: DataSet) -> Iterator[str]:
    sits = congress_on(data.as_of)
    if data.congress != sits:
        yield f"on {data.as_of} Congress {sits} sat, but the data is for Congress {data.congress}"


def _seats(data: DataSet) -> Iterator[str]:
    for key in ("id", "seat"):
        counts = Counter(member[key] for member in data.members)
        yield from (f"{key} {value} stands {n} times" for value, n in counts.items() if n > 1)
    for member in data.members:
        match = _SEAT.fullmatch(member["seat"])
        state = STATES.get((match[1] or match[2]) if match else "")
        if state is None:
            yield f"{member['id']}: {member['seat']} is no seat"
        elif match and match[2] and int(member["seat"][-1]) not in state.senate_classes:
            yield f"{member['id']}: {member['seat']} is a class that the state does not elect"
    senators = sum(member["seat"].startswith("senate:") for member in data.members)
    if senators < SENATORS - MOST_VACANT_SENATE:
        yield f"only {senators} senators"


def _house_seats(data: DataSet) -> Iterator[str]:
    held = {m["seat"][6:] for m in data.members if m["seat"].startswith("house:")}
    mapped = _mapped(data)
    for district in sorted(held - mapped):
        if district[:2] not in NO_ZIP_ROWS or not district.endswith("-0"):
            yield f"house:{district} has a member, but no ZIP code lies in it"
    wanted = mapped | {f"{code}-0" for code in NO_ZIP_ROWS}
    if len(wanted - held) > MOST_VACANT_HOUSE:
        yield f"{len(wanted - held)} of {len(wanted)} House seats have no member"


def _terms(data: DataSet) -> Iterator[str]:
    ended = 0
    for member in data.members:
        try:
            start, end = (date.fromisoformat(member[key]) for key in ("start", "end"))
        except (ValueError, TypeError):
            yield f"{member['id']}: its term has no dates"
            continue
        if not start < end:
            yield f"{member['id']}: the term ends before it begins"
        ended += end < data.as_of
    if ended > MOST_ENDED:
        yield f"{ended} terms had ended by {data.as_of}: these members are not the sitting ones"


def _details(data: DataSet) -> Iterator[str]:
    for member in data.members:
        lacking = [key for key in ("id", "name", "last", "party") if not _text(member[key])]
        if lacking:
            yield f"{member['id']}: no {', '.join(lacking)}"
        for committee, _ in member["committees"]:
            if committee not in data.committees:
                yield f"{member['id']} sits on {committee}, which is no committee"
    counts: tuple[tuple[str, int, int], ...] = (
        ("committees", len(data.committees), FEWEST_COMMITTEES),
        ("seats on committees", _total(data, "committees"), FEWEST_MEMBERSHIPS),
        ("district offices", _total(data, "offices"), FEWEST_OFFICES),
        ("members with a telephone", sum(bool(m["phone"]) for m in data.members), _phones(data)),
    )
    for what, count, fewest in counts:
        if count < fewest:
            yield f"only {count} {what}, at least {fewest} are expected"


def _phones(data: DataSet) -> int:
    return len(data.members) - MOST_WITHOUT_PHONE


def _total(data: DataSet, key: str) -> int:
    return sum(len(member[key]) for member in data.members)


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _zips(data: DataSet) -> Iterator[str]:
    if len(data.zips) < FEWEST_ZIPS:
        yield f"only {len(data.zips)} ZIP codes, at least {FEWEST_ZIPS} are expected"
    within = _within(data)
    named = {text: _states(text) for text in set(data.zips.values())}
    for zip_code, text in data.zips.items():
        if not _digits(zip_code, (5,)):
            yield f"{zip_code!r} is no ZIP code"
        elif not named[text] <= _match(within, zip_code):
            states = ", ".join(sorted(named[text]))
            yield f"ZIP {zip_code} lies in {states}, its prefix does not"


def _states(text: str) -> frozenset[str]:
    return frozenset(district[:2] for district in text.split())


def _within(data: DataSet) -> Mapping[str, frozenset[str]]:
    """Prefix -> the states in which its ZIP codes may lie."""
    return {prefix: frozenset(text.split()[1:]) for prefix, text in data.prefixes.items()}


def _match(within: Mapping[str, frozenset[str]], zip_code: str) -> frozenset[str]:
    for length in (5, 4, 3):
        if states := within.get(zip_code[:length]):
            return states
    return frozenset()


def _numbering(data: DataSet) -> Iterator[str]:
    by_state: defaultdict[str, list[int]] = defaultdict(list)
    for district in _mapped(data):
        state, number = district_key(district)
        by_state[state].append(number)
    for state, numbers in sorted(by_state.items()):
        count = len(numbers)
        if state not in STATES:
            yield f"{state} is no state"
        elif sorted(numbers) not in ([0], list(range(1, count + 1))) or numbers == [1]:
            yield f"the districts of {state} are not numbered without a gap"
    for code in sorted(STATES.keys() - by_state.keys() - NO_ZIP_ROWS):
        yield f"no ZIP code lies in {code}"
    voting = sum(len(n) for s, n in by_state.items() if s in STATES and STATES[s].senate_classes)
    if voting != VOTING_DISTRICTS:
        yield f"the ZIP codes lie in {voting} districts with a vote, not {VOTING_DISTRICTS}"


def _lines(data: DataSet) -> Iterator[str]:
    """The editions of the states' lines, and the rows of those that are newer than the table."""
    known = {(edition.state, edition.lines) for edition in data.editions()}
    if len(known) < len(data.editions()):
        yield "an edition of a state's lines stands twice"
    for state in DIVIDED:
        if (state, data.base) not in known:
            yield f"{state} has no lines of Congress {data.base}"
    for state, lines in sorted(known):
        if state not in DIVIDED or lines not in range(FIRST, LAST + 1):
            yield f"lines of {state} for Congress {lines} cannot be"
    yield from _newer(data, {key for key in known if key[1] != data.base})


def _newer(data: DataSet, known: set[tuple[str, int]]) -> Iterator[str]:
    rows: defaultdict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    within = _within(data)
    for lines, zip_code, text in newer_rows(data.newer):
        if not _digits(zip_code, (5,)):
            yield f"{zip_code!r} is no ZIP code"
            continue
        if not _states(text) <= _match(within, zip_code):
            yield f"ZIP {zip_code} has lines of a state that its prefix does not lie in"
        for district in text.split():
            before = rows[district[:2], lines].get(zip_code, "")
            rows[district[:2], lines][zip_code] = f"{before} {district}".strip()
    keys = sorted(known | rows.keys())
    wanted = by_state(data.zips)
    for state, lines in keys:
        if (state, lines) not in known:
            yield f"{state} has rows for Congress {lines}, but no edition says where from"
        else:
            yield from _edition(state, lines, rows[state, lines], wanted[state].keys())


def _edition(
    state: str, lines: int, rows: Mapping[str, str], wanted: KeysView[str]
) -> Iterator[str]:
    """Whether newer rows name each district, and nearly all of the ``wanted`` ZIP codes."""
    named = {district for text in rows.values() for district in district_names(text)}
    if named != set(districts_of(state)):
        wrong = sorted(named ^ set(districts_of(state)), key=district_key)
        yield f"{state} for Congress {lines}: {', '.join(wrong)} must not be missing or too much"
    missing = len(wanted - rows.keys())
    if missing > MOST_ZIPS_GONE * len(wanted):
        yield f"{state} for Congress {lines}: {missing} of {len(wanted)} ZIP codes are missing"


def _prefixes(data: DataSet) -> Iterator[str]:
    known = {"state": STATES, "military": MILITARY, "freely_associated": FREELY_ASSOCIATED}
    covered: set[str] = set()
    for prefix, text in data.prefixes.items():
        kind, *states = text.split()
        covered.update(states)
        if not _digits(prefix, (3, 4, 5)):
            yield f"{prefix!r} is no ZIP prefix"
        if kind not in known or not states or not set(states) <= set(known[kind]):
            yield f"prefix {prefix}: {text!r} is not known"
    for code in sorted(STATES.keys() - covered):
        yield f"no ZIP prefix lies in {code}"
    if len(data.prefixes) < FEWEST_PREFIXES:
        yield f"only {len(data.prefixes)} ZIP prefixes, at least {FEWEST_PREFIXES} are expected"


def _mapped(data: DataSet) -> set[str]:
    return {district for text in set(data.zips.values()) for district in district_names(text)}


def _digits(text: str, lengths: tuple[int, ...]) -> bool:
    return len(text) in lengths and text.isascii() and text.isdigit()
