"""Identifiers: UUIDv7 (RFC 9562) whose time part is cut to the hour.

They sort by hour and tell no more than the hour that rows keep anyway. Within an hour their
order is random.
"""

import os
import time
from datetime import UTC, datetime
from struct import Struct
from typing import Final
from uuid import UUID, SafeUUID

HOUR_MS: Final = 3_600_000
_VERSION: Final = 0x7 << 76
_VARIANT: Final = 0b10 << 62
_RANDOM_BYTES: Final = 10
_PARTS: Final = Struct(">HQ")  # of which 12 and 62 bits are used: rand_a and rand_b
_LOW: Final = (1 << 62) - 1
_UNKNOWN: Final = SafeUUID.unknown
_new: Final = object.__new__
_set: Final = object.__setattr__


def new_id() -> UUID:
    """A new UUIDv7 with 74 random bits under the present hour."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[UUID]:
    """As many new ids; the system is asked for random bytes once."""
    milliseconds = int(time.time() * 1000)
    hour = milliseconds - milliseconds % HOUR_MS
    fixed = hour << 80 | _VERSION | _VARIANT
    random = os.urandom(_RANDOM_BYTES * count)
    return [_uuid(fixed | (a & 0xFFF) << 64 | (b & _LOW)) for a, b in _PARTS.iter_unpack(random)]


def _uuid(value: int) -> UUID:
    """The same as ``UUID(int=value)``, without its slow check of six possible arguments."""
    made = _new(UUID)
    _set(made, "int", value)
    _set(made, "is_safe", _UNKNOWN)
    return made


def hour_of(identifier: UUID) -> int:
    """The hour of an identifier, in milliseconds since 1970."""
    return identifier.int >> 80


def moment_of(identifier: UUID) -> datetime:
    """When an identifier was made, to the hour."""
    return datetime.fromtimestamp(hour_of(identifier) / 1000, UTC)
