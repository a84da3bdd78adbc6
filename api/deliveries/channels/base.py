"""What a channel is: it makes bytes of a letter once, and sends these as often as needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from api.deliveries.models import DeliveryStatus


@dataclass(frozen=True, slots=True)
class Content:
    """One letter as its writer approved it, with what an envelope needs."""

    letter_id: UUID
    seat: str
    to: str
    campaign: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed delivery; ``resumed`` when the end of an earlier attempt is unknown."""

    id: UUID
    letter_id: UUID
    payload: bytes
    resumed: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt. ``reason`` is a stable word without personal data."""

    status: DeliveryStatus
    reason: str | None = None
    delay: timedelta = timedelta(0)


class Channel(Protocol):
    """A way to an office. ``requires`` names form fields that it cannot do without, and
    ``first_status`` is what a new delivery begins as."""

    name: str
    requires: tuple[str, ...]
    first_status: DeliveryStatus

    def prepare(self, content: Content) -> bytes:
        """The bytes that every attempt sends; stored, sealed, before the first one."""
        ...

    async def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """One outcome for each of the batch, in its order; never raises for a single letter."""
        ...
