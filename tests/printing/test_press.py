import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.printing.letter import PrintedLetter
from api.printing.press import Press, TemplateBroken, Unprintable
from api.settings import Settings
from tests.printing import hostile
from tests.printing.conftest import Letters
from tests.printing.pdf import Pdf, squeezed
from tests.times import Stopwatch, quick

INCH = 72
NAMES = {
    "Spanish": "María José Núñez Ibáñez",
    "Armenian": "Անի Պետրոսյան",
    "Georgian": "გიორგი მაისურაძე",
    "Cyrillic": "Георгий Ёлкин",
    "Greek": "Γιώργος Παπαδόπουλος",
    "Vietnamese": "Nguyễn Thị Hường",
    "Turkish": "İpek Şahin Ğ",
}


def everything(letter: PrintedLetter) -> list[str]:
    """What a reader must find on paper, piece by piece."""
    texts = (letter.own_words, letter.statement, letter.close)
    lines = [line for text in texts for line in text.split("\n") if line]
    sources = [part for source in letter.sources for part in (source.title, source.imprint)]
    head = (letter.sender, *letter.sender_address, *letter.recipient, letter.salutation)
    return [*head, f"Re: {letter.subject}", *lines, *sources, letter.footer, "March 9, 2026"]


def assert_complete(pdf: Pdf, letter: PrintedLetter) -> None:
    found = pdf.squeezed.replace("’", "'")  # noqa: RUF001 the print's own apostrophe
    for piece in everything(letter):
        assert squeezed(piece) in found


def test_a_short_letter_is_whole_on_one_page(press: Press, letter: Letters) -> None:
    pdf = Pdf(press.print_letter(letter()))
    assert len(pdf.pages) == 1
    assert_complete(pdf, letter())
    assert "Page 1 of 1" in pdf.text(0)


