"""An import says of each state whose lines it takes, and takes none of another Congress."""

from dataclasses import replace
from datetime import date

import pytest

from api.targets import importer, line_list
from api.targets.apportionment import SEATS
from api.targets.congress import Directory
from api.targets.dataset import DataSet
from api.targets.importer import Edition, Known, Refused
from api.targets.line_list import LineList
from api.targets.line_plan import Table
from api.targets.lines import Verdict
from tests.targets.new_lines import AS_OF, MOVED, SOURCE, handed_in, table, turned
from tests.targets.published import table_with_shares, zip_table
from tests.targets.test_line_list import SHIPPED

pytestmark = pytest.mark.usefixtures("parsed_once")

EDITION = Edition(AS_OF, 120)


@pytest.fixture(scope="module")
def listed() -> LineList:
    return line_list.read(SHIPPED, AS_OF)


@pytest.fixture(scope="module")
def old_table(shipped: DataSet) -> dict[str, bytes]:
    return handed_in(shipped)


def unknown(data: DataSet, congress: int = 120) -> list[str]:
    standings = Directory(data).standings(congress)
    return sorted(state for state, one in standings.items() if one.status == "unknown")


def test_the_old_table_for_the_new_congress_is_refused_state_by_state(
    old_table: dict[str, bytes], shipped: DataSet, listed: LineList
) -> None:
    with pytest.raises(Refused) as caught:
        importer.build(old_table, EDITION, shipped, AS_OF, Known(listed))
    problems = caught.value.problems
    assert [problem[:2] for problem in problems] == list(MOVED)
    for state, problem in zip(MOVED, problems, strict=True):
        assert "are those of Congress 119" in problem
        assert listed.verdicts[state].read in problem
        assert "https://" in problem


def test_a_corrected_row_does_not_make_old_lines_new(
    old_table: dict[str, bytes], shipped: DataSet, listed: LineList
) -> None:
    texan = [z for z, text in shipped.zips.items() if text == "TX-3"][:9]
    zips = {**shipped.zips, **dict.fromkeys(texan, "TX-4")}
    with pytest.raises(Refused) as caught:
        importer.build(
            {**old_table, "zccd.csv": zip_table(zips)}, EDITION, shipped, AS_OF, Known(listed)
        )
    assert any(problem.startswith("TX: ") for problem in caught.value.problems)


def test_old_lines_by_population_are_old_lines(shipped: DataSet, listed: LineList) -> None:
    """A table that leaves out where nobody lives differs in every split ZIP code."""
    zips = {z: f"{t.split()[-1]}:0.9000 {t.split()[0]}:0.1000" for z, t in shipped.zips.items()}
    zips |= {z: t.split()[0] for z, t in shipped.zips.items() if " " not in t or int(z) % 2}
    rows = zips.items()
    with pytest.raises(Refused) as caught:
        importer.add_lines(Table(dict(rows), 120, SOURCE), ["TX"], shipped, AS_OF)
    assert "TX: the rows handed in for Congress 120 are those of Congress 119" in str(caught.value)
    carried = replace(shipped, zips=dict(rows), lines=[])
    with pytest.raises(Refused) as caught:
        importer.add_lines(Table(shipped.zips, 120, SOURCE), ["TX"], carried, AS_OF)
    assert "TX: the rows handed in for Congress 120 are those of Congress 119" in str(caught.value)


def test_shares_alone_make_no_lines_new_and_come_along_where_lines_were_kept(
    old_table: dict[str, bytes], shipped: DataSet, listed: LineList
) -> None:
    split = {z: t for z, t in shipped.zips.items() if len(t.split()) == 2}
    shares = {z: "{}:0.1000 {}:0.9000".format(*t.split()) for z, t in split.items()}
    files = {**old_table, "zccd.csv": table_with_shares({**shipped.zips, **shares})}
    with pytest.raises(Refused) as caught:
        importer.build(files, EDITION, shipped, AS_OF, Known(listed))
    assert [problem[:2] for problem in caught.value.problems] == list(MOVED)
    data, notes = importer.build(files, EDITION, shipped, AS_OF, Known(listed, given=True))
    assert (notes, unknown(data)) == ([], list(MOVED))
    directory = Directory(data)
    assert directory.find("02138", today=AS_OF).districts == ("MA-7", "MA-5")
    texan = next(z for z, t in split.items() if t.split()[1][:2] == "TX")
    assert len(directory.find(texan, today=AS_OF).districts) >= SEATS["TX"]


