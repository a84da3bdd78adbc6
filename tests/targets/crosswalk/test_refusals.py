import zipfile
from pathlib import Path

import pytest

from api.targets.crosswalk.build import Files, PlanFile, build
from api.targets.crosswalk.problems import FilesRefused
from tests.targets.crosswalk import made as files
from tests.targets.crosswalk.building import refused, silent
from tests.targets.crosswalk.made import AK, BLOCKS, ME, NH


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    return files.write(tmp_path)


def edit(places: dict[str, Path], name: str, old: str, new: str) -> None:
    text = places[name].read_text(encoding="utf-8")
    assert old in text
    places[name].write_text(text.replace(old, new, 1), encoding="utf-8")


FIRST_ME = f"{ME}0010001001000"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("plan", f"{ME}001", "03001", "plan.txt, line 5: 03 is the number of no state"),
        (
            "plan",
            f"{FIRST_ME},01",
            f"{FIRST_ME},ZZ",
            "plan.txt, line 5: leaves without a district 1 block",
        ),
        ("plan", f"{FIRST_ME},01\n", "", f"of Maine in which 60 people live: {FIRST_ME}"),
        ("plan", f"{FIRST_ME},01", f"{FIRST_ME},seven", "line 5: 'seven' is no district"),
        ("plan", f"{FIRST_ME},01", f"{FIRST_ME}", "line 5: has fewer columns than the first line"),
        ("plan", FIRST_ME, FIRST_ME[:-2], "line 5: '2300100010010' has 13 digits"),
        ("plan", FIRST_ME, "2.3001E+14", "'2.3001E+14' is a block id that a spreadsheet rounded"),
        ("plan", FIRST_ME, "A" + FIRST_ME[1:], "line 5: 'A30010001001000' is no block id"),
        (
            "plan",
            FIRST_ME,
            f"{ME}0010009991000",
            "plan.txt, line 5: has what are no blocks of 2020: 1 block",
        ),
        ("plan", "GEOID,CDFP", "GEOID,CDFP,CD119", "line 1: the columns CDFP and CD119 mean"),
        ("plan", "GEOID,CDFP", "GEOID,NAME,NOTE", "line 1: no column has the districts"),
        ("plan", "GEOID,CDFP", "PLACE,CDFP", "line 1: 'PLACE' is no block id"),
        ("zctas", "|03001|", "|3001|", "is no ZIP code, which has five digits"),
        ("zctas", "GEOID_ZCTA5_20", "GEOID_COUNTY_20", "no column has the ZIP code tabulation"),
        ("people", f"{FIRST_ME},60", f"{FIRST_ME},-60", "line 5: '-60' is no number of people"),
        ("people", f"{FIRST_ME},60", f"{FIRST_ME},", "line 5: '' is no number of people"),
        ("people", f"{FIRST_ME},60\n", "", "people.txt: has no population (is it cut off?) of 1"),
        ("people", "P0010001", "H1_001N", "people.txt, line 1: no column has the population"),
    ],
)
def test_a_line_that_is_wrong(
    places: dict[str, Path], name: str, old: str, new: str, said: str
) -> None:
    edit(places, name, old, new)
    assert said in refused(places)


def test_a_block_in_two_districts_is_named_with_both_lines(places: dict[str, Path]) -> None:
    with places["plan"].open("a") as file:
        file.write(f"{FIRST_ME},02\n")
    said = f"block {FIRST_ME} is in two districts: plan.txt, lines 5 and 25"
    assert said in refused(places)


