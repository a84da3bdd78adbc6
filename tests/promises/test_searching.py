"""The search has to find what it looks for, or its silence proves nothing."""

import base64
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.promises.searching import search

WORD = "Zoë Quillfeather"


@pytest.mark.parametrize(
    "hidden",
    [
        WORD.encode(),
        WORD.upper().encode().replace("Ë".encode(), "ë".encode()),
        WORD.encode("utf-16-le"),
        WORD.encode("utf-16-be"),
        WORD.encode().hex().encode(),
        WORD.encode().hex().upper().encode(),
        quote(WORD).encode(),
        rb"Zo\u00eb Quillfeather",
        *(base64.b64encode(b"x" * before + WORD.encode() + b"yz") for before in range(6)),
        *(base64.urlsafe_b64encode(b"x" * before + WORD.encode()) for before in range(3)),
    ],
)
def test_it_finds_a_word_in_every_form(tmp_path: Path, hidden: bytes) -> None:
    (tmp_path / "file").write_bytes(b"\x00\xff before " + hidden + b" after")
    assert search([tmp_path / "file"], [WORD, "something else"]) == {WORD: {"file"}}


def test_it_finds_nothing_in_other_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"Zoe Quill feather" * 1000)
    assert search([tmp_path / "file"], [WORD]) == {}
