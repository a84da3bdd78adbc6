"""The count of lines against typst's own measuring."""

import random

import pytest

from api.printing import values
from api.printing.fitting import SETTINGS, SEVERAL_PAGES, TO_BE_MEASURED
from api.printing.letter import PrintedSource
from api.printing.press import Press
from api.printing.values import values_of
from tests.printing.conftest import Letters
from tests.printing.pdf import Pdf, squeezed

TEXT = (
    "I ask you to write to the Secretary of State about Armenian-Azerbaijani talks, Section "
    "502B(c), Washington, WAVE AVATAR, office affairs; 2025, María José's waiver."
)
WORDS = TEXT.split()


def paragraphs(seed: int, words: int) -> str:
    chance = random.Random(seed)
    made = [chance.choice(WORDS) for _ in range(words)]
    for place in range(chance.randint(30, 60), words, chance.randint(40, 70)):
        made[place] = f"\n\n{made[place]}" if chance.random() < 0.8 else f"\n- {made[place]}"
    return " ".join(made)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_counted_to_fit_does_and_little_is_given_away(
    press: Press, letter: Letters, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = [PrintedSource("A Title of some Length, Part " * 2, "Publisher, May 1, 2020")] * (
        seed % 7
    )
    made = letter(
        own_words="",
        statement=paragraphs(seed, 200 + 8 * seed),
        sources=tuple(notes),
        subject="Write " * (seed % 30),
    )
    counted = values_of(made)["setting"]
    pages = len(Pdf(press.print_letter(made)).pages)
    monkeypatch.setattr(values, "fit", lambda _: TO_BE_MEASURED)
    pdf = Pdf(press.print_letter(made))
    size = next(run.size for run in pdf.pages[0] if run.text.startswith("Dear"))
    measured = SEVERAL_PAGES
    if len(pdf.pages) == 1:
        measured = [setting["size"] for setting in SETTINGS].index(size)
    if counted is not None:
        assert measured <= counted <= measured + 1
        assert (pages == 1) == (counted < SEVERAL_PAGES)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_whole_stands_on_the_first_page(
    press: Press, letter: Letters, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = letter(own_words="", statement=paragraphs(seed, 520 + 8 * seed))
    fit = values_of(made)
    assert fit["setting"] == SEVERAL_PAGES
    assert 0 < fit["whole"] < len(fit["paragraphs"])
    pdf = Pdf(press.print_letter(made))
    for part in fit["paragraphs"][: fit["whole"]]:
        assert squeezed("".join(part["lines"])) in squeezed(pdf.text(0))
    parted = {"setting": SEVERAL_PAGES, "whole": 0}
    monkeypatch.setattr(values, "fit", lambda _: parted)
    other = Pdf(press.print_letter(made))
    assert [other.text(n) for n in range(2)] == [pdf.text(n) for n in range(2)]


def test_every_letter_of_known_characters_is_counted(letter: Letters) -> None:
    settings = [
        values_of(letter(statement=paragraphs(seed, 200 + 8 * seed)))["setting"]
        for seed in range(60)
    ]
    assert set(settings) == {0, 1, 2, SEVERAL_PAGES}


@pytest.mark.parametrize("text", ["Անի", "Георгий", "W" * 80, "a\N{NO-BREAK SPACE}b"])
def test_what_is_not_in_the_table_is_left_to_typst(letter: Letters, text: str) -> None:
    assert values_of(letter(own_words=text))["setting"] is None


def test_a_crowded_envelope_is_left_to_typst(letter: Letters) -> None:
    assert values_of(letter(sender="Wilhelmina " * 9))["setting"] is None
    assert values_of(letter())["setting"] == 0
