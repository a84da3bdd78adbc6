"""Maps of districts in degrees: Maine's blocks lie in a row, one each tenth of a degree."""

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from api.targets.crosswalk.build import PlanFile
from tests.targets.crosswalk import made as files
from tests.targets.crosswalk.building import found, made, refused
from tests.targets.crosswalk.made import BLOCKS, ME, Block

pytest.importorskip("shapely")
shapefile = pytest.importorskip("shapefile")

WEST, EDGE, EAST, NORTH = -71.0, -70.5, -68.0, 45.0
Ring = list[list[float]]


def ring(west: float, east: float) -> Ring:
    return [[west, 44], [west, NORTH], [east, NORTH], [east, 44], [west, 44]]


def placed(blocks: list[Block]) -> str:
    """The population with an internal point for each block: west of EDGE in the first district."""
    rows = ["GEOID20,POP20,INTPTLAT20,INTPTLON20"]
    places = {"01": WEST, "02": EDGE, "ZZ": EAST + 1}  # water lies off the map
    for number, block in enumerate(blocks):
        x = places[block.cd] + 0.01 + number / 100
        rows.append(f"{block.geoid},{block.people},+44.5000000,{x:+012.7f}")
    return "\n".join(rows) + "\n"


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    found_places = files.write(tmp_path, maine())
    found_places["people"].write_text(placed(maine()))
    return found_places


def maine() -> list[Block]:
    return [block for block in BLOCKS if block.geoid[:2] == ME]


def geojson(path: Path, *features: tuple[dict[str, Any], Ring]) -> Path:
    value = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": fields,
                "geometry": {"type": "Polygon", "coordinates": [points]},
            }
            for fields, points in features
        ],
    }
    path.write_text(json.dumps(value))
    return path


def two(path: Path, *, edge: float = EDGE, **fields: str) -> Path:
    """Both districts of Maine."""
    first = ({**fields, "DISTRICT": 1}, ring(WEST, edge))
    return geojson(path, first, ({**fields, "DISTRICT": 2}, ring(EDGE, EAST)))


def test_geojson_gives_what_the_table_of_blocks_gives(
    places: dict[str, Path], tmp_path: Path
) -> None:
    wanted = found(made(places))
    map_file = two(tmp_path / "maine.geojson")
    crosswalk = made(places, PlanFile(map_file, "ME"))
    assert found(crosswalk) == wanted
    assert crosswalk.plans == {"ME": ("maine.geojson",)}


def test_a_map_that_says_its_state(places: dict[str, Path], tmp_path: Path) -> None:
    wanted = found(made(places))
    assert found(made(places, PlanFile(two(tmp_path / "us.geojson", STATEFP20="23")))) == wanted


def test_a_shapefile_and_one_in_a_zip(places: dict[str, Path], tmp_path: Path) -> None:
    wanted = found(made(places))
    with shapefile.Writer(str(tmp_path / "plan_map")) as writer:
        writer.field("DISTRICT_I", "C", size=3)
        for name, west, east in (("1", WEST, EDGE), ("2", EDGE, EAST)):
            writer.poly([ring(west, east)])
            writer.record(name)
    assert found(made(places, PlanFile(tmp_path / "plan_map.shp", "ME"))) == wanted
    with zipfile.ZipFile(tmp_path / "plan_map.zip", "w") as archive:
        for ending in ("shp", "shx", "dbf"):
            archive.write(tmp_path / f"plan_map.{ending}", f"folder/plan_map.{ending}")
        archive.writestr("folder/readme.txt", "About this map.")
    assert found(made(places, PlanFile(tmp_path / "plan_map.zip", "ME"))) == wanted


def test_maps_that_are_refused(places: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "maine.geojson"
    overlapping = refused(places, PlanFile(two(path, edge=EDGE + 0.2), "ME"))
    assert "is in two districts: maine.geojson" in overlapping
    gap = refused(places, PlanFile(two(path, edge=WEST + 0.02), "ME"))
    assert "maine.geojson: leaves without a district" in gap
    assert "has no" not in gap
    assert "no field has the state: give the file as STATE=FILE" in refused(
        places, PlanFile(two(path))
    )
    meters = geojson(path, ({"DISTRICT": 1}, [[x * 1e4, y * 1e4] for x, y in ring(WEST, EDGE)]))
    assert "feature 1: is not in degrees: save the map in WGS 84" in refused(
        places, PlanFile(meters, "ME")
    )
    unnamed = geojson(path, ({"NAME": "First"}, ring(WEST, EDGE)))
    assert "no field has the district (they are: NAME)" in refused(places, PlanFile(unnamed, "ME"))
    line = geojson(path, ({"DISTRICT": 1}, [[WEST, 44]]))
    assert "feature 1: is no polygon" in refused(places, PlanFile(line, "ME"))


@pytest.mark.parametrize("raw", [b"", b"{", b'{"type": "FeatureCollection"}', b"[]", b"\xff\xfe"])
def test_what_is_no_map(places: dict[str, Path], tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "map.geojson"
    path.write_bytes(raw)
    assert "map.geojson is no GeoJSON with features" in refused(places, PlanFile(path, "ME"))


def test_a_damaged_shapefile(places: dict[str, Path], tmp_path: Path) -> None:
    for ending in ("shp", "shx", "dbf"):
        (tmp_path / f"map.{ending}").write_bytes(b"no shapes" * 20)
    assert "map.shp is damaged" in refused(places, PlanFile(tmp_path / "map.shp", "ME"))
    (tmp_path / "map.dbf").unlink()
    assert "map.dbf cannot be read (No such file" in refused(
        places, PlanFile(tmp_path / "map.shp", "ME")
    )


def test_a_map_needs_internal_points(places: dict[str, Path], tmp_path: Path) -> None:
    places["people"].write_text(files.people(maine()))
    said = refused(places, PlanFile(two(tmp_path / "maine.geojson"), "ME"))
    assert "no column has the internal points" in said


def test_without_the_packages_it_says_how_to_get_them(
    places: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "shapely", None)
    said = refused(places, PlanFile(two(tmp_path / "maine.geojson"), "ME"))
    assert "maps need two more packages: `make shapes` installs them" in said