def test_a_list_of_unmoved_states_carries_exactly_these(
    old_table: dict[str, bytes], shipped: DataSet, listed: LineList
) -> None:
    said = Verdict(120, True, "The lines of 2022 stay.", (SOURCE,))
    mine = LineList(120, 119, {"MA": said, "ME": said})
    data, _ = importer.build(old_table, EDITION, shipped, AS_OF, Known(mine, given=True))
    standings = Directory(data).standings(120)
    carried = {state: one for state, one in standings.items() if one.status == "carried"}
    assert sorted(carried) == ["MA", "ME"]
    assert carried["ME"].sources == (SOURCE,)
    assert len(unknown(data)) == 42
    assert (data.congress, data.base, data.zips) == (120, 119, shipped.zips)

    whole = Known(listed, given=True)
    data, _ = importer.build(old_table, EDITION, shipped, AS_OF, whole)
    assert unknown(data) == list(MOVED)


def test_members_alone_are_taken_for_a_new_congress(
    old_table: dict[str, bytes], shipped: DataSet, listed: LineList
) -> None:
    files = {name: raw for name, raw in old_table.items() if name.endswith("yaml")}
    data, _ = importer.build(files, EDITION, shipped, AS_OF, Known(listed))
    directory = Directory(data)
    assert (data.congress, data.base, unknown(data)) == (120, 119, list(MOVED))
    assert directory.find("04101", today=AS_OF).targets[0].seat == "house:ME-1"
    assert directory.find("75001", today=AS_OF).unknown == ("TX",)
    nothing, _ = importer.build(files, EDITION, replace(shipped, lines=[]), AS_OF)
    assert len(unknown(nothing)) == 44, "nothing is carried silently"


def test_the_old_table_may_be_called_what_it_is(
    old_table: dict[str, bytes], shipped: DataSet, listed: LineList
) -> None:
    edition = Edition(AS_OF, 120, zips_of=119)
    data, _ = importer.build(old_table, edition, shipped, AS_OF, Known(listed))
    assert (data.base, unknown(data)) == (119, list(MOVED))


def test_an_older_table_than_the_one_at_hand_is_refused(
    old_table: dict[str, bytes], shipped: DataSet, listed: LineList
) -> None:
    later = replace(shipped, zips_of=120, lines=[], newer={})
    with pytest.raises(Refused, match="at hand is for Congress 120, a later one"):
        importer.build(old_table, Edition(AS_OF, 120, zips_of=119), later, AS_OF, Known(listed))


def test_new_lines_outlive_an_import_of_members_and_of_the_same_table(
    old_table: dict[str, bytes], shipped: DataSet, listed: LineList
) -> None:
    texas = importer.add_lines(table(shipped, "TX"), ["TX"], shipped, date(2026, 12, 2))
    members = {name: raw for name, raw in old_table.items() if name.endswith("yaml")}
    for files in (members, old_table):
        edition = Edition(AS_OF, 120, zips_of=119)
        data, _ = importer.build(files, edition, texas, AS_OF, Known(listed))
        assert unknown(data) == [state for state in MOVED if state != "TX"]
        assert data.newer == texas.newer


def test_a_table_with_new_lines_of_the_moved_states(
    old_table: dict[str, bytes], shipped: DataSet, listed: LineList
) -> None:
    zips = {**shipped.zips, **turned(shipped.zips, *MOVED)}
    files = {**old_table, "zccd.csv": zip_table(zips)}
    data, notes = importer.build(files, EDITION, shipped, AS_OF, Known(listed))
    directory = Directory(data)
    assert (notes, unknown(data)) == ([], [])
    standings = directory.standings(120)
    assert {s for s, one in standings.items() if one.status == "ready"} == set(MOVED)
    assert standings["ME"].status == "carried"
    alone = next(z for z, text in shipped.zips.items() if text == "TX-3")
    assert directory.find(alone, today=AS_OF).districts == ("TX-4",)
    assert directory.find(alone, today=date(2027, 1, 2)).districts == ("TX-3",)


