import random
import shutil
from collections.abc import Callable
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from api.settings import ROOT
from api.targets import dataset, importer
from api.targets.dataset import DataSet
from api.targets.importer import Edition, Refused
from tests.targets.http_stand_in import body, serve

pytestmark = pytest.mark.usefixtures("parsed_once")

EDITION = Edition(date(2026, 6, 15), 119, "abc1234")
TODAY = date(2026, 11, 22)
MEMBERS = ("legislators-current.yaml", "legislators-district-offices.yaml")
Files = dict[str, bytes]


def quiet(name: str, done: int, total: int | None) -> None:
    """Nobody watches."""


@pytest.fixture
def present(tmp_path: Path) -> Path:
    """A folder with the shipped data in it."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("congress.json", "ORIGIN.md"):
        shutil.copy(ROOT / "data" / name, folder)
    return folder


def test_the_shipped_data_comes_back_whole(published_files: Files, shipped: DataSet) -> None:
    data, notes = importer.build(published_files, EDITION, None, TODAY)
    assert notes == []
    assert data.members == shipped.members
    assert data.zips == shipped.zips
    assert data.prefixes == shipped.prefixes
    assert data.committees == shipped.committees
    assert (data.congress, data.as_of) == (119, date(2026, 6, 15))


def test_members_alone_keep_the_present_zip_tables(
    published_files: Files, shipped: DataSet
) -> None:
    files = {name: raw for name, raw in published_files.items() if name.endswith("yaml")}
    data, _ = importer.build(files, Edition(date(2026, 11, 20), 119, None), shipped, TODAY)
    assert data.zips == shipped.zips
    days = {row["file"]: row["as_of"] for row in data.sources}
    assert days["legislators-current.yaml"] == "2026-11-20"
    assert days["zccd.csv"] == "2024-11-12"


def test_without_any_data_there_is_no_zip_table_to_keep(published_files: Files) -> None:
    files = {name: raw for name, raw in published_files.items() if name.endswith("yaml")}
    with pytest.raises(Refused, match="no present data"):
        importer.build(files, EDITION, None, TODAY)


def test_older_members_than_the_present_ones_are_refused(
    published_files: Files, shipped: DataSet
) -> None:
    with pytest.raises(Refused, match="present data is newer: as of 2026-06-15, not 2026-06-14"):
        importer.build(published_files, Edition(date(2026, 6, 14), 119), shipped, TODAY)


def half(raw: bytes) -> bytes:
    return raw[: raw.rindex(b"\n", 0, len(raw) // 2) + 1]


BROKEN_FILES: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("legislators-current.yaml", half),
    ("legislators-current.yaml", lambda raw: raw + raw[: raw.index(b"\n- ") + 1]),
    ("legislators-district-offices.yaml", half),
    ("committees-current.yaml", half),
    ("committee-membership-current.yaml", half),
    ("zccd.csv", half),
    ("zip-prefixes.csv", half),
]


@pytest.mark.parametrize(("name", "change"), BROKEN_FILES)
def test_half_a_set_is_refused(
    published_files: Files, name: str, change: Callable[[bytes], bytes]
) -> None:
    files = {**published_files, name: change(published_files[name])}
    with pytest.raises(dataset.BrokenData):
        importer.build(files, EDITION, None, TODAY)


def test_torn_files_are_refused_with_a_reason(published_files: Files) -> None:
    chooser = random.Random(907)
    small = [n for n in published_files if n.endswith("csv") or n.startswith("committees")]
    for _ in range(6):
        name = chooser.choice(small)
        raw = bytearray(published_files[name])
        for _ in range(chooser.randint(1, 4)):
            start = chooser.randrange(len(raw))
            raw[start : start + chooser.randint(1, 400)] = chooser.randbytes(3)
        files = {**_small_set(published_files), name: bytes(raw)}
        with pytest.raises(dataset.BrokenData) as caught:
            importer.build(files, EDITION, None, TODAY)
        assert caught.value.detail


def _small_set(published: Files) -> Files:
    """Few members, so that a round is quick; such a set is refused in any case."""
    return {**published, **dict.fromkeys(MEMBERS, b"- {id: {bioguide: X}, offices: []}\n")}


def test_it_is_put_in_place_with_its_origin(present: Path, published_files: Files) -> None:
    data, _ = importer.build(published_files, EDITION, dataset.read(present), TODAY)
    directory = importer.install(data, present)
    assert directory.digest == dataset.read(present).digest
    assert sorted(path.name for path in present.iterdir()) == ["ORIGIN.md", "congress.json"]
    origin = (present / "ORIGIN.md").read_text()
    assert "abc1234" in origin
    assert "as of 2026-06-15" in origin
    assert "CC0 1.0" in origin


def test_what_cannot_be_read_back_is_not_put_in_place(present: Path, shipped: DataSet) -> None:
    before = (present / "congress.json").read_bytes()
    broken = DataSet(119, shipped.as_of, [], {}, {}, shipped.members, shipped.zips)
    with pytest.raises(dataset.BrokenData):
        importer.install(broken, present)
    assert (present / "congress.json").read_bytes() == before
    assert sorted(path.name for path in present.iterdir()) == ["ORIGIN.md", "congress.json"]


def test_a_first_import_makes_the_folder(tmp_path: Path, shipped: DataSet) -> None:
    importer.install(shipped, tmp_path / "new" / "data")
    assert dataset.read(tmp_path / "new" / "data").zips == shipped.zips


def test_files_come_over_http(published_files: Files) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        body(published_files[handler.path.rsplit("/", 1)[1]])(handler)

    seen: dict[str, tuple[int, int | None]] = {}
    with serve(answer) as url:
        places = importer.locations(f"{url}/main/", zips=None, prefixes=None)
        files = importer.fetch(places, lambda name, done, all_: seen.update({name: (done, all_)}))
    assert files == published_files
    assert seen == {name: (len(raw), len(raw)) for name, raw in published_files.items()}


@pytest.mark.parametrize(
    ("status", "content", "claimed"),
    [(404, b"no", None), (500, b"no", None), (200, b"cut", 400), (200, b"0" * (33 * 2**20), None)],
)
def test_a_failed_download_is_refused(status: int, content: bytes, claimed: int | None) -> None:
    with serve(body(content, status, claimed=claimed)) as url, pytest.raises(Refused, match="zccd"):
        importer.fetch({"zccd.csv": f"{url}/zccd.csv"}, quiet)


@pytest.mark.parametrize("place", ["/nowhere/zccd.csv", "http://127.0.0.1:9/z", "http://[/z"])
def test_what_cannot_be_reached_is_refused(place: str) -> None:
    with pytest.raises(Refused, match=r"zccd\.csv"):
        importer.fetch({"zccd.csv": place}, quiet)


def test_where_the_files_are_looked_for() -> None:
    alone = importer.locations(None, zips=None, prefixes=None)
    assert len(alone) == 4
    assert all(place.startswith(importer.UPSTREAM) for place in alone.values())
    folder = importer.locations("/srv/data/", zips="/srv/other.csv", prefixes=None)
    assert len(folder) == 6
    assert folder["zccd.csv"] == "/srv/other.csv"
    assert folder["zip-prefixes.csv"] == "/srv/data/zip-prefixes.csv"
    assert len(importer.locations("/srv/data", keep_zips=True, zips=None, prefixes=None)) == 4
