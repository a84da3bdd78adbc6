"""The way out of all mail: its link outlives everything else, and cannot be made up."""

from pathlib import Path

import pytest

from api.errors import TokenGone
from api.mail.unsubscribe import read_unsubscribe_token, unsubscribe_token
from api.security.keys import KeyRing

HASH = bytes(range(32))


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing.create(tmp_path / "keys.json")


def test_a_token_gives_back_its_hash(keys: KeyRing) -> None:
    token = unsubscribe_token(keys, HASH)
    assert len(token) == 64
    assert read_unsubscribe_token(keys, token) == HASH


def test_no_other_text_stops_anybodys_mail(keys: KeyRing, tmp_path: Path) -> None:
    token = unsubscribe_token(keys, HASH)
    stranger = unsubscribe_token(KeyRing.create(tmp_path / "other.json"), HASH)
    made_up = ["", "x", token[:-4], token + "AAAA", "A" * 64, "é" * 64, f"B{token[1:]}", stranger]
    for text in made_up:
        with pytest.raises(TokenGone):
            read_unsubscribe_token(keys, text)
