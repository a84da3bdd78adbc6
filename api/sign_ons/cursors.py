"""Cursors: encrypted places in the list of names, at which the next page begins.

A place is a name's sort key. It is encrypted since a sort key would put names into URLs and logs;
an entry's number instead would have to be looked up, and reveal where a hidden entry is. The same
place always gives the same cursor, so that pages can be cached (AES-SIV, RFC 5297).
"""

import base64
import binascii
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from api.security.hashing import keyed_hash
from api.security.keys import KeyRing

__all__ = ["Place", "read_place", "write_place"]

SEQUENCE_BYTES = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Behind the entry with this sort key and sequence."""

    sort_key: bytes = b""
    sequence: int = 0


def write_place(keys: KeyRing, campaign: str, place: Place) -> str:
    plain = place.sequence.to_bytes(SEQUENCE_BYTES) + place.sort_key
    sealed = _cipher(keys).encrypt(plain, [campaign.encode()])
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def read_place(keys: KeyRing, campaign: str, cursor: str) -> Place | None:
    """The place, or None for what is no cursor of ours for this campaign."""
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        plain = _cipher(keys).decrypt(sealed, [campaign.encode()])
    except (binascii.Error, ValueError, InvalidTag):
        return None
    return Place(plain[SEQUENCE_BYTES:], int.from_bytes(plain[:SEQUENCE_BYTES]))


def _cipher(keys: KeyRing) -> AESSIV:
    purpose = keys.purpose("tokens")
    halves = (keyed_hash(purpose, f"names-cursor-{half}", b"") for half in (1, 2))
    return AESSIV(b"".join(halves))
