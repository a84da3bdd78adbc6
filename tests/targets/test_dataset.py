import subprocess
import sys
from datetime import date
from pathlib import Path

import orjson
import pytest

from api.settings import ROOT
from api.targets import dataset
from api.targets.congress import Directory
from api.targets.dataset import BrokenData, DataSet
from tests.times import quick

SMALL = DataSet(119, date(2026, 6, 15), [], {"HSFA": "Foreign Affairs"}, {}, [], {"02138": "MA-5"})


def test_written_and_read_back(tmp_path: Path) -> None:
    (tmp_path / "congress.json").write_bytes(dataset.encode(SMALL))
    read = dataset.read(tmp_path)
    assert len(read.digest) == 64
    assert dataset.encode(read) == dataset.encode(SMALL)
    assert read.zips == {"02138": "MA-5"}


def test_the_shipped_file_is_as_the_importer_writes_it(shipped: DataSet) -> None:
    assert dataset.encode(shipped) == (ROOT / "data" / "congress.json").read_bytes()


def test_another_byte_is_another_digest(tmp_path: Path) -> None:
    raw = dataset.encode(SMALL)
    (tmp_path / "congress.json").write_bytes(raw)
    first = dataset.read(tmp_path).digest
    (tmp_path / "congress.json").write_bytes(raw.replace(b"MA-5", b"MA-7"))
    assert dataset.read(tmp_path).digest != first


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b'{"format": 1}', b'{"format": 2}', b"\xff", b'{"format": null}'],
)
def test_a_damaged_file_says_what_to_do(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "congress.json").write_bytes(raw)
    with pytest.raises(BrokenData, match="undersigned data import"):
        Directory.load(tmp_path)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BrokenData, match="No such file"):
        Directory.load(tmp_path)


@pytest.mark.parametrize("section", ["sources", "committees", "prefixes", "members", "zips"])
@pytest.mark.parametrize("value", [7, None, ["x"], {"x": 7}, [{"x": 7}]])
def test_a_damaged_section_is_refused(tmp_path: Path, section: str, value: object) -> None:
    whole = orjson.loads((ROOT / "data" / "congress.json").read_bytes())
    whole[section] = value
    (tmp_path / "congress.json").write_bytes(orjson.dumps(whole))
    if (section, value) in (("sources", [{"x": 7}]), ("committees", {"x": 7})):
        pytest.skip("of the right shape")
    with pytest.raises(BrokenData):
        Directory.load(tmp_path)


MEASURE = """
import time, psutil
from datetime import date
from api.settings import ROOT
from api.targets.congress import Directory
before = psutil.Process().memory_info().rss
start = time.process_time()
directory = Directory.load(ROOT / "data")
directory.find("02138", today=date(2026, 11, 22))
print(time.process_time() - start, (psutil.Process().memory_info().rss - before) / 2**20)
"""


def test_it_loads_within_a_second_and_60_mb() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], cwd=ROOT, check=True, capture_output=True, text=True
    )
    seconds, megabytes = map(float, done.stdout.split())
    assert quick(seconds, 0.8)
    assert megabytes < 60
