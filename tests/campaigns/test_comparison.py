"""What an edit changes in the letters, each change once."""

from pathlib import Path

from api.campaigns.comparison import SIGNED, compare, hunks
from tests.campaigns.small import FIXTURES, changed, examined


def told(before: str, after: str) -> list[tuple[str, str]]:
    return [piece for hunk in hunks(before, after) for piece in hunk.pieces]


def test_words_that_change() -> None:
    assert told("a b c", "a b c") == []
    assert told("we ask you now", "we beg you now") == [("gone", "ask"), ("new", "beg")]
    assert told("one", "one two") == [("new", "two")]
    assert told("one two", "one") == [("gone", "two")]
    assert told("", "new words") == [("new", "new words")]


def test_near_changes_are_one_and_far_ones_are_two() -> None:
    near = list(hunks("a b c d", "x b c y"))
    assert [hunk.pieces for hunk in near] == [
        (("gone", "a"), ("new", "x"), ("same", "b c"), ("gone", "d"), ("new", "y"))
    ]
    far = list(hunks("a 1 2 3 4 b", "x 1 2 3 4 y"))
    assert len(far) == 2
    assert far[0].after == "1 2 3 4 b"
    assert far[1].before == "a 1 2 3 4"


def test_the_same_version_changes_nothing() -> None:
    one = examined(FIXTURES).campaigns["save-the-lake"]
    assert compare(one, one).is_empty


def test_one_edit_is_told_once_with_all_its_letters(site: Path) -> None:
    old = examined(site).campaigns["save-the-lake"]
    folder = site / "templates/letters/save-the-lake"
    text = (folder / "senator.j2").read_text(encoding="utf-8")
    word = text.rstrip().rsplit(" ", 1)[1]
    (folder / "senator.j2").write_text(text.rstrip().removesuffix(word) + f"surely {word}\n")
    new = examined(site).campaigns["save-the-lake"]
    comparison = compare(old, new)
    [change] = comparison.changes
    assert set(change.seats) == {"senate:CA:1", "senate:CA:3"}
    assert (change.part, change.texts) == ("statement", ("senator",))
    assert change.hunk.pieces == (("new", "surely"),)
    assert comparison.same == len(old.readers) - 2


def test_targets_that_come_and_go(site: Path) -> None:
    old = examined(site).campaigns["save-the-lake"]
    changed(site / "campaigns/save-the-lake.yaml", "[president, house, senate]", "[house]")
    new = examined(site).campaigns["save-the-lake"]
    assert "president" in compare(old, new).dropped
    assert "senate:CA:1" in compare(new, old).added
    assert compare(old, new).changes == ()


def test_a_signed_statement_is_compared_too(site: Path) -> None:
    old = examined(site).campaigns["lake-statement"]
    changed(site / "campaigns/lake-statement.yaml", "want it kept clean", "want it kept very clean")
    [change] = compare(old, examined(site).campaigns["lake-statement"]).changes
    assert change.seats == (SIGNED,)
    assert change.hunk.pieces == (("new", "very"),)
