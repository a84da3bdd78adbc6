import csv
import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from api.targets import condense
from api.targets.congress import Directory
from api.targets.crosswalk.build import Files, PlanFile
from api.targets.crosswalk.output import table_bytes, write
from api.targets.crosswalk.rows import Row
from api.targets.dataset import BrokenData, DataSet
from tests.targets.crosswalk import made as files
from tests.targets.crosswalk.building import made

DAY = date(2026, 12, 1)
TODAY = date(2026, 11, 22)


def written(folder: Path) -> Path:
    places = files.write(folder)
    table = folder / "zccd.csv"
    wanted = Files((PlanFile(places["plan"]),), places["zctas"], (places["people"],))
    write(made(places), wanted, table, DAY)
    return table


def test_the_table_and_its_edition(tmp_path: Path) -> None:
    table = written(tmp_path)
    rows = list(csv.reader(table.read_text().splitlines()))
    assert rows[0] == ["state_abbr", "zcta", "cd", "share", "basis"]
    assert ["NH", "03900", "1", "0.750000", "people"] in rows
    assert ["ME", "04005", "2", "0.666667", "blocks"] in rows
    assert ["AK", "99501", "0", "1", "people"] in rows
    told = json.loads((tmp_path / "zccd.json").read_text())
    assert (told["congress"], told["states"]) == (120, ["AK", "ME", "NH"])
    assert told["table"]["sha256"] == hashlib.sha256(table.read_bytes()).hexdigest()
    assert told["by_state"]["ME"]["plan"] == ["plan.txt"]
    plan = hashlib.sha256((tmp_path / "plan.txt").read_bytes()).hexdigest()
    assert {"file": "plan.txt", "sha256": plan} == {
        key: told["sources"][0][key] for key in ("file", "sha256")
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "people.txt",
        "plan.txt",
        "zccd.csv",
        "zccd.json",
        "zctas.txt",
    ]


def test_the_import_reads_it_with_its_shares(tmp_path: Path) -> None:
    rows = condense.zips(written(tmp_path).read_bytes())
    assert rows["03900"] == "ME-1:0.2500 NH-1:0.7500"
    assert rows["04001"] == "ME-1"
    assert rows["04005"] == "ME-1:0.3333 ME-2:0.6667"


def test_a_table_without_shares_is_read_as_before() -> None:
    raw = b"state_fips,state_abbr,zcta,cd\n25,MA,02138,7\n25,MA,02138,5\n"
    assert condense.zips(raw) == {"02138": "MA-5 MA-7"}


def test_few_people_are_neither_none_nor_all() -> None:
    row = Row("04001", "ME-1", 0.9999999, "land", 0)
    other = Row("04001", "ME-2", 0.0000001, "land", 0)
    raw = table_bytes([row, other])
    assert b"0.999999" in raw
    assert condense.zips(raw) == {"04001": "ME-1:0.9999 ME-2:0.0001"}


@pytest.mark.parametrize("share", ["0", "0.0", "1.2", "-0.5", "half", "1e-3", "nan"])
def test_a_share_that_is_none_is_refused(share: str) -> None:
    raw = f"state_abbr,zcta,cd,share\nMA,02138,7,{share}\n".encode()
    with pytest.raises(BrokenData, match=r"zccd\.csv: ZIP 02138 has the share"):
        condense.zips(raw)


def test_shares_of_more_than_all_people_are_refused() -> None:
    raw = b"state_abbr,zcta,cd,share\nMA,02138,7,0.7\nMA,02138,5,0.7\n"
    with pytest.raises(BrokenData, match="shares of ZIP 02138 are more than all"):
        condense.zips(raw)


def test_districts_are_offered_by_likelihood_and_none_is_chosen(shipped: DataSet) -> None:
    zips = {**shipped.zips, "02138": "MA-5:0.2000 MA-7:0.8000", "02139": "MA-5:0.9000 MA-7"}
    directory = Directory(DataSet(**{**shipped.__dict__, "zips": zips}))
    found = directory.find("02138", today=TODAY)
    assert (found.districts, found.district, found.needs_district) == (("MA-7", "MA-5"), None, True)
    assert directory.find("02139", today=TODAY).districts == ("MA-5", "MA-7")
    assert directory.find("02138", "MA-5", today=TODAY).district == "MA-5"


def test_a_disk_that_is_full_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = written(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("api.targets.crosswalk.output.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        written(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert table.exists()
