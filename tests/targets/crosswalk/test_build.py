import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from api.targets.crosswalk.build import PlanFile
from tests.targets.crosswalk import made as files
from tests.targets.crosswalk.building import found, made
from tests.targets.crosswalk.made import ANSWERS, BLOCKS, ME, NH, Block

Change = Callable[[str], str]


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    return files.write(tmp_path)


def test_every_zip_code_is_right(places: dict[str, Path]) -> None:
    answers = found(made(places))
    assert answers.keys() == ANSWERS.keys()
    for zip_code, wanted in ANSWERS.items():
        districts = [(district, basis) for district, _, basis in answers[zip_code]]
        assert districts == [(district, basis) for district, _, basis in wanted], zip_code
        shares = [share for _, share, _ in answers[zip_code]]
        assert shares == pytest.approx([share for _, share, _ in wanted], abs=0.001), zip_code


def test_an_overlap_without_people_is_dropped_and_known(places: dict[str, Path]) -> None:
    dropped = [(row.zip_code, row.district) for row in made(places).dropped]
    assert dropped == [("04003", "ME-2")]


def test_random_blocks_as_counted_in_the_plainest_way(tmp_path: Path) -> None:
    blocks = files.invented(seed=13, count=3_000)
    crosswalk = made(files.write(tmp_path, blocks))
    by_zip = {
        zip_code: {district: share for district, share, _ in rows}
        for zip_code, rows in found(crosswalk).items()
    }
    wanted = files.expected(blocks)
    assert by_zip.keys() == wanted.keys()
    assert any(len(districts) > 2 for districts in wanted.values())
    for zip_code, shares in wanted.items():
        assert by_zip[zip_code] == pytest.approx(shares, abs=0.001), zip_code
    for rows in found(crosswalk).values():
        assert [share for _, share, _ in rows] == sorted((s for _, s, _ in rows), reverse=True)


def test_people_in_blocks_without_a_zip_code_are_counted(places: dict[str, Path]) -> None:
    states = {count.state.code: count for count in made(places).states}
    assert (states["ME"].without_zip, states["ME"].people, states["NH"].people) == (7, 807, 1180)
    assert states["ME"].by_district == {1: 700, 2: 107}


def _pipes(text: str) -> str:
    return text.replace(",", "|")


def _spreadsheet(text: str) -> str:
    """Leading zeros lost, quotes, semicolons, Windows line ends, a byte order mark."""
    rows = [line.split(",") for line in text.splitlines()]
    lines = [f'"{block.lstrip("0")}";"{cd.lstrip("0") or "0"}"' for block, cd in rows]
    return "\ufeff" + "\r\n".join(lines) + "\r\n"


def _floats(text: str) -> str:
    head, *rows = text.splitlines()
    numbers = [row.replace(",ZZ", ",") for row in rows]
    return "\n".join([head, *(n if n.endswith(",") else f"{n}.0" for n in numbers)])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text, id="as it is"),
        pytest.param(_pipes, id="pipes"),
        pytest.param(lambda text: text.replace(",", "\t"), id="tabs"),
        pytest.param(lambda text: text.replace("GEOID,CDFP", "GEOID, CDFP"), id="118th"),
        pytest.param(lambda text: text.replace("GEOID,CDFP", "BLOCKID,CD119FP"), id="older"),
        pytest.param(lambda text: text.replace("GEOID,CDFP", "SCTBKEY,DISTRICT"), id="Texas"),
        pytest.param(lambda text: text.replace("GEOID,CDFP", "GEOID20,District_N"), id="numbered"),
        pytest.param(lambda text: text.replace("GEOID,CDFP", "Block,PlanC"), id="two columns"),
        pytest.param(lambda text: text.partition("\n")[2], id="no header"),
        pytest.param(lambda text: text.rstrip("\n"), id="no last line end"),
        pytest.param(lambda text: text + "\n\n", id="blank lines"),
        pytest.param(_spreadsheet, id="spreadsheet"),
        pytest.param(_floats, id="floats"),
        pytest.param(lambda text: text.replace(",00", ",1"), id="at large as 1"),
        pytest.param(lambda text: text.replace(",0", ",District "), id="words"),
    ],
)
def test_ways_to_write_a_plan(places: dict[str, Path], change: Change) -> None:
    wanted = found(made(places))
    places["plan"].write_text(change(places["plan"].read_text()), encoding="utf-8")
    assert found(made(places)) == wanted


