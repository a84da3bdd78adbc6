"""What the files say of each block, as numbers in arrays by state: 24 bytes a block.

An entry is a block's thirteen digits within its state, shifted, with one value in the low bits.
There are 8.1 million blocks: a dict of strings would take ten times the memory.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from api.targets.crosswalk import codes
from api.targets.crosswalk.files import Source

DISTRICT_BITS = 8
PEOPLE_BITS = 20  # the largest block has some ten thousand people
ZCTA_BITS = 17
NO_ZCTA = 0


class Entries:
    """Entries by state; ``sources`` are the files that they are from."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.by_state: dict[int, array[int]] = {}
        self.sources: list[Source] = []

    def of(self, fips: int) -> "array[int]":
        """The entries of a state, to append to. Raises ValueError for what is no state."""
        if fips not in self.by_state:
            codes.state_of(fips)
            self.by_state[fips] = array("Q")
        return self.by_state[fips]

    def pairs(self, fips: int) -> Iterator[tuple[int, int]]:
        """Each block of a state with its value."""
        bits, mask = self.bits, (1 << self.bits) - 1
        for entry in self.by_state.get(fips, ()):
            yield entry >> bits, entry & mask


@dataclass
class Points:
    """The internal points of a state's blocks: numbers within the state, longitudes, latitudes."""

    blocks: "array[int]" = field(default_factory=lambda: array("Q"))
    x: "array[float]" = field(default_factory=lambda: array("d"))
    y: "array[float]" = field(default_factory=lambda: array("d"))


@dataclass
class Blocks:
    """All that was read. ``land`` runs parallel to ``zctas``, in square meters.

    ``named`` are the plans that were given for one state, by its number: there they take the place
    of ``plan``, which may be the whole country's. ``before`` is the plan of the earlier lines.
    """

    plan: Entries = field(default_factory=lambda: Entries(DISTRICT_BITS))
    named: dict[int, Entries] = field(default_factory=dict)
    before: Entries = field(default_factory=lambda: Entries(DISTRICT_BITS))
    people: Entries = field(default_factory=lambda: Entries(PEOPLE_BITS))
    zctas: Entries = field(default_factory=lambda: Entries(ZCTA_BITS))
    land: dict[int, "array[int]"] = field(default_factory=dict)
    points: dict[int, Points] = field(default_factory=dict)

    def plan_of(self, fips: int) -> Entries:
        """The plan that holds for a state."""
        return self.named.get(fips, self.plan)

    def planned(self) -> list[int]:
        """The states that have a plan."""
        return sorted({*self.plan.by_state, *self.named})
