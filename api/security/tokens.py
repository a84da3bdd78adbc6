"""Tokens of mailed links: 32 random bytes, of which only a digest is stored."""

import hashlib
import secrets
from typing import Final

TOKEN_LENGTH: Final = 43
_ALPHABET: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def new_token() -> tuple[str, bytes]:
    """A token for the link (43 characters, safe in a URL) and the digest to store (32 bytes)."""
    token = secrets.token_urlsafe(32)
    return token, token_digest(token)


def token_digest(token: str) -> bytes:
    """SHA-256 of a token as it came in; what was never a token gets a digest that nothing has."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def looks_like_token(token: str) -> bool:
    """Whether it is worth a look-up: the length and the alphabet of ``new_token``."""
    return len(token) == TOKEN_LENGTH and _ALPHABET.issuperset(token)
