"""No channel reaches this office: the letter is given into its writer's own hands."""

from collections.abc import Sequence
from datetime import datetime

from api.deliveries.channels.base import Content, Outcome, Outgoing
from api.deliveries.models import DeliveryStatus


class HandOverChannel:
    """Never sends. The writer finds the letter, ready to copy, on their own page."""

    name = "hand_over"
    requires: tuple[str, ...] = ()
    first_status = DeliveryStatus.NEEDS_USER_ACTION
    pace: float | None = None

    def closed_until(self, now: datetime) -> datetime | None:  # noqa: ARG002 (never closed)
        return None

    def prepare(self, content: Content) -> bytes:
        return content.text.encode()

    async def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        return [Outcome(DeliveryStatus.NEEDS_USER_ACTION)] * len(batch)
