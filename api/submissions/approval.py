"""Approvals: what a supporter was shown, signed, so that any node can honour it.

An approval names the campaign, the bundle, the demands, and for each seat its holder and the
digest of the text. The place that fills the texts' slot is in it as a keyed hash, since a
plain one would reveal the city.
"""

import base64
import binascii
import hmac
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from api.letters.canonical import canonical_json
from api.security.hashing import keyed_hash
from api.security.keys import KeyRing

GOOD_FOR = timedelta(hours=24)
CLOCK_SKEW = 60  # seconds that nodes may differ
SIGNATURE = "approval"
PLACE = "approval place"


@dataclass(frozen=True, slots=True)
class Shown:
    """One letter as it was shown: who held the seat, and the digest of the campaign's text."""

    seat: str
    holder: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Approval:
    campaign: str
    bundle: str
    demands: tuple[str, ...]
    place: str
    letters: tuple[Shown, ...]
    at: int  # seconds since 1970

    def is_fresh(self, now: datetime) -> bool:
        age = now.timestamp() - self.at
        return -CLOCK_SKEW <= age <= GOOD_FOR.total_seconds()


def hash_place(keys: KeyRing, place: str) -> str:
    return keyed_hash(keys.purpose("approvals"), PLACE, place).hex()[:32]


def sign(keys: KeyRing, approval: Approval) -> str:
    """The approval as URL-safe text, with its signature."""
    body = canonical_json({"v": 1, **asdict(approval)})
    mac = keyed_hash(keys.purpose("approvals"), SIGNATURE, body)
    return f"{_encode(body)}.{_encode(mac)}"


def verify(keys: KeyRing, signed: str) -> Approval | None:
    """The approval, or None when it is not one that this installation signed."""
    body, _, mac = signed.partition(".")
    try:
        raw = _decode(body)
        genuine = hmac.compare_digest(
            _decode(mac), keyed_hash(keys.purpose("approvals"), SIGNATURE, raw)
        )
        return _read(orjson.loads(raw)) if genuine else None
    except (ValueError, KeyError, TypeError, binascii.Error):
        return None


def _read(value: dict[str, Any]) -> Approval | None:
    if value.pop("v") != 1:
        return None
    letters = tuple(Shown(**shown) for shown in value.pop("letters"))
    return Approval(**{**value, "demands": tuple(value["demands"])}, letters=letters)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
