from api.printing.values import LONGEST_PARAGRAPH, values_of
from tests.printing.conftest import Letters
from tests.printing.pdf import squeezed


def test_apostrophes_are_set_and_nothing_else_is_changed(letter: Letters) -> None:
    statement = "Azerbaijan's 5'10\" 'quoted' words, the states' laws -- \"so\"... O'Brien's."
    values = values_of(letter(own_words="", statement=statement))
    assert values["paragraphs"][0]["lines"] == [
        'Azerbaijan’s 5’10" \'quoted\' words, the states’ laws -- "so"... O’Brien’s.'  # noqa: RUF001
    ]


def test_items_of_a_list_stand_apart_and_lines_of_a_paragraph_together(letter: Letters) -> None:
    words = "First line\nsecond line\n\nI ask:\n- one\n- two\n1. three"
    paragraphs = values_of(letter(own_words=words, statement=""))["paragraphs"]
    assert [(part["lines"], part["item"]) for part in paragraphs] == [
        (["First line", "second line"], False),
        (["I ask:"], False),
        (["- one"], True),
        (["- two"], True),
        (["1. three"], True),
    ]


def test_long_words_may_break_but_never_before_a_mark(letter: Letters) -> None:
    word = "e\u0301" * 40
    line = values_of(letter(own_words=word))["paragraphs"][0]["lines"][0]
    pieces = line.split("\N{ZERO WIDTH SPACE}")
    assert pieces == ["e\u0301" * 12] * 3 + ["e\u0301" * 4]
    assert squeezed(line) == word


def test_a_long_paragraph_of_other_scripts_is_set_in_parts_with_nothing_lost(
    letter: Letters,
) -> None:
    """Typst takes time with the square of a paragraph: ten thousand of these took five seconds."""
    for word, count in (
        ("محمد", 2500),
        ("محمد ", 2000),
        ("🇺🇸", 2500),
        ("ߒߞߏ", 3300),
        ("\u0561\n", 5000),
    ):
        words = (word * count).strip()
        paragraphs = values_of(letter(own_words=words, statement=""))["paragraphs"]
        lengths = [sum(map(len, part["lines"])) for part in paragraphs]
        assert max(lengths) <= LONGEST_PARAGRAPH * 1.1, "with the breaks"
        assert [part["goes_on"] for part in paragraphs] == [False] + [True] * (len(lengths) - 1)
        assert squeezed("".join(line for part in paragraphs for line in part["lines"])) == squeezed(
            words
        )


def test_a_long_paragraph_of_known_letters_stays_one(letter: Letters) -> None:
    words = "the quick brown fox " * 500
    assert len(values_of(letter(own_words=words, statement=""))["paragraphs"]) == 1


def test_the_direction_is_that_of_the_first_letter(letter: Letters) -> None:
    words = "12 שלום\n\n12 Hello שלום\n\n12"
    paragraphs = values_of(letter(own_words=words, statement=""))["paragraphs"]
    assert [part["rtl"] for part in paragraphs] == [True, False, False]
