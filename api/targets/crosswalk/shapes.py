"""Polygons of districts: each block is assigned by its internal point.

Needs the packages pyshp and shapely, which the server does not: ``pip install
"undersigned[shapes]"``, or ``make shapes``.
"""

import io
import json
import re
import struct
import warnings
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from api.targets.crosswalk import codes, tables
from api.targets.crosswalk.blocks import DISTRICT_BITS, Blocks, Entries, Points
from api.targets.crosswalk.files import Source
from api.targets.crosswalk.problems import FilesRefused
from api.targets.states import STATES

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_STATE = re.compile(r"STATEFP(20)?|STATE(FIPS)?")
_LARGEST = 512 * 2**20


def check_installed(source: Source) -> None:
    """Raises FilesRefused without the two packages."""
    try:
        import shapefile  # noqa: F401
        import shapely  # noqa: F401
    except ImportError as error:
        raise FilesRefused(
            [f"{source.name}: maps need two more packages: `make shapes` installs them"]
        ) from error


def read_shapes(source: Source, state: str | None, blocks: Blocks, plan: Entries) -> None:
    """Add the blocks whose internal point lies in a polygon of ``source`` to ``plan``.

    Raises FilesRefused where the file is no map in degrees, or a polygon says no district.
    """
    plan.sources.append(source)
    for number, (fields, shape) in enumerate(_features(source), start=1):
        where = f"{source.name}, feature {number}"
        fips, district = _said(where, fields, state)
        geometry = _geometry(where, shape)
        if fips not in blocks.points:
            name = codes.state_of(fips).name
            raise FilesRefused([f"{where}: the files of people have no internal points of {name}"])
        _assign(geometry, district, blocks.points[fips], plan.of(fips).append)


def _assign(geometry: "BaseGeometry", district: int, points: Points, append: Any) -> None:
    import numpy as np
    import shapely

    shapely.prepare(geometry)
    x, y = (np.frombuffer(values, dtype="f8") for values in (points.x, points.y))
    west, south, east, north = geometry.bounds
    near = np.nonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))[0]
    inside = near[shapely.contains_xy(geometry, x[near], y[near])]
    for index in inside.tolist():
        append(points.blocks[index] << DISTRICT_BITS | district)


def _said(where: str, fields: dict[str, Any], state: str | None) -> tuple[int, int]:
    """State and district of a polygon, by its fields."""
    district = _field(where, fields, tables.DISTRICT)
    fips = STATES[state].fips if state else _field(where, fields, _STATE)
    if district is None:
        raise FilesRefused([f"{where}: no field has the district (they are: {', '.join(fields)})"])
    if fips is None:
        raise FilesRefused([f"{where}: no field has the state: give the file as STATE=FILE"])
    try:
        found = codes.state_of(int(fips))
        return int(found.fips), codes.district_number(str(district))
    except ValueError as error:
        raise FilesRefused([f"{where}: {error}"]) from error


def _field(where: str, fields: dict[str, Any], name: re.Pattern[str]) -> Any:
    found = [key for key in fields if name.fullmatch(re.sub(r"[^A-Z0-9]", "", key.upper()))]
    if len(found) > 1:
        raise FilesRefused([f"{where}: the fields {' and '.join(found)} mean the same: keep one"])
    return fields[found[0]] if found else None


def _geometry(where: str, shape: dict[str, Any]) -> "BaseGeometry":
    import shapely
    from shapely.errors import ShapelyError
    from shapely.geometry import shape as from_mapping

    try:
        geometry = from_mapping(shape)
    except (ShapelyError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise FilesRefused([f"{where}: is no polygon ({type(error).__name__})"]) from error
    if geometry.is_empty or geometry.geom_type not in {"Polygon", "MultiPolygon"}:
        raise FilesRefused([f"{where}: is no polygon"])
    west, south, east, north = geometry.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):  # noqa: PLR2004
        raise FilesRefused([f"{where}: is not in degrees: save the map in WGS 84 (EPSG:4326)"])
    return shapely.make_valid(geometry)


def _features(source: Source) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    if source.size > _LARGEST:
        raise FilesRefused([f"{source.name} is larger than {_LARGEST:,} bytes"])
    yield from _shapefile(source) if source.suffix == ".shp" else _geojson(source)


def _geojson(source: Source) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    try:
        value = json.loads(_bytes(source, source.member).decode("utf-8-sig"))
        found = [(feature["properties"], feature["geometry"]) for feature in value["features"]]
    except (ValueError, LookupError, TypeError) as error:
        raise FilesRefused(
            [f"{source.name} is no GeoJSON with features ({type(error).__name__}: {error})"]
        ) from error
    if not found:
        raise FilesRefused([f"{source.name} has no polygons"])
    yield from found


def _shapefile(source: Source) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    import shapefile

    parts = {ending: io.BytesIO(_part(source, ending)) for ending in ("shp", "shx", "dbf")}
    try:
        with (
            warnings.catch_warnings(action="error"),
            shapefile.Reader(**parts, encodingErrors="replace") as map_,
        ):
            features = [
                (f.record.as_dict(), f.shape.__geo_interface__) for f in map_.shapeRecords()
            ]
    except (shapefile.ShapefileException, Warning, struct.error, ValueError, LookupError) as error:
        raise FilesRefused([f"{source.name} is damaged ({type(error).__name__})"]) from error
    yield from features


def _part(source: Source, ending: str) -> bytes:
    """The .shp, or one of the files that belong to it."""
    if source.member is not None:
        return _bytes(source, f"{source.member.removesuffix(source.suffix)}.{ending}")
    beside = source.path.with_suffix(f".{ending}")
    return _bytes(Source(beside, None, 0), None)


def _bytes(source: Source, member: str | None) -> bytes:
    try:
        if member is None:
            return source.path.read_bytes()
        with zipfile.ZipFile(source.path) as archive:
            return archive.read(member)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        why = getattr(error, "strerror", None) or error
        raise FilesRefused([f"{source.name} cannot be read ({why})"]) from error
