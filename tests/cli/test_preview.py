"""`undersigned preview`: what a supporter, a reader or every kind of reader would get."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.campaigns.small import changed
from tests.cli.writing import run, run_alone, site_in

WIDTH = 60


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return site_in(tmp_path)


def flat(text: str) -> str:
    """Without the frames and the line breaks that a terminal's width makes."""
    return " ".join(text.replace("│", " ").split())


def test_every_letter_of_a_supporter_as_it_would_go_out(site: Path) -> None:
    done = run(site, "preview", "save-the-lake", "--zip", "91204", "--story", "I swim there.")
    assert done.returncode == 0, done.stderr
    assert "Dear Madam President," in done.stdout
    assert done.stdout.count("I swim there.") == 4
    assert done.stdout.count("Dear Senator") == 2
    assert "from a constituent in California" in flat(done.stdout)
    assert "⟦" not in done.stdout
    assert "lake-area: The State of the Lake, page 3" in done.stdout
    assert "% in the writer's own words" in done.stdout


def test_words_and_city_are_taken_as_the_form_takes_them(site: Path) -> None:
    words = "\u200b\u00a0I \ufeffswim\u00ad there.\x0b"
    options = ("--zip", "91204", "--story", words, "--city", "\u200bGlendale")
    done = run(site, "preview", "save-the-lake", *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("I swim there.") == 4
    assert "\u200b" not in done.stdout
    for refused in (("--story", "x" * 10_001), ("--story", "a\x07b"), ("--city", "x" * 101)):
        done = run(site, "preview", "save-the-lake", "--zip", "91204", *refused)
        assert done.returncode == 2, done.stdout
        assert refused[0] in done.stderr


def test_long_lines_wrap_within_the_frame(site: Path) -> None:
    done = run(site, "preview", "save-the-lake", "--zip", "91204", COLUMNS=str(WIDTH))
    assert max(len(line) for line in done.stdout.splitlines()) <= WIDTH
    wide = run(site, "preview", "save-the-lake", "--zip", "91204", COLUMNS="200")
    letter = next(part for part in flat(wide.stdout).split("Dear ") if part.startswith("Madam"))
    assert letter.split(" Respectfully")[0] in flat(done.stdout)


def test_a_choice_in_a_city_and_a_language(site: Path) -> None:
    done = run(
        *(site, "preview", "save-the-lake", "--zip", "02138", "--district", "MA-5"),
        *("--city", "Cambridge", "--demand", "count-fish", "--language", "hy"),
    )
    assert "Փրկենք լիճը" in done.stdout
    assert "Գրողին տրվող հարցը: Ի՞նչ է լիճը Ձեզ համար" in done.stdout
    assert "Count the fish, from a constituent in Cambridge" in flat(done.stdout)
    assert "keeps the lake clean" not in flat(done.stdout)


def test_demands_in_an_order(site: Path) -> None:
    arguments = ("preview", "save-the-lake", "--member", "president")
    one = run(site, *arguments, "--demand", "clean-lake", "--demand", "count-fish").stdout
    other = run(site, *arguments, "--demand", "count-fish", "--demand", "clean-lake").stdout
    assert one != other
    assert sorted(flat(one).split()) != []


def test_a_zip_code_with_several_districts(site: Path) -> None:
    done = run(site, "preview", "save-the-lake", "--zip", "02138")
    assert "several districts: MA-5, MA-7" in done.stdout
    assert "Dear Representative" not in done.stdout


@pytest.mark.parametrize("member", ["S000344", "s000344", "house:CA-32", "HOUSE:ca-32"])
def test_one_member(member: str, site: Path) -> None:
    done = run(site, "preview", "save-the-lake", "--member", member)
    assert done.stdout.count("Dear ") == 1
    assert "Dear Representative Sherman," in done.stdout
    assert "California" in done.stdout


def test_somebody_who_lives_elsewhere_is_told(site: Path) -> None:
    path = site / "campaigns/save-the-lake.yaml"
    changed(path, "[president, house, senate]", "[president, committee:SSFR]")
    done = run(site, "preview", "save-the-lake", "--zip", "91204")
    assert done.stdout.count("Dear ") == 1
    told = "None of your representatives is in the Senate Committee on Foreign Relations."
    assert told in flat(done.stdout)


def test_a_contact_sheet(site: Path) -> None:
    done = run(site, "preview", "save-the-lake", "--all")
    for greeting in ("Dear Madam President,", "Dear Representative", "Dear Senator"):
        assert done.stdout.count(greeting) == 1
    assert "Dear Delegate" in done.stdout
    assert "Dear Resident Commissioner" in done.stdout
    assert "representative, one of 43" in flat(done.stdout)


def test_a_page(site: Path) -> None:
    done = run(
        *(site, "preview", "save-the-lake", "--all", "--html", "sheet.html"),
        *("--story", "<script>alert(1)</script> & me", "--language", "es"),
    )
    assert done.stdout.strip() == "sheet.html"
    page = (site / "sheet.html").read_text(encoding="utf-8")
    assert page.count("<article") == page.count("</article>") >= 5
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; me" in page
    assert "Salvemos el lago" in page
    assert "Fuentes de esta carta" in page
    assert "The State of the Lake" in page
    assert "src=" not in page
    assert "href=" not in page


def test_a_pdf_of_all_letters(site: Path) -> None:
    done = run(
        *(site, "preview", "save-the-lake", "--zip", "91204", "--city", "Glendale"),
        *("--pdf", "letters.pdf"),
    )
    assert done.returncode == 0, done.stderr
    made = (site / "letters.pdf").read_bytes()
    assert made.startswith(b"%PDF-")
    alone = run(site, "preview", "save-the-lake", "--member", "president", "--pdf", "one.pdf")
    assert alone.returncode == 0, alone.stderr
    assert len(made) > len((site / "one.pdf").read_bytes())


def test_an_open_letter_shows_its_statement_and_its_grounds(site: Path) -> None:
    done = run(site, "preview", "lake-statement")
    assert "The lake is everybody's, and we want it kept clean." in done.stdout
    assert "lake-area: The State of the Lake, page 3" in done.stdout


def test_what_cannot_be_shown_is_refused(site: Path) -> None:
    done = run_alone(site, "preview", "save-the-lake", "--zip", "00000")
    assert done.returncode == 1
    assert done.stderr.startswith("undersigned: ")
    wrong = run(site, "preview", "save-the-lak", "--zip", "91204")
    assert 'did you mean "save-the-lake"?' in flat(wrong.stderr)
    changed(site / "campaigns/save-the-lake.yaml", "goal: 5000", "goal: x")
    broken = run(site, "preview", "save-the-lake", "--zip", "91204")
    assert broken.returncode == 1
    assert "goal: must be" in broken.stderr


def test_a_zip_with_a_pdf_of_each_letter(site: Path) -> None:
    done = run(site, "preview", "save-the-lake", "--all", "--pdfs", "letters.zip")
    assert done.stdout.strip() == "letters.zip"
    with ZipFile(site / "letters.zip") as archive:
        assert len(archive.namelist()) >= 5
        assert archive.read("president-0001.pdf").startswith(b"%PDF")
