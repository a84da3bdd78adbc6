"""Whether the files of a state fit each other, and its plan is one for the House."""

from collections.abc import Iterator

from api.targets import apportionment
from api.targets.crosswalk import codes
from api.targets.crosswalk.blocks import Blocks
from api.targets.crosswalk.places import where
from api.targets.states import State

_MOST_NAMED = 3


def incomplete(
    state: State,
    blocks: Blocks,
    districts: dict[int, int],
    people: dict[int, int],
    zctas: dict[int, int],
) -> Iterator[str]:
    """Each way in which the three files do not fit each other."""
    plan, counted, areas = (
        entries.sources
        for entries in (blocks.plan_of(int(state.fips)), blocks.people, blocks.zctas)
    )
    if not people or not zctas:
        names = dict.fromkeys(source.path.name for source in (areas if people else counted))
        advice = "give the file that has them, or name the states to build"
        yield f"{', '.join(names)}: no block of {state.name} in it: {advice}"
        return
    lived = [block for block, lives in people.items() if lives]
    none = codes.NO_DISTRICT
    checks = (
        (plan, "leaves without a district", [b for b in lived if districts.get(b, none) == none]),
        (plan, "has what are no blocks of 2020:", districts.keys() - people.keys()),
        (areas, "lacks (is it cut off?)", [b for b in lived if b not in zctas]),
        (counted, "has no population (is it cut off?) of", zctas.keys() - people.keys()),
    )
    for sources, what, found in checks:
        if found:
            first = codes.block_text(int(state.fips), min(found))
            yield f"{where(sources, first)}: {what} {_listed(state, sorted(found), people)}"


def _listed(state: State, found: list[int], people: dict[int, int]) -> str:
    lives = sum(people.get(block, 0) for block in found)
    named = ", ".join(codes.block_text(int(state.fips), b) for b in found[:_MOST_NAMED])
    more = " …" if len(found) > _MOST_NAMED else ""
    blocks = "1 block" if len(found) == 1 else f"{len(found):,} blocks"
    return f"{blocks} of {state.name} in which {lives:,} people live: {named}{more}"


def numbering(state: State, districts: dict[int, int], people: dict[int, int]) -> Iterator[str]:
    """Whether the districts are those that the state has by the apportionment of 2020."""
    wanted = {int(district[3:]) for district in apportionment.districts_of(state.code)}
    found = {n for block, n in districts.items() if people.get(block)} - {codes.NO_DISTRICT}
    if found == wanted:
        return
    parts = []
    if missing := sorted(wanted - found):
        parts.append(f"nobody lives in {', '.join(f'{state.code}-{n}' for n in missing[:10])}")
    if excess := sorted(found - wanted):
        parts.append(f"there is no {', '.join(f'{state.code}-{n}' for n in excess[:10])}")
    seats = len(wanted)
    count = "1 district" if len(found) == 1 else f"{len(found)} districts"
    yield (
        f"the plan of {state.name} has {count}; by the apportionment of 2020 it is "
        f"{seats}, numbered {f'1 to {seats}' if seats > 1 else '0'}: {'; '.join(parts)}"
    )