@pytest.mark.parametrize(
    ("header", "prefix"),
    [("GEOCODE,POP100", ""), ("GEO_ID,P1_001N", "1000000US"), ("GEOID,P1", "7500000US")],
)
def test_ways_to_write_the_population(places: dict[str, Path], header: str, prefix: str) -> None:
    head, *rows = files.people(BLOCKS, header).splitlines()
    labels = ["Geography,!!Total:"] if header.startswith("GEO_ID") else []
    lines = [head, *labels, *(prefix + row for row in rows)]
    places["people"].write_text("\n".join(lines) + "\n")
    assert found(made(places)).keys() == ANSWERS.keys()


def test_geographic_headers_of_each_state_in_their_zips(
    places: dict[str, Path], tmp_path: Path
) -> None:
    wanted = found(made(places))
    with zipfile.ZipFile(tmp_path / "me2020.pl.zip", "w") as archive:
        text = files.geographic_headers(BLOCKS)
        archive.writestr("megeo2020.pl", text.encode("latin-1"))
        archive.writestr("me000012020.pl", "never read")
    assert found(made({**places, "people": tmp_path / "me2020.pl.zip"})) == wanted


def test_a_zip_with_a_national_file_and_the_states_again(
    places: dict[str, Path], tmp_path: Path
) -> None:
    wanted = found(made(places))
    with zipfile.ZipFile(tmp_path / "cd119.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("NationalCD119.txt", files.plan(BLOCKS))
        archive.writestr("33_NH_CD119.txt", files.plan(_of(NH)))
        archive.writestr("README.txt", "What these files are.")
    assert found(made({**places, "plan": tmp_path / "cd119.zip"})) == wanted


def test_a_states_own_plan_goes_before_the_national_one(
    places: dict[str, Path], tmp_path: Path
) -> None:
    new = tmp_path / "maine.csv"
    turned = [block._replace(cd={"01": "2", "02": "1"}.get(block.cd, "ZZ")) for block in _of(ME)]
    new.write_text(files.plan(turned, "GEOID20,DISTRICT"))
    crosswalk = made(places, PlanFile(places["plan"]), PlanFile(new, "ME"))
    answers = found(crosswalk)
    assert answers["04001"] == [("ME-2", 1.0, "people")]
    assert answers["03001"] == [("NH-1", 0.999, "people"), ("NH-2", 0.001, "people")]
    assert crosswalk.plans == {"AK": ("plan.txt",), "ME": ("maine.csv",), "NH": ("plan.txt",)}


def test_one_state_alone_has_shares_of_all_people_of_a_zip_code(places: dict[str, Path]) -> None:
    crosswalk = made(places, states=("ME",))
    answers = found(crosswalk)
    assert answers["03900"] == [("ME-1", 0.25, "people")]
    assert "03001" not in answers
    assert crosswalk.cut == ()


def test_one_state_without_its_neighbors_people_says_so(
    places: dict[str, Path], tmp_path: Path
) -> None:
    maine = tmp_path / "maine.csv"
    maine.write_text(files.people(_of(ME)))
    crosswalk = made({**places, "people": maine}, states=("ME",))
    assert found(crosswalk)["03900"] == [("ME-1", 1.0, "people")]
    assert crosswalk.cut == ("03900",)


def test_a_zip_code_in_which_people_live_only_across_the_line_is_not_ours(tmp_path: Path) -> None:
    blocks = [
        b._replace(people=0) if b.zcta == "03900" and b.geoid[:2] == ME else b for b in BLOCKS
    ]
    crosswalk = made(files.write(tmp_path, blocks), states=("ME",))
    assert "03900" not in found(crosswalk)
    assert ("03900", "ME-1") in [(row.zip_code, row.district) for row in crosswalk.dropped]


def _of(state: str) -> list[Block]:
    return [block for block in BLOCKS if block.geoid[:2] == state]
