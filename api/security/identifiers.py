"""Identifiers: UUIDv7 (RFC 9562) whose time part is cut to the hour.

They sort by hour and tell no more than the hour that rows keep anyway. Within an hour their
order is random.
"""

import os
import time
from typing import Final
from uuid import UUID

HOUR_MS: Final = 3_600_000
_VERSION: Final = 0x7 << 76
_VARIANT: Final = 0b10 << 62
_RANDOM: Final = (0xFFF << 64) | ((1 << 62) - 1)  # rand_a and rand_b: 74 bits


def new_id() -> UUID:
    """A new UUIDv7 with 74 random bits under the present hour."""
    milliseconds = int(time.time() * 1000)
    hour = milliseconds - milliseconds % HOUR_MS
    random = int.from_bytes(os.urandom(10), "big") & _RANDOM
    return UUID(int=hour << 80 | _VERSION | _VARIANT | random)


def hour_of(identifier: UUID) -> int:
    """The hour of an identifier, in milliseconds since 1970."""
    return identifier.int >> 80
