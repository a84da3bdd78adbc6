"""The population of blocks: PL 94-171 or DHC extracts as CSV, or the PL 94-171 geographic headers.

A geographic header file (il2020.pl.zip holds ilgeo2020.pl) has no header line: 97 fields,
separated by "|"; summary level 750 are blocks. Their fields by the technical documentation of
the 2020 Census State Redistricting Data, counted from 0: 2 SUMLEV, 9 GEOCODE, 90 POP100,
92 INTPTLAT, 93 INTPTLON.
"""

from pathlib import Path

from api.targets.crosswalk import codes, tables
from api.targets.crosswalk.blocks import PEOPLE_BITS, Blocks, Points
from api.targets.crosswalk.files import Progress, Source, opened, sources
from api.targets.crosswalk.memo import Memo
from api.targets.crosswalk.problems import at_line

_HEADERS = ".pl"
_MOST = (1 << PEOPLE_BITS) - 1
_SUMLEV, _GEOCODE, _POP100, _INTPTLAT, _INTPTLON = 2, 9, 90, 92, 93
_BLOCK_LEVEL = "750"
_LABELS = "Geography"  # the second line of a file from data.census.gov


def read_people(path: Path, blocks: Blocks, progress: Progress, *, points: bool) -> None:
    """Add a file's rows to ``blocks.people``, and to ``blocks.points`` where those are wanted."""
    found = sources(path, (".csv", ".txt", "geo2020.pl"))
    headers = [source for source in found if source.suffix == _HEADERS]
    for source in headers or found:
        blocks.people.sources.append(source)
        (_read_headers if source.suffix == _HEADERS else _read_table)(
            source, blocks, progress, points
        )


def _read_table(source: Source, blocks: Blocks, progress: Progress, points: bool) -> None:
    with tables.table(source, progress) as found:
        block_at = found.needed("the blocks' ids", tables.BLOCK)
        people_at = found.needed("the population", tables.PEOPLE, tables.PEOPLE_LONG)
        lat_at, lon_at = (
            found.needed("the internal points", name) if points else 0
            for name in (tables.LATITUDE, tables.LONGITUDE)
        )
        number, arrays, counts = codes.block_number, Memo(blocks.people.of), Memo(_people)
        for row in found.rows:
            if not row or row[block_at] == _LABELS:
                continue
            state, local = divmod(number(row[block_at]), codes.LOCAL)
            arrays[state].append(local << PEOPLE_BITS | counts[row[people_at]])
            if points:
                _add_point(blocks, state, local, row[lon_at], row[lat_at])


def _read_headers(source: Source, blocks: Blocks, progress: Progress, points: bool) -> None:
    # Names of places in them are not all UTF-8, and are not read.
    with opened(source, progress, "latin-1") as file:
        number, arrays, counts = codes.block_number, Memo(blocks.people.of), Memo(_people)
        for line_number, line in enumerate(file, start=1):
            fields = line.split("|", _INTPTLON + 1)
            try:
                if fields[_SUMLEV] != _BLOCK_LEVEL:
                    continue
                state, local = divmod(number(fields[_GEOCODE]), codes.LOCAL)
                arrays[state].append(local << PEOPLE_BITS | counts[fields[_POP100]])
                if points:
                    _add_point(blocks, state, local, fields[_INTPTLON], fields[_INTPTLAT])
            except IndexError as error:
                what = "has too few fields: the file may be cut off"
                raise at_line(source.name, line_number, what) from error
            except ValueError as error:
                raise at_line(source.name, line_number, str(error)) from error


def _people(text: str) -> int:
    plain = text.strip().removesuffix(".0")
    if not (plain.isascii() and plain.isdecimal()) or int(plain) > _MOST:
        raise ValueError(f"{codes.shown(text)} is no number of people in a block")
    return int(plain)


def _add_point(blocks: Blocks, state: int, local: int, longitude: str, latitude: str) -> None:
    points = blocks.points.setdefault(state, Points())
    x, y = float(longitude), float(latitude)
    if not (-180 <= x <= 180 and -90 <= y <= 90):  # noqa: PLR2004 degrees
        raise ValueError(
            f"{codes.shown(longitude)}, {codes.shown(latitude)} is no longitude and latitude"
        )
    points.blocks.append(local)
    points.x.append(x)
    points.y.append(y)