def test_a_table_in_which_every_state_is_new_takes_the_place_of_the_old(
    old_table: dict[str, bytes], shipped: DataSet, listed: LineList
) -> None:
    states = tuple({text[:2] for text in shipped.zips.values()} - {"AK"})
    divided = [s for s in states if any(f"{s}-1" in t for t in shipped.zips.values())]
    zips = {**shipped.zips, **turned(shipped.zips, *divided)}
    files = {**old_table, "zccd.csv": zip_table(zips)}
    data, notes = importer.build(files, EDITION, shipped, AS_OF, Known(listed))
    assert (data.base, data.newer, unknown(data)) == (120, {}, [])
    assert len(notes) == 34, "lines that were said to be kept are noted"


def test_lines_of_one_state_alone(shipped: DataSet) -> None:
    data = importer.add_lines(table(shipped, "TX", "CA"), ["TX"], shipped, date(2026, 12, 2))
    assert unknown(data) == [state for state in MOVED if state != "TX"]
    assert (data.congress, data.as_of, data.members) == (119, shipped.as_of, shipped.members)
    assert data.version > shipped.version
    again = importer.add_lines(table(shipped, "TX", "CA"), ["CA"], data, date(2026, 12, 2))
    assert unknown(again) == [state for state in MOVED if state not in ("CA", "TX")]
    assert Directory(again).letters_digest == Directory(shipped).letters_digest


@pytest.mark.parametrize(
    ("states", "change", "told"),
    [
        (["TX"], lambda z: {k: v for k, v in z.items() if k > "77000"}, "ZIP codes are missing"),
        (["TX"], lambda z: {k: v.replace("TX-7", "TX-8") for k, v in z.items()}, "TX-7"),
        (["TX"], lambda z: {k: v.replace("TX-7", "TX-39") for k, v in z.items()}, "TX-39"),
        (["TX"], lambda z: {**z, "90210": "TX-1"}, "prefix"),
        (["OK"], lambda z: z, "OK: the table has no row of it"),
        ([], lambda z: {**z, "73003": "OK-5"}, "OK for Congress 120: OK-1"),
        (["WY"], lambda z: z, "WY: it is no state with several districts"),
        ([], lambda _: {}, "no state with several districts"),
    ],
)
def test_half_or_wrong_lines_are_refused(
    shipped: DataSet, states: list[str], change: object, told: str
) -> None:
    assert callable(change)
    texan = {z: t for z, t in turned(shipped.zips, "TX").items() if "OK-" not in t}
    with pytest.raises(Refused) as caught:
        importer.add_lines(Table(change(texan), 120, SOURCE), states, shipped, AS_OF)
    assert any(told in problem for problem in caught.value.problems)


def test_the_old_lines_of_one_state_are_not_its_new_ones(shipped: DataSet) -> None:
    with pytest.raises(Refused, match="TX: the rows handed in for Congress 120 are those of Cong"):
        importer.add_lines(Table(shipped.zips, 120, SOURCE), ["TX"], shipped, AS_OF)
    rows = turned(shipped.zips, "TX")
    with pytest.raises(Refused, match="the ZIP table at hand is for Congress 119"):
        importer.add_lines(Table(rows, 119, SOURCE), ["TX"], shipped, AS_OF)


def test_another_list_alone(shipped: DataSet, listed: LineList) -> None:
    moved = Verdict(120, False, "A court ordered new lines in December.", (SOURCE,))
    changed = replace(listed, verdicts={**listed.verdicts, "WI": moved})
    data = importer.judge_lines(shipped, changed, AS_OF)
    assert unknown(data) == sorted([*MOVED, "WI"])
    assert Directory(data).standings(120)["WI"].why == moved.read
