"""The summary before an import names who comes, goes and moves, and nothing else."""

from dataclasses import replace

from api.targets.changes import changes
from api.targets.dataset import DataSet
from tests.targets.next_congress import next_congress


def told(present: DataSet, new: DataSet) -> dict[str, tuple[str, ...]]:
    return {change.what: change.lines for change in changes(present, new)}


def test_the_same_data_changes_nothing(shipped: DataSet) -> None:
    assert changes(shipped, shipped) == []


def test_a_new_congress(shipped: DataSet) -> None:
    found = told(shipped, next_congress(shipped))
    assert found["New members"] == ("Nova Grant, house:CA-30, after Laura Friedman",)
    assert "Laura Friedman, house:CA-30" in found["Members who left"]
    assert found["Members who hold another seat"] == (
        "Katherine M. Clark, from house:MA-5 to senate:MA:2",
    )
    assert len(found["New terms of members who stay"]) == 1
    vacated = {line.split(",")[0] for line in found["Seats that have become vacant"]}
    assert vacated == {"house:MA-5", "house:TX-22"}
    assert found["States with ZIP codes in other districts"] == ("CA: 1 ZIP code",)


def test_committees_and_roles(shipped: DataSet) -> None:
    member = next(m for m in shipped.members if m["seat"] == "house:CA-32")
    rows = dict(member["committees"])
    assert "HSFA" in rows
    moved = {**member, "committees": [["HSFA", "chair"], ["HSAP04", None]]}
    new = replace(shipped, members=[moved if m is member else m for m in shipped.members])
    lines = told(shipped, new)["Changes of committees"]
    assert "Brad Sherman in House Committee on Foreign Affairs: chair" in lines
    assert any(line.startswith("Brad Sherman joined House Committee on App") for line in lines)
    assert any(line.startswith("Brad Sherman left ") for line in lines)


def test_districts_that_come_and_go(shipped: DataSet) -> None:
    zips = {**shipped.zips, "82001": "WY-1"}
    found = told(shipped, replace(shipped, zips=zips))
    assert found["New districts"] == ("WY-1",)
    assert "Districts that are gone" not in found


def test_shares_are_no_other_districts(shipped: DataSet) -> None:
    zips = {**shipped.zips, "02138": "MA-5:0.2000 MA-7:0.8000"}
    found = told(shipped, replace(shipped, zips=zips))
    assert found == {"ZIP codes with other shares of people in the same districts": ("1",)}