def test_poppler_reads_the_same_text(press: Press, letter: Letters, tmp_path: Path) -> None:
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip(
            "poppler-utils is not installed: the text was read by tests/printing/pdf.py only"
        )
    made = press.print_letter(letter())
    (tmp_path / "letter.pdf").write_bytes(made)
    read = subprocess.run(
        [tool, tmp_path / "letter.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout
    assert sorted(squeezed(read)) == sorted(Pdf(made).squeezed)


def test_the_address_is_in_the_window_and_nothing_else_is(press: Press, letter: Letters) -> None:
    """#10 envelope: the window shows the sheet from 2.5 in at the latest to 3.17 in at least,
    and from 2.04 in at the earliest to 3.63 in at most, up to 5.38 in from the left."""
    pdf = Pdf(press.print_letter(letter()))
    window = [run for run in pdf.pages[0] if 2.04 * INCH < run.y < 3.7 * INCH]
    assert squeezed("".join(run.text for run in window)) == squeezed("".join(letter().recipient))
    for run in window:
        assert 0.875 * INCH < run.x < 4.25 * INCH
        assert 2.5 * INCH <= run.y <= 3.17 * INCH


def test_a_long_letter_has_numbered_pages(press: Press, letter: Letters) -> None:
    long = letter(
        statement="\n\n".join(f"Paragraph {n}. " + "More words. " * 40 for n in range(20))
    )
    pdf = Pdf(press.print_letter(long))
    total = len(pdf.pages)
    assert total > 2
    for number in range(total):
        assert f"Page {number + 1} of {total}" in pdf.text(number)
        assert squeezed(long.footer).replace("'", "’") in squeezed(pdf.text(number))  # noqa: RUF001
    assert pdf.text(1).startswith("The Honorable Rosa Example")


@pytest.mark.parametrize("words", range(280, 520, 12))
def test_a_signature_is_never_alone_on_a_page(press: Press, letter: Letters, words: int) -> None:
    paragraph = " ".join(["letter"] * (words // 6))
    pdf = Pdf(press.print_letter(letter(statement="\n\n".join([paragraph] * 6))))
    page = next(n for n in range(len(pdf.pages)) if "Sincerely," in pdf.text(n))
    assert "letter letter" in pdf.text(page)
    assert "a constituent in Glendale" in pdf.text(page)


def test_a_letter_that_hardly_fits_is_set_smaller(press: Press, letter: Letters) -> None:
    def size(words: int) -> float:
        pdf = Pdf(press.print_letter(letter(statement="word " * words)))
        assert len(pdf.pages) == 1
        return next(run.size for run in pdf.pages[0] if run.text.startswith("Dear"))

    assert size(100) == 11
    assert size(430) == 10


def test_many_letters_have_pages_of_their_own(press: Press, letter: Letters) -> None:
    long = "\n\n".join(["Some words. " * 60] * 6)
    letters = [
        letter(sender=f"Writer {n}", statement=long if n == 1 else "Short.") for n in range(3)
    ]
    pdf = Pdf(press.print_together(letters))
    feet = [re.findall(r"Page \d of \d", pdf.text(n)) for n in range(len(pdf.pages))]
    assert feet == [["Page 1 of 1"], ["Page 1 of 2"], ["Page 2 of 2"], ["Page 1 of 1"]]
    assert "Writer 2" in pdf.text(3)


def test_each_long_letter_has_numbers_and_heads_of_its_own(press: Press, letter: Letters) -> None:
    lengths = [14, 1, 25, 1, 14]
    letters = [
        letter(
            recipient=(f"The Honorable Number {n}", "Washington, DC 20515"),
            footer=f"Of number {n}.",
            own_words="Անի" if n == 4 else "",  # which typst measures
            statement="\n\n".join(["Some words. " * 30] * length),
        )
        for n, length in enumerate(lengths)
    ]
    pdf = Pdf(press.print_together(letters))
    alone = [len(Pdf(press.print_letter(one)).pages) for one in letters]
    assert alone == [2, 1, 3, 1, 2]
    pages = iter(range(len(pdf.pages)))
    for n, total in enumerate(alone):
        for number in range(1, total + 1):
            text = pdf.text(next(pages))
            assert f"Page {number} of {total}" in text
            assert f"Of number {n}." in text
            assert text.startswith(f"The Honorable Number {n}") == (number > 1)
    assert next(pages, None) is None


def test_letters_printed_together_are_as_those_alone(press: Press, letter: Letters) -> None:
    letters = [
        letter(sender=f"Writer {n % 10}", own_words=("A story of mine. " * 12 + "\n\n") * (n % 9))
        for n in range(18)
    ]
    alone = [page for one in letters for page in Pdf(press.print_letter(one)).pages]
    together = Pdf(press.print_together(letters)).pages
    assert [[(run.text, run.x, run.y) for run in page] for page in together] == [
        [(run.text, run.x, run.y) for run in page] for page in alone
    ]


def test_each_paragraph_and_source_is_tagged_as_one(press: Press, letter: Letters) -> None:
    def paragraphs(statement: str, sources: int) -> int:
        notes = letter().sources * sources
        made = Pdf(press.print_letter(letter(statement=statement, sources=notes)))
        return sum(b"/S/P" in re.sub(rb"\s", b"", body) for body in made.objects.values())

    assert paragraphs("One.\n\nTwo.\n\nThree.", 1) == paragraphs("One.", 1) + 2
    assert paragraphs("One.", 4) == paragraphs("One.", 1) + 3


def test_letters_are_printed_one_by_one_with_progress(press: Press, letter: Letters) -> None:
    done: list[int] = []
    letters = [letter(sender=f"Writer {n}") for n in range(3)]
    made = list(press.print_letters(letters, done.append))
    assert done == [1, 2, 3]
    assert ["Writer 0" in Pdf(one).text(0) for one in made] == [True, False, False]


def test_the_same_letter_gives_the_same_bytes(press: Press, letter: Letters) -> None:
    assert press.print_letter(letter()) == press.print_letter(letter())


@pytest.mark.parametrize("language", NAMES)
def test_names_with_accents_and_alphabets(press: Press, letter: Letters, language: str) -> None:
    pdf = Pdf(press.print_letter(letter(sender=NAMES[language])))
    assert pdf.squeezed.count(squeezed(NAMES[language])) == 2  # letterhead and signature


def test_arabic_is_set_from_right_to_left(press: Press, letter: Letters) -> None:
    pdf = Pdf(press.print_letter(letter(sender="محمد طاهر", own_words="سلام عالم")))
    assert squeezed("محمد طاهر"[::-1]) in pdf.squeezed
    words = [run for run in pdf.pages[0] if "س" in run.text]
    assert len(words) == 1
    assert words[0].x > 6 * INCH


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("བསྟན", "Tibetan script"),
        ("ᠮᠣᠩᠭᠣᠯ", "Mongolian script"),
        ("ꆈꌠ", "Yi script"),
        ("Ani \U0001d306", "emoji"),
    ],
)
def test_what_has_no_glyph_is_refused_by_name(
    press: Press, letter: Letters, text: str, kind: str
) -> None:
    """It would be an empty box otherwise, or nothing."""
    for field in ("sender", "own_words"):
        with pytest.raises(Unprintable, match=kind) as caught:
            press.print_letter(letter(**{field: text}))
        assert text not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_control_character_is_refused(press: Press, letter: Letters) -> None:
    with pytest.raises(Unprintable):
        press.print_letter(letter(own_words="a\x07b"))


def test_two_hundred_hostile_values_are_only_text(press: Press, letter: Letters) -> None:
    values = hostile.values()
    assert len(values) == 200
    for start in range(0, len(values), 20):
        few = values[start : start + 20]
        letters = [
            letter(
                sender=value,
                sender_address=(value, "Glendale, CA 91204"),
                subject=value,
                own_words=f"{value}\n{value}\n\n{value}",
                statement=value,
                footer=value,
            )
            for value in few
        ]
        pdf = Pdf(press.print_together(letters))
        found = pdf.squeezed.replace("’", "'")  # noqa: RUF001 the print's own apostrophe
        for value in few:
            assert found.count(squeezed(value)) >= 8, value


@pytest.mark.parametrize(
    "words", ["W" * 10_000, "Աբգ" * 3_333, "W b " * 2_500, "W\n\n" * 3_000, "((" * 5_000]
)
def test_ten_thousand_characters_stay_on_paper(press: Press, letter: Letters, words: str) -> None:
    """A word without an end would run off the page, and the rest with it."""
    pdf = Pdf(press.print_letter(letter(own_words=words, subject="S" * 500)))
    assert len(pdf.pages) > 2
    assert all(0 < run.y < 11 * INCH for page in pdf.pages for run in page)
    for character in set(squeezed(words)):
        assert pdf.squeezed.count(character) >= words.count(character)


def test_longest_names_and_addresses_push_and_never_cut(press: Press, letter: Letters) -> None:
    sender = "Wilhelmina " * 9 + "Montgomery " * 9
    crowded = letter(
        sender=sender,
        sender_address=("Street " * 28, "Town " * 20 + ", CA 91204"),
        recipient=("The Honorable " + "Maximilian " * 9, "Office " * 20, *["line"] * 6),
    )
    pdf = Pdf(press.print_letter(crowded))
    assert_complete(pdf, crowded)
    heights = [run.y for run in pdf.pages[0] if run.text.strip()]
    body = next(run.y for run in pdf.pages[0] if "Re" in run.text)
    assert body > 4 * INCH
    assert heights == sorted(heights)


def test_an_empty_letter_is_no_accident(press: Press, letter: Letters) -> None:
    bare = letter(own_words="", statement="", sources=(), footer="", sender_address=())
    assert "Dear Representative Example," in Pdf(press.print_letter(bare)).text(0)


def test_a_broken_template_says_nothing_of_the_letter(tmp_path: Path, letter: Letters) -> None:
    broken = "#let input = json(bytes(sys.inputs.letters))\n#panic(input.letters.first().sender)"
    (tmp_path / "letter.typ").write_text(broken)
    with pytest.raises(TemplateBroken) as caught:
        Press(tmp_path, system_fonts=False).print_letter(letter())
    assert "Ani" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_the_template_reaches_nothing_outside() -> None:
    source = (Settings().templates_dir / "print" / "letter.typ").read_text()
    code = "\n".join(line.partition("//")[0] for line in source.splitlines())
    words = set(re.findall(r"[a-z@]+", code))
    assert not words & {"import", "include", "read", "eval", "plugin", "image", "@preview"}


def test_files_outside_the_folder_cannot_be_read(tmp_path: Path, letter: Letters) -> None:
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "print"
    folder.mkdir()
    for path in ("/secret", "../secret", str(tmp_path / "secret")):
        (folder / "letter.typ").write_text(f'#set document(title: "x")\n#read("{path}")')
        with pytest.raises(TemplateBroken):
            Press(folder, system_fonts=False).print_letter(letter())


def test_threads_share_a_press(press: Press, letter: Letters) -> None:
    letters = [letter(sender=f"Writer {n}") for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(press.print_letter, letters))
    assert all(f"Writer {n}" in Pdf(one).text(0) for n, one in enumerate(made))


def test_fifty_letters_take_less_than_50_ms_each(press: Press, letter: Letters) -> None:
    letters = [letter(sender=f"Writer {n}", statement="Words. " * 200) for n in range(50)]
    press.print_letter(letters[0])
    for way in (press.print_together, lambda some: list(press.print_letters(some))):
        watch = Stopwatch()
        way(letters)
        assert quick(watch.processor / len(letters), 0.05)