def test_a_block_in_two_districts_of_two_files(places: dict[str, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(f"GEOID20,DISTRICT\n020010001001000,1\n{FIRST_ME},2\n")
    said = refused(places, PlanFile(places["plan"]), PlanFile(other))
    assert f"block {FIRST_ME} is in two districts: plan.txt, line 5; other.csv, line 3" in said
    assert "block 020010001001000 is in two districts" in said  # "00" and "1" are two words for it


def test_a_block_with_two_populations_or_zip_codes(places: dict[str, Path]) -> None:
    with places["people"].open("a") as file:
        file.write(f"{FIRST_ME},61\n")
    lines = places["zctas"].read_text(encoding="utf-8").splitlines()
    (row,) = (line for line in lines if FIRST_ME in line)
    with places["zctas"].open("a") as file:
        file.write(row.replace("04001", "04002") + "\n" + row + "\n")
    said = refused(places)
    assert "has two populations: people.txt, lines 5 and 25" in said
    assert "is in two ZIP codes: zctas.txt, lines" in said
    assert "2 rows repeat a block, such as" in said


@pytest.mark.parametrize(
    ("state", "change", "said"),
    [
        (ME, {"02": "03"}, "nobody lives in ME-2; there is no ME-3"),
        (ME, {"02": "01"}, "the plan of Maine has 1 district; by the apportionment of 2020 it"),
        (ME, {"02": "00"}, "numbered 1 to 2: nobody lives in ME-2; there is no ME-0"),
        (NH, {"02": "98"}, "there is no NH-98"),
        (
            AK,
            {"00": "02"},
            "by the apportionment of 2020 it is 1, numbered 0: nobody lives in AK-0",
        ),
    ],
)
def test_districts_that_the_state_does_not_have(
    tmp_path: Path, state: str, change: dict[str, str], said: str
) -> None:
    blocks = [
        block._replace(cd=change.get(block.cd, block.cd)) if block.geoid[:2] == state else block
        for block in BLOCKS
    ]
    assert said in refused(files.write(tmp_path, blocks))


def test_every_reason_is_told(tmp_path: Path) -> None:
    blocks = [block._replace(cd="01") for block in BLOCKS if block.geoid[:2] != AK]
    said = refused(files.write(tmp_path, blocks)).splitlines()
    assert ["Maine" in said[0], "New Hampshire" in said[1]] == [True, True]


@pytest.mark.parametrize("name", ["plan", "zctas", "people"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_file_that_was_cut_off(places: dict[str, Path], name: str, part: float) -> None:
    raw = places[name].read_bytes()
    places[name].write_bytes(raw[: int(len(raw) * part)])
    assert name in refused(places)


@pytest.mark.parametrize("name", ["plan", "zctas", "people"])
def test_a_file_that_is_not_utf_8(places: dict[str, Path], name: str) -> None:
    lines = places[name].read_bytes().splitlines(keepends=True)
    lines[6] = lines[6].replace(b"0", b"\xf1", 1)
    places[name].write_bytes(b"".join(lines))
    assert f"{name}.txt, line 7: is not UTF-8" in refused(places)


@pytest.mark.parametrize("name", ["plan", "zctas", "people"])
def test_utf_16_and_an_empty_file(places: dict[str, Path], name: str) -> None:
    text = places[name].read_text(encoding="utf-8")
    places[name].write_text(text, encoding="utf-16")
    assert f"{name}.txt, line 1: is not UTF-8" in refused(places)
    places[name].write_bytes(b"")
    assert f"{name}.txt is empty" in refused(places)


@pytest.mark.parametrize("name", ["plan", "zctas", "people"])
def test_a_file_that_is_one_endless_line(places: dict[str, Path], name: str) -> None:
    with places[name].open("a") as file:
        file.write("0" * 3 * 2**20)
    assert f"{name}.txt has a line of over 1,048,576 bytes" in refused(places)


@pytest.mark.parametrize(
    "rows", ['"020010001001000,1\n', "\0\0\0\n", "GEOID,CDFP\n", ",\n", "020010001001000\n"]
)
def test_rows_that_are_none(places: dict[str, Path], rows: str) -> None:
    with places["plan"].open("a") as file:
        file.write(rows)
    assert "plan.txt, line 25: " in refused(places)


def test_a_value_is_repeated_in_part_only(places: dict[str, Path]) -> None:
    with places["plan"].open("a") as file:
        file.write(f"{'A' * 10_000},01\n")
    said = refused(places)
    assert f"'{'A' * 40}…' is no block id" in said
    assert len(said) < 200


def test_files_that_cannot_be_read(places: dict[str, Path], tmp_path: Path) -> None:
    said = refused({**places, "plan": tmp_path / "none.csv", "people": tmp_path})
    assert said.count("is not there, or no file") == 2
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 no archive")
    assert "broken.zip is damaged or cut off" in refused({**places, "plan": broken})
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("map.pdf", "nothing to read")
    assert "broken.zip holds no file that ends in .txt" in refused({**places, "plan": broken})


def test_a_zip_whose_content_was_changed(places: dict[str, Path], tmp_path: Path) -> None:
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("plan.csv", places["plan"].read_bytes())
    raw = packed.read_bytes()
    packed.write_bytes(raw.replace(b",01\n", b",02\n", 1))
    assert "packed.zip/plan.csv is damaged or cut off (BadZipFile" in refused(
        {**places, "plan": packed}
    )


def test_a_states_plan_with_a_block_of_another_state(places: dict[str, Path]) -> None:
    said = refused(places, PlanFile(places["plan"], "NH"))
    assert (
        f"plan.txt, line 5: block {FIRST_ME} lies in Maine, and the plan is New Hampshire's" in said
    )
    assert "plan.txt, line 2: block 020010001001000 lies in Alaska" in said


def test_a_state_without_a_plan_or_people(places: dict[str, Path], tmp_path: Path) -> None:
    wanted = Files((PlanFile(places["plan"]),), places["zctas"], (places["people"],), ("VT",))
    with pytest.raises(FilesRefused, match="no plan was given for Vermont"):
        build(wanted, 120, silent)
    maine = tmp_path / "maine.csv"
    maine.write_text(files.people(block for block in BLOCKS if block.geoid[:2] == ME))
    assert "maine.csv: no block of Alaska in it" in refused({**places, "people": maine})


def test_a_congress_of_another_decade(places: dict[str, Path]) -> None:
    wanted = Files((PlanFile(places["plan"]),), places["zctas"], (places["people"],))
    with pytest.raises(FilesRefused, match="serve Congresses 118 to 122, not 123"):
        build(wanted, 123, silent)
