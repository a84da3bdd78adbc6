"""From counts to rows: the districts of each ZIP code, with the share of its people in each.

An overlap in which nobody lives is dropped. Where nobody lives in the whole ZIP code, all its
overlaps are kept, with shares of the land, or of the blocks where there is no land.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from api.targets.crosswalk import codes
from api.targets.crosswalk.overlaps import Counts, Overlap

Basis = Literal["people", "land", "blocks"]
_BY_AREA: tuple[Basis, ...] = ("land", "blocks")


@dataclass(frozen=True, slots=True)
class Row:
    """A ZIP code's part in a district. ``share`` is of what ``basis`` names, and never 0 unless
    the part was dropped; ``people`` live in it."""

    zip_code: str
    district: str
    share: float
    basis: Basis
    people: int


def rows(counts: Counts) -> tuple[list[Row], list[Row]]:
    """The rows that are kept, by ZIP code, the likeliest district first; and the dropped ones."""
    by_zip: defaultdict[int, dict[str, Overlap]] = defaultdict(dict)
    for (zcta, fips, district), overlap in counts.overlaps.items():
        by_zip[zcta][f"{codes.state_of(fips).code}-{district}"] = overlap
    kept: list[Row] = []
    dropped: list[Row] = []
    for zcta, overlaps in sorted(by_zip.items()):
        for row in _of_zip(f"{zcta:05d}", overlaps, counts.elsewhere.get(zcta, 0)):
            (kept if row.share else dropped).append(row)
    return kept, dropped


def _of_zip(zip_code: str, overlaps: dict[str, Overlap], elsewhere: int) -> list[Row]:
    total = sum(overlap.people for overlap in overlaps.values()) + elsewhere
    basis: Basis = "people"
    if not total:
        whole = {
            basis: sum(getattr(overlap, basis) for overlap in overlaps.values())
            for basis in _BY_AREA
        }
        basis = "land" if whole["land"] else "blocks"
        total = whole[basis]
    found = [
        Row(zip_code, district, getattr(overlap, basis) / total, basis, overlap.people)
        for district, overlap in overlaps.items()
    ]
    return sorted(found, key=lambda row: (-row.share, len(row.district), row.district))
