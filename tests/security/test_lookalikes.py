# ruff: noqa: RUF001 (names of all scripts)
"""What texts read as. Letters that look like others are written by their numbers."""

import pytest

from api.security.lookalikes import imitates_latin, mixes_scripts, reading, skeleton

PEACE = "\u0420\u0435\u0430\u0441\u0435"  # in Cyrillic letters
MIXED = "D\u043en\u0430ld"


@pytest.mark.parametrize(
    "alike",
    [MIXED, "DonaId", "DONALD", "D\u00f3nald", "Do\u200bnald", "\uff24\uff4fnald", "d o n a l d"],
)
def test_names_that_look_alike_have_one_skeleton(alike: str) -> None:
    assert skeleton(alike) == skeleton("Donald")


def test_pairs_of_letters_read_as_one() -> None:
    assert skeleton("Trurnp") == skeleton("Trump")
    assert skeleton("VVilson") == skeleton("Wilson")


@pytest.mark.parametrize("other", ["Ronald", "Donalda", "", "\u0534\u0578\u0576\u0561\u056c\u0564"])
def test_other_names_have_others(other: str) -> None:
    assert skeleton(other) != skeleton("Donald")


def test_a_whole_text_is_read() -> None:
    assert reading(f"{PEACE} N\u043ew") == "peace now"


@pytest.mark.parametrize("text", [MIXED, f"x{PEACE}", "\u0391ni", "Jo\u0570n"])
def test_two_alphabets_in_a_word(text: str) -> None:
    assert mixes_scripts(text)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Ani Պետրոսյան",
            "Иван Petrov",
            "O\u02bcNeill",
            "Ka\u02bbiulani",
            "Jean-Luc",
            "ひろし山田",
        ),
        *("Ọláyínká Adébáyọ̀", "Nguyễn Thị Ngọc", "محمد الأحمد", "김민준", "नील शर्मा", "דָּנִיֵּאל"),
    ],
)
def test_real_names_mix_nothing_and_imitate_nothing(name: str) -> None:
    assert not mixes_scripts(name)
    assert not imitates_latin(name)


@pytest.mark.parametrize("text", [PEACE, f"{PEACE} Now", "\U0001d400\U0001d427\U0001d422"])
def test_whole_words_in_other_letters_imitate(text: str) -> None:
    assert imitates_latin(text)


@pytest.mark.parametrize("name", ["Вера Иванова", "Սոս Պետրոսյան", "Ани", "Ева"])
def test_names_with_a_word_that_looks_latin_by_chance_do_not(name: str) -> None:
    assert not imitates_latin(name)
