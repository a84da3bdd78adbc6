"""Many letters in one PDF, or in a zip by office."""

import contextlib
from pathlib import Path
from zipfile import ZipFile

import pytest

from api.printing import bulk
from api.printing.bulk import OnePdf, TooManyTogether, ZipOfPdfs
from api.printing.press import PART, Press
from tests.printing.conftest import Letters
from tests.printing.pdf import Pdf


def test_one_pdf_has_all_letters_in_order(press: Press, letter: Letters, tmp_path: Path) -> None:
    done: list[int] = []
    with OnePdf(press, tmp_path / "all.pdf", done.append) as stack:
        for number in range(3):
            stack.put("house:CA-30", letter(sender=f"Writer {number}"))
    pdf = Pdf((tmp_path / "all.pdf").read_bytes())
    assert [f"Writer {n}" in pdf.text(n) for n in range(3)] == [True] * 3
    assert (stack.printed, stack.left_out, done) == (3, 0, [3])


def test_one_pdf_holds_no_more_than_memory_does(
    press: Press, letter: Letters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST_TOGETHER", 2)
    with OnePdf(press, tmp_path / "all.pdf", lambda _: None) as stack:
        stack.put("president", letter())
        stack.put("president", letter())
        with pytest.raises(TooManyTogether, match="zip"):
            stack.put("president", letter())
    assert stack.printed == 2


def test_what_breaks_off_leaves_no_pdf(press: Press, letter: Letters, tmp_path: Path) -> None:
    stack = OnePdf(press, tmp_path / "all.pdf", lambda _: None)
    with contextlib.suppress(KeyboardInterrupt), stack:
        stack.put("president", letter())
        raise KeyboardInterrupt
    assert not (tmp_path / "all.pdf").exists()


def test_a_zip_has_pdfs_by_office(press: Press, letter: Letters, tmp_path: Path) -> None:
    done: list[int] = []
    short = letter(statement="Short.", sources=())
    with ZipOfPdfs(press, tmp_path / "all.zip", done.append) as stack:
        for office, count in {"house:CA-30": PART + 2, "president": 1}.items():
            for _ in range(count):
                stack.put(office, short)
    with ZipFile(tmp_path / "all.zip") as archive:
        pages = {name: len(Pdf(archive.read(name)).pages) for name in archive.namelist()}
    assert pages == {
        "house-CA-30-0001.pdf": PART,
        "house-CA-30-0002.pdf": 2,
        "president-0001.pdf": 1,
    }
    assert stack.printed == done[-1] == PART + 3


@pytest.mark.parametrize("kind", [OnePdf, ZipOfPdfs])
def test_what_has_no_font_is_left_out_and_counted(
    press: Press, letter: Letters, tmp_path: Path, kind: type[OnePdf | ZipOfPdfs]
) -> None:
    with kind(press, tmp_path / "file", lambda _: None) as stack:
        for sender in ("Ani", "\u0f56\u0f66\u0f9f\u0f53", "Marta"):
            stack.put("president", letter(sender=sender))
    assert (stack.printed, stack.left_out) == (2, 1)


def test_nothing_to_print_is_no_file(press: Press, tmp_path: Path) -> None:
    with OnePdf(press, tmp_path / "all.pdf", lambda _: None):
        pass
    assert not (tmp_path / "all.pdf").exists()
