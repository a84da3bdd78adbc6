"""Keys: random, each with an id, and nothing that shows their secret.

A ``Key`` keeps the cipher and the hash states made from its secret, since making them costs
more than using them and the accept path uses them for every form.
"""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SECRET_BYTES: Final = 32
ID_BYTES: Final = 8
_BLOCK: Final = 64  # of SHA-256, which is what HMAC pads its key to (RFC 2104)
_INNER: Final = bytes(x ^ 0x36 for x in range(256))
_OUTER: Final = bytes(x ^ 0x5C for x in range(256))


class Key:
    """32 secret bytes under an id of 16 hexadecimal digits. Equal only to itself."""

    __slots__ = ("_inner", "_outer", "_secret", "cipher", "id", "id_bytes")

    def __init__(self, key_id: str, secret: bytes) -> None:
        self.id_bytes: Final = _id_bytes(key_id)
        if len(secret) != SECRET_BYTES:
            raise ValueError("a key has 32 bytes")
        self.id: Final = key_id
        self._secret: Final = bytes(secret)
        self.cipher: Final = AESGCM(self._secret)
        padded = self._secret.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(padded.translate(_INNER))
        self._outer = hashlib.sha256(padded.translate(_OUTER))

    @classmethod
    def random(cls) -> Self:
        return cls(secrets.token_hex(ID_BYTES), secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def decode(cls, key_id: str, secret: str) -> Self:
        """From the ring's file. Raises ValueError, without the secret in its text."""
        try:
            raw = base64.b64decode(secret, validate=True)
        except binascii.Error:
            raise ValueError("a key's secret is not base64") from None
        return cls(key_id, raw)

    def encode(self) -> str:
        """The secret as base64, for the ring's file and nothing else."""
        return base64.b64encode(self._secret).decode("ascii")

    def hmac(self, message: bytes) -> bytes:
        """HMAC-SHA256 (RFC 2104) of ``message``: 32 bytes."""
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()

    def __repr__(self) -> str:
        return f"Key({self.id})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a key is not pickled")


@dataclass(frozen=True, slots=True)
class Purpose:
    """The keys of one use, oldest first. The last is current; older ones are found by their id."""

    name: str
    keys: tuple[Key, ...]

    @property
    def current(self) -> Key:
        return self.keys[-1]

    @property
    def id(self) -> str:
        """The current key's id, which is kept beside what was hashed with it."""
        return self.keys[-1].id


def daily_key(key: Key | Purpose, day: date) -> Key:
    """A key for one day, derived from ``key``; hashes of two days cannot be linked by it."""
    return _derived(key.current if isinstance(key, Purpose) else key, day)


@lru_cache(maxsize=4)
def _derived(parent: Key, day: date) -> Key:
    return Key(parent.id, parent.hmac(b"daily key\0" + day.isoformat().encode("ascii")))


def _id_bytes(key_id: str) -> bytes:
    try:
        raw = bytes.fromhex(key_id)
    except ValueError:
        raw = b""
    if len(raw) != ID_BYTES or raw.hex() != key_id:
        raise ValueError("a key's id has 16 lower-case hexadecimal digits")
    return raw
