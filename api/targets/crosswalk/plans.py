"""Plans: which district each block lies in, from the Census Bureau's or a state's table.

The Bureau's block equivalency files have the columns GEOID (or BLOCKID) and CDFP; states write
SCTBKEY and DISTRICT (Texas), GEOID20 and DISTRICT, or two columns without a header (Florida).
"""

from pathlib import Path

from api.targets.crosswalk import codes, tables
from api.targets.crosswalk.blocks import DISTRICT_BITS, Entries
from api.targets.crosswalk.files import Progress, Source, sources
from api.targets.crosswalk.memo import Memo

TABLES = (".txt", ".csv", ".tsv")
SHAPES = (".shp", ".geojson")
_BLOCK_AND_DISTRICT = 2


def plan_sources(path: Path) -> list[Source]:
    """The tables or shapes in ``path``, without what only explains them."""
    found = sources(path, (*TABLES, *SHAPES))
    shapes = [source for source in found if is_shape(source)]
    told = [source for source in found if "readme" in source.name.lower()]
    return shapes or [source for source in found if source not in told] or found


def is_shape(source: Source) -> bool:
    """Whether the file has polygons of districts and not a row for each block."""
    return source.suffix in {*SHAPES, ".json"}


def read_plan(source: Source, plan: Entries, progress: Progress) -> None:
    """Add a table's rows to ``plan``. Raises FilesRefused with the line."""
    plan.sources.append(source)
    with tables.table(source, progress) as found:
        block_at, district_at = _columns(found)
        number, arrays, districts = codes.block_number, Memo(plan.of), Memo(codes.district_number)
        for row in found.rows:
            if row:
                state, local = divmod(number(row[block_at]), codes.LOCAL)
                arrays[state].append(local << DISTRICT_BITS | districts[row[district_at]])


def _columns(found: tables.Table) -> tuple[int, int]:
    if not found.header:
        return 0, 1
    block = found.needed("the blocks' ids", tables.BLOCK)
    district = found.column(tables.DISTRICT)
    if district is None and len(found.header) == _BLOCK_AND_DISTRICT:
        return block, 1 - block  # whatever the other is called
    return block, found.needed("the districts", tables.DISTRICT)
