"""The Census Bureau's file of blocks and ZIP code tabulation areas (ZCTAs) of 2020.

Its name is tab20_zcta520_tabblock20_natl.txt; a block of 2020 lies in one ZCTA or in none.
"""

from array import array
from collections import defaultdict
from pathlib import Path

from api.targets.crosswalk import codes, tables
from api.targets.crosswalk.blocks import NO_ZCTA, ZCTA_BITS, Blocks
from api.targets.crosswalk.files import Progress, Source, sources
from api.targets.crosswalk.memo import Memo

_ZIP_LENGTH = 5


def read_zctas(path: Path, blocks: Blocks, progress: Progress) -> None:
    """Add the rows to ``blocks.zctas`` and ``blocks.land``. Raises FilesRefused with the line."""
    for source in sources(path, (".txt", ".csv")):
        blocks.zctas.sources.append(source)
        _read(source, blocks, progress)


def _read(source: Source, blocks: Blocks, progress: Progress) -> None:
    land = defaultdict(lambda: array("Q"), blocks.land)
    with tables.table(source, progress) as found:
        block_at = found.needed("the blocks' ids", tables.BLOCK)
        zcta_at = found.needed("the ZIP code tabulation areas", tables.ZCTA)
        land_at = found.column(tables.LAND)
        number, arrays, zctas = codes.block_number, Memo(blocks.zctas.of), Memo(_zcta)
        for row in found.rows:
            if row and row[block_at]:  # a ZCTA without a block is no row of ours
                state, local = divmod(number(row[block_at]), codes.LOCAL)
                arrays[state].append(local << ZCTA_BITS | zctas[row[zcta_at]])
                land[state].append(int(row[land_at] or 0) if land_at is not None else 0)
    blocks.land = dict(land)


def _zcta(text: str) -> int:
    plain = text.strip()
    if not plain:
        return NO_ZCTA
    if not (len(plain) == _ZIP_LENGTH and plain.isascii() and plain.isdecimal() and int(plain)):
        raise ValueError(f"{codes.shown(text)} is no ZIP code, which has five digits")
    return int(plain)
