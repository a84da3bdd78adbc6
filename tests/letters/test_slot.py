import pytest

from api.letters.render import LetterText
from api.letters.slot import PLACE, compose, fill

TEXT = LetterText(
    seat="house:CA-30",
    target_id=None,
    name="Ada Quill",
    salutation="Dear Representative Quill,",
    subject=f"The lake, from a constituent in {PLACE}",
    statement=f"I live in {PLACE}.\n\nPlease act.",
    close=f"Sincerely,\na constituent in {PLACE}",
    cites=(),
    digest="lt1:0",
)


def test_only_the_slot_is_filled() -> None:
    assert fill(f"in {PLACE} and {PLACE}", "Troy") == "in Troy and Troy"
    assert fill("in {{ place }}", "Troy") == "in {{ place }}"


def test_a_place_that_looks_like_the_slot_is_filled_once() -> None:
    assert fill(f"in {PLACE}", f"x{PLACE}") == f"in x{PLACE}"


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown version of the slot: 2"):
        fill(PLACE, "Troy", version=2)


def test_a_whole_letter_has_its_parts_in_order() -> None:
    assert TEXT.whole("My words.\n\nMore.", "Troy") == (
        "Dear Representative Quill,\n\nMy words.\n\nMore.\n\nI live in Troy.\n\nPlease act.\n\n"
        "Sincerely,\na constituent in Troy"
    )


def test_without_own_words_there_is_no_gap() -> None:
    assert "\n\n\n" not in TEXT.whole("  \n ", "Troy")


def test_what_the_writer_typed_is_left_alone() -> None:
    assert f"I typed {PLACE}." in TEXT.whole(f"I typed {PLACE}.", "Troy")


def test_parts_that_are_empty_leave_no_trace() -> None:
    assert compose("Dear A,", "", "B.", "") == "Dear A,\n\nB."
