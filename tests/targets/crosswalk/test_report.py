from pathlib import Path

from api.targets.crosswalk.build import Files, PlanFile, build
from api.targets.crosswalk.report import StateChange, as_json, compare
from tests.targets.crosswalk import made as files
from tests.targets.crosswalk.building import made, silent
from tests.targets.crosswalk.made import BLOCKS, ME, NH

# What the data in use might say of the ZIP codes in ANSWERS.
PRESENT = {
    "03001": "NH-1 NH-2",  # the same
    "03002": "NH-1",  # its 30 people are in another district
    "03900": "ME-1 NH-1",  # the same
    "04001": "ME-1 ME-2",  # 100 people are no longer asked; no block of it lies in ME-2
    "04002": "ME-1",  # 100 people are in ME-2; all 400 are asked now
    "04003": "ME-1 ME-2",  # nobody lives in its part of ME-2: a false choice, for 250 people
    "04004": "ME-1:0.4000 ME-2:0.6000",
    "04999": "ME-2",  # no longer a ZIP code
    "30301": "GA-5",  # of a state that is not built
}


def changes(folder: Path, present: dict[str, str]) -> dict[str, StateChange]:
    return {change.state: change for change in compare(made(files.write(folder)), present)}


def test_what_changes_for_how_many_people(tmp_path: Path) -> None:
    found = changes(tmp_path, PRESENT)
    maine, hampshire = found["ME"], found["NH"]
    assert (maine.zips, maine.people) == (6, 800)
    assert (maine.changed, maine.moved) == (3, 100)
    assert maine.false_choices == 1
    assert (maine.settled, maine.asked) == (350, 400)
    assert (maine.new_zips, maine.gone, maine.without_people) == (1, 1, 2)
    assert (hampshire.changed, hampshire.moved, hampshire.settled) == (1, 30, 0)
    assert hampshire.examples == ["03002: NH-1 before, NH-2 100.0% now"]
    assert found["AK"] == StateChange("AK", 2, 500, new_zips=2, without_people=1)


def test_shares_alone_change_nothing(tmp_path: Path) -> None:
    found = changes(tmp_path, {"04002": "ME-1:0.5000 ME-2:0.5000"})
    assert (found["ME"].changed, found["ME"].moved) == (0, 0)


def test_for_programs(tmp_path: Path) -> None:
    crosswalk = made(files.write(tmp_path))
    facts = as_json(crosswalk, compare(crosswalk, PRESENT))
    assert facts["congress"] == 120
    assert (facts["zips"], facts["rows"]) == (10, 15)
    assert facts["total"]["moved"] == 130
    assert facts["total"]["false_choices"] == 1
    assert [state["state"] for state in facts["states"]] == ["AK", "ME", "NH"]


def test_without_data_in_use_all_is_new(tmp_path: Path) -> None:
    found = changes(tmp_path, {})
    assert sum(change.new_zips for change in found.values()) == 11
    assert not any(change.changed or change.moved or change.gone for change in found.values())


def test_with_the_earlier_plan_it_is_exact(tmp_path: Path) -> None:
    places = files.write(tmp_path)
    before = tmp_path / "before.txt"
    turned = {"0010001001002": "02", "0010001001006": "02"}  # 200 people, and nobody
    blocks = [
        block._replace(cd=turned.get(block.geoid[2:], block.cd)) if block.geoid[:2] == ME else block
        for block in BLOCKS
    ]
    before.write_text(files.plan(block for block in blocks if block.geoid[:2] != NH))
    wanted = Files((PlanFile(places["plan"]),), places["zctas"], (places["people"],), before=before)
    crosswalk = build(wanted, 120, silent)
    found = {change.state: change for change in compare(crosswalk, PRESENT)}
    assert [(found[s].moved, found[s].exact) for s in ("AK", "ME", "NH")] == [
        (0, True),
        (200, True),
        (30, False),
    ]
    assert crosswalk.rows == made(places).rows
