"""Seals: AES-256-GCM over personal data, with a data key for each accepted form.

A data key seals a form's columns; its campaign's key wraps the data key. A seal is bound to its
table, column and row, so that no value opens in another place. A wrap is bound to the campaign
key's id alone, so that rotating keys only wraps again. Nothing here ever falls back to plain text:
without a key, and on any mismatch, it raises.

Forms: a seal is ``version (1) | nonce (12) | ciphertext with tag``; a wrap is
``version (1) | key id (8) | nonce (12) | ciphertext with tag``.
"""

import os
from functools import lru_cache
from typing import Final, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.errors import DomainError
from api.security.key import ID_BYTES, Key

__all__ = ["DataKey", "Seal", "SealBroken", "new_data_key", "unwrap", "wrap", "wrapped_with"]

_VERSION: Final = b"\x01"
_NONCE: Final = 12
_TAG: Final = 16
_KEY_BYTES: Final = 32
_HEADER: Final = 1 + ID_BYTES
_WRAP_LENGTH: Final = _HEADER + _NONCE + _KEY_BYTES + _TAG


class SealBroken(DomainError):
    """What is stored does not open here: altered, moved from another place, or another key's."""

    status = 500
    code = "seal_broken"
    title = "Stored data cannot be opened"

    def __init__(self) -> None:
        super().__init__("A sealed value does not open in this place.")


class KeyHolder(Protocol):
    """What ``unwrap`` asks of a key ring. ``by_id`` raises KeyMissing."""

    def by_id(self, key_id: str) -> Key: ...


class DataKey:
    """32 random bytes that seal one form's columns; lives in memory only, shows nothing."""

    __slots__ = ("_secret", "cipher")

    def __init__(self, secret: bytes) -> None:
        self.cipher: Final = AESGCM(secret)
        self._secret: Final = secret

    def encrypt(self, key: Key, nonce: bytes, header: bytes) -> bytes:
        """Itself under a campaign's key, for ``wrap``."""
        return key.cipher.encrypt(nonce, self._secret, header)

    def __repr__(self) -> str:
        return "DataKey(…)"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a data key is not pickled")


def new_data_key() -> DataKey:
    return DataKey(os.urandom(_KEY_BYTES))


def wrap(data_key: DataKey, campaign_key: Key) -> bytes:
    """The data key as it is stored: 69 bytes that begin with a version and the key's id."""
    header = _VERSION + campaign_key.id_bytes
    nonce = os.urandom(_NONCE)
    return header + nonce + data_key.encrypt(campaign_key, nonce, header)


def wrapped_with(blob: bytes) -> str:
    """The id of the key that ``blob`` was wrapped with. Raises SealBroken."""
    if len(blob) != _WRAP_LENGTH or blob[:1] != _VERSION:
        raise SealBroken
    return bytes(blob[1:_HEADER]).hex()


def unwrap(blob: bytes, ring: KeyHolder) -> DataKey:
    """The data key of a wrap. Raises KeyMissing when the ring lacks its key, else SealBroken."""
    blob = bytes(blob)
    key = ring.by_id(wrapped_with(blob))
    header, nonce = blob[:_HEADER], blob[_HEADER : _HEADER + _NONCE]
    try:
        return DataKey(key.cipher.decrypt(nonce, blob[_HEADER + _NONCE :], header))
    except InvalidTag:
        raise SealBroken from None


class Seal:
    """Seals and opens the columns of one form with its data key."""

    __slots__ = ("_cipher",)

    def __init__(self, data_key: DataKey) -> None:
        self._cipher: Final = data_key.cipher

    def seal(self, plain: bytes, table: str, column: str, row_id: UUID) -> bytes:
        """``plain`` for that place, 29 bytes longer; sealing twice gives different bytes."""
        nonce = os.urandom(_NONCE)
        place = _column(table, column) + row_id.bytes
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, place)

    def open(self, blob: bytes, table: str, column: str, row_id: UUID) -> bytes:
        """What was sealed. Raises SealBroken for another place or key, or altered bytes."""
        blob = bytes(blob)
        if len(blob) < 1 + _NONCE + _TAG or blob[:1] != _VERSION:
            raise SealBroken
        place = _column(table, column) + row_id.bytes
        try:
            return self._cipher.decrypt(blob[1 : 1 + _NONCE], blob[1 + _NONCE :], place)
        except InvalidTag:
            raise SealBroken from None

    def __repr__(self) -> str:
        return "Seal(…)"


@lru_cache(maxsize=256)
def _column(table: str, column: str) -> bytes:
    """Version, table and column with their lengths: no two places have the same bytes."""
    parts = [_VERSION]
    for name in (table, column):
        raw = name.encode("utf-8")
        parts += [len(raw).to_bytes(2, "big"), raw]
    return b"".join(parts)
