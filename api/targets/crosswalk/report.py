"""What a crosswalk changes against the data in use, and for how many people, state by state.

The data in use knows which districts a ZIP code lies in, and not which people live in which. So
those counted as moved are the ones of whom it is certain: people in a district that the data in use
does not name for their ZIP code. With the plan of the earlier lines it is exact.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from api.targets.crosswalk.build import Crosswalk
from api.targets.crosswalk.rows import Row
from api.targets.districts import district_names

_MOST_NAMED = 5


@dataclass(slots=True)
class StateChange:
    """One state's figures. ZIP codes count in each state in which they lie.

    ``changed``: ZIP codes with other districts than before; ``moved``: people in a district that
    was not named for their ZIP code, or, where ``exact``, whose block was in another;
    ``false_choices``: districts that were named for a ZIP code and in whose part of it nobody
    lives; ``settled``: people who were asked for their district, and are not any longer;
    ``asked``: people who are asked now and were not before.
    """

    state: str
    zips: int = 0
    people: int = 0
    changed: int = 0
    moved: int = 0
    exact: bool = False
    false_choices: int = 0
    settled: int = 0
    asked: int = 0
    new_zips: int = 0
    without_people: int = 0
    gone: int = 0
    examples: list[str] = field(default_factory=list)


def compare(crosswalk: Crosswalk, present: Mapping[str, str]) -> list[StateChange]:
    """``present``: ZIP -> "MA-5 MA-7", as in the data in use; {} where there is none."""
    changes = {count.state.code: StateChange(count.state.code) for count in crosswalk.states}
    dropped = {(row.zip_code, row.district) for row in crosswalk.dropped}
    for zip_code, rows in _by_zip(crosswalk.rows).items():
        _compare_zip(zip_code, rows, district_names(present.get(zip_code, "")), changes)
    for zip_code, text in present.items():
        for district in district_names(text):
            if (zip_code, district) in dropped:
                changes[district[:2]].false_choices += 1
    _count_gone(crosswalk, present, changes)
    for found in crosswalk.states:
        if found.moved is not None:
            changes[found.state.code].moved = found.moved
            changes[found.state.code].exact = True
    return [changes[state] for state in sorted(changes)]


def as_json(crosswalk: Crosswalk, changes: Iterable[StateChange]) -> dict[str, Any]:
    """For programs: the states' figures and their sums."""
    rows = [asdict(change) for change in changes]
    numbers = [name for name, value in asdict(StateChange("")).items() if type(value) is int]
    return {
        "congress": crosswalk.congress,
        "rows": len(crosswalk.rows),
        "zips": len({row.zip_code for row in crosswalk.rows}),
        "states": rows,
        "total": {name: sum(row[name] for row in rows) for name in numbers},
    }


def _by_zip(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.zip_code].append(row)
    return found


def _compare_zip(
    zip_code: str, found: list[Row], before: list[str], changes: Mapping[str, StateChange]
) -> None:
    """Add a ZIP code to each built state in which it lies."""
    for state in {row.district[:2] for row in found}:
        change = changes[state]
        now = [row for row in found if row.district[:2] == state]
        old = {district for district in before if district[:2] == state}
        people = sum(row.people for row in now)
        change.zips += 1
        change.people += people
        change.without_people += now[0].basis != "people"
        change.new_zips += not old
        if not old:
            continue
        new = {row.district for row in now}
        if new != old:
            change.changed += 1
            _name(change, zip_code, old, now)
        change.moved += sum(row.people for row in now if row.district not in old)
        change.settled += people if len(old) > len(new) == 1 else 0
        change.asked += people if len(new) > len(old) == 1 else 0


def _name(change: StateChange, zip_code: str, old: set[str], now: list[Row]) -> None:
    if len(change.examples) < _MOST_NAMED:
        new = ", ".join(f"{row.district} {row.share:.1%}" for row in now)
        before = ", ".join(sorted(old, key=lambda district: (len(district), district)))
        change.examples.append(f"{zip_code}: {before} before, {new} now")


def _count_gone(
    crosswalk: Crosswalk, present: Mapping[str, str], changes: Mapping[str, StateChange]
) -> None:
    known = {(row.zip_code, row.district[:2]) for row in crosswalk.rows}
    for zip_code, text in present.items():
        for state in {district[:2] for district in text.split()}:
            if state in changes and (zip_code, state) not in known:
                changes[state].gone += 1
