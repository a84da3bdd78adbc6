import base64
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from api.security.tokens import looks_like_token, new_token, token_digest


def test_a_token_fits_a_link_and_only_its_digest_is_stored() -> None:
    token, digest = new_token()
    assert len(token) == 43
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    assert digest == hashlib.sha256(token.encode()).digest() == token_digest(token)
    assert looks_like_token(token)


def test_tokens_differ() -> None:
    assert len({new_token()[0] for _ in range(1000)}) == 1000


@given(st.text(st.characters(), max_size=60))
def test_anything_in_the_place_of_a_token_has_a_digest(text: str) -> None:
    assert len(token_digest(text)) == 32


def test_what_is_no_token_is_seen_before_a_look_up() -> None:
    token, _ = new_token()
    for other in ("", token[:-1], token + "A", token[:-1] + "=", token[:-1] + "ä", "\ud800" * 43):
        assert not looks_like_token(other)
