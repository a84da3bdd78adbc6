"""The people, land and blocks of each ZIP code in each district, counted state by state.

One state's blocks at a time are looked up in dicts; only the sums are kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from api.targets import apportionment
from api.targets.crosswalk import checks, codes, twice
from api.targets.crosswalk.blocks import NO_ZCTA, Blocks
from api.targets.crosswalk.memo import Memo
from api.targets.states import State


@dataclass(slots=True)
class Overlap:
    """What of a ZIP code lies in a district. ``land`` is in square meters."""

    people: int = 0
    land: int = 0
    blocks: int = 0


@dataclass(slots=True)
class StateCount:
    """One state's sums. ``without_zip`` are people in blocks that lie in no ZCTA; ``moved`` those
    whose block was in another district, None where the earlier plan was not given."""

    state: State
    people: int = 0
    blocks: int = 0
    without_zip: int = 0
    moved: int | None = None
    by_district: dict[int, int] = field(default_factory=dict)


@dataclass
class Counts:
    """All sums. ``elsewhere``: people of a ZIP code in states of which no plan is built, where
    the files tell; ``untold``: ZIP codes that lie in other states of which they do not tell."""

    overlaps: dict[tuple[int, int, int], Overlap] = field(default_factory=dict)
    states: list[StateCount] = field(default_factory=list)
    elsewhere: dict[int, int] = field(default_factory=dict)
    untold: set[int] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def count_state(fips: int, blocks: Blocks, counts: Counts) -> None:
    """Add one state that has a plan; what is wrong with its files goes to ``counts.problems``."""
    state = codes.state_of(fips)
    districts = twice.by_block(blocks.plan_of(fips), fips, "is in two districts", counts.problems)
    people = twice.by_block(blocks.people, fips, "has two populations", counts.problems)
    zctas = twice.by_block(blocks.zctas, fips, "is in two ZIP codes", counts.problems)
    counts.problems += twice.repeated(blocks.zctas, fips, zctas)
    found = StateCount(state, sum(people.values()), len(zctas))
    counts.states.append(found)
    counts.problems += checks.incomplete(state, blocks, districts, people, zctas)
    official: Memo[int, int] = Memo(lambda number: _official(state, number))
    districts = {block: official[number] for block, number in districts.items()}
    if fips in blocks.before.by_state:
        found.moved = sum(
            people.get(block, 0)
            for block, number in dict(blocks.before.pairs(fips)).items()
            if official[number] != districts.get(block)
        )
    counts.problems += checks.numbering(state, districts, people)
    _add(found, fips, counts, _rows(fips, blocks, districts, people))


def _rows(
    fips: int, blocks: Blocks, districts: dict[int, int], people: dict[int, int]
) -> Iterator[tuple[int, int, int, int]]:
    """ZCTA, district, people and land of each block."""
    land = blocks.land.get(fips, ())
    for (block, zcta), meters in zip(blocks.zctas.pairs(fips), land, strict=True):
        yield zcta, districts.get(block, codes.NO_DISTRICT), people.get(block, 0), meters


def _add(
    found: StateCount, fips: int, counts: Counts, rows: Iterator[tuple[int, int, int, int]]
) -> None:
    overlaps, by_district = counts.overlaps, found.by_district
    for zcta, district, people, meters in rows:
        if people:
            by_district[district] = by_district.get(district, 0) + people
        if zcta == NO_ZCTA:
            found.without_zip += people
        elif district != codes.NO_DISTRICT:
            key = (zcta, fips, district)
            overlap = overlaps.get(key)
            if overlap is None:
                overlap = overlaps[key] = Overlap()
            overlap.people += people
            overlap.land += meters
            overlap.blocks += 1


def count_elsewhere(fips: int, blocks: Blocks, counts: Counts) -> None:
    """Add a state that has no plan here, so that shares are of all people of a ZIP code."""
    people = dict(blocks.people.pairs(fips))
    for block, zcta in blocks.zctas.pairs(fips):
        if not people:
            counts.untold.add(zcta)
        elif lives := people.get(block):
            counts.elsewhere[zcta] = counts.elsewhere.get(zcta, 0) + lives


def _official(state: State, number: int) -> int:
    """The number by which the House knows the district: 0 for a state's only one."""
    if number == codes.DELEGATE and not state.senate_classes:
        return 0
    if number == 1 and apportionment.SEATS[state.code] == 1:
        return 0
    return number
