"""Nobody is matched to a representative by the district lines of another Congress."""

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson
import pytest

from api.settings import ROOT
from api.targets import dataset, importer
from api.targets.apportionment import DIVIDED, SEATS, districts_of
from api.targets.congress import Directory
from api.targets.dataset import DataSet
from tests.targets.new_lines import MOVED, table
from tests.targets.next_congress import next_congress

BEFORE, AFTER = date(2026, 12, 31), date(2027, 1, 4)
SEED = 120


@pytest.fixture(scope="module")
def members_120(shipped: DataSet) -> Directory:
    """The members of the 120th Congress, with the ZIP table of the 119th."""
    return Directory(replace(next_congress(shipped), zips=shipped.zips, as_of=AFTER))


@pytest.fixture(scope="module")
def texas_120(shipped: DataSet) -> Directory:
    """The same, with the lines of Texas for the 120th Congress."""
    present = replace(next_congress(shipped), zips=shipped.zips, as_of=AFTER)
    return Directory(importer.add_lines(table(shipped, "TX"), ["TX"], present, AFTER))


def test_the_apportionment_of_2020() -> None:
    voting = {s: n for s, n in SEATS.items() if s not in ("DC", "AS", "GU", "MP", "PR", "VI")}
    assert (len(voting), sum(voting.values())) == (50, 435)
    assert len(DIVIDED) == 44
    assert districts_of("NH") == ("NH-1", "NH-2")
    assert districts_of("WY") == ("WY-0",)


def test_2000_zip_codes_on_the_day_after_the_turn(shipped: DataSet, members_120: Directory) -> None:
    chosen = random.Random(SEED).sample(sorted(shipped.zips), 2000)
    asked = matched = 0
    for zip_code in chosen:
        found = members_120.find(zip_code, today=AFTER)
        states = {district[:2] for district in shipped.zips[zip_code].split()}
        moved = sorted(states & set(MOVED))
        assert list(found.unknown) == moved
        for state in moved:
            assert set(districts_of(state)) <= set(found.districts)
        if moved:
            asked += 1
            assert found.needs_district
            assert not any(target.district for target in found.targets)
            stated = members_120.find(zip_code, districts_of(moved[0])[1], today=AFTER)
            assert stated.basis == "stated"
        elif " " not in shipped.zips[zip_code]:
            matched += 1
            seats = {t.seat for t in found.targets} | {v.seat for v in found.vacant}
            house = [seat for seat in seats if seat.startswith("house:")]
            assert house == [f"house:{shipped.zips[zip_code]}"]
        else:
            assert " ".join(found.districts) == shipped.zips[zip_code]
    assert asked > 400
    assert matched > 800


def test_senators_do_not_wait_for_lines(members_120: Directory) -> None:
    found = members_120.find("75001", today=AFTER)
    assert [t.seat for t in found.targets] == ["senate:TX:1", "senate:TX:2"]
    assert (found.state, found.congress) == ("TX", 120)


def test_a_state_with_new_lines_is_matched_by_them(shipped: DataSet, texas_120: Directory) -> None:
    alone = next(z for z, text in shipped.zips.items() if text == "TX-3")
    found = texas_120.find(alone, today=AFTER)
    assert (found.districts, found.basis, found.unknown) == (("TX-4",), "zip", ())
    assert found.targets[0].seat == "house:TX-4"
    assert texas_120.find("91204", today=AFTER).unknown == ("CA",)


def test_new_lines_wait_for_their_congress(shipped: DataSet) -> None:
    """Both tables are there in December, and the old one is used until the new Congress sits."""
    data = importer.add_lines(table(shipped, "TX"), ["TX"], shipped, date(2026, 12, 1))
    directory = Directory(data)
    alone = next(z for z, text in shipped.zips.items() if text == "TX-3")
    assert directory.find(alone, today=BEFORE).districts == ("TX-3",)
    assert directory.find(alone, today=BEFORE).targets[0].seat == "house:TX-3"
    assert directory.find(alone, today=date(2027, 1, 3)).districts == ("TX-4",)


def test_on_january_3_no_member_of_the_old_congress_is_matched_by_the_new_lines(
    shipped: DataSet,
) -> None:
    directory, day = Directory(shipped), date(2027, 1, 3)
    chosen = directory.find("75001", "TX-24", today=day)
    assert [(v.seat, v.reason) for v in chosen.vacant] == [("house:TX-24", "term_ended")]
    assert not any(t.district for t in chosen.targets)
    carried = directory.find("04101", today=day)  # Portland, Maine
    assert carried.targets[0].seat == "house:ME-1"


def test_a_zip_code_in_two_states_of_which_one_moved(
    shipped: DataSet, members_120: Directory
) -> None:
    found = members_120.find("30165", today=AFTER)
    assert shipped.zips["30165"] == "AL-3 GA-14"
    assert found.districts == (*districts_of("AL"), "GA-14")
    assert (found.states, found.unknown) == (("AL", "GA"), ("AL",))
    assert members_120.find("30165", "GA-14", today=AFTER).targets[0].seat == "house:GA-14"


def test_single_districts_are_always_known(members_120: Directory) -> None:
    for zip_code, district in (("82001", "WY-0"), ("20001", "DC-0"), ("96910", "GU-0")):
        found = members_120.find(zip_code, today=date(2031, 6, 1))
        assert (found.districts, found.unknown) == ((district,), ())


def test_a_file_of_format_1_serves_its_own_congress_alone(tmp_path: Path, shipped: DataSet) -> None:
    value = orjson.loads((ROOT / "data" / "congress.json").read_bytes())
    for key in ("lines", "newer", "zips_of", "made"):
        del value[key]
    (tmp_path / "congress.json").write_bytes(orjson.dumps({**value, "format": 1}))
    data = dataset.read(tmp_path)
    directory = Directory.load(tmp_path)
    assert (data.base, data.zips) == (119, shipped.zips)
    assert data.version < shipped.version
    assert directory.find("04101", today=BEFORE).districts == ("ME-1",)
    assert directory.find("04101", today=AFTER).unknown == ("ME",)
    standings = directory.standings(120).values()
    assert {one.status for one in standings} == {"unknown"}


def test_each_state_says_why(shipped: DataSet) -> None:
    directory = Directory(shipped)
    now, then = directory.standings(119), directory.standings(120)
    assert {one.status for one in now.values()} == {"ready"}
    assert sorted(s for s, one in then.items() if one.status == "unknown") == list(MOVED)
    for one in (*now.values(), *then.values()):
        assert one.why
        assert one.sources
    later = directory.standings(121)
    assert {one.status for one in later.values()} == {"unknown"}
