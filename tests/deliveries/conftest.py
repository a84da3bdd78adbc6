"""Workers without a web server: an engine, a vault, and channels of the tests' own."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.deliveries.channels.base import Channel
from api.deliveries.channels.hand_over import HandOverChannel
from api.deliveries.routing import Router
from api.deliveries.schedule import Deliverer
from api.deliveries.turnover import Seats
from api.security.keys import KeyRing
from api.services import Published
from api.supporters.vault import Vault
from tests.deliveries.queued import CAMPAIGN

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MakeDeliverer = Callable[..., Deliverer]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    keys = KeyRing.create(tmp_path / "keys.json")
    keys.add_campaign(CAMPAIGN)
    return Vault(keys)


@pytest.fixture
def deliverer(engine: AsyncEngine, vault: Vault, published: Published) -> MakeDeliverer:
    """One worker's deliverer with these channels; ``clock`` is what windows go by."""

    def make(
        *channels: Channel,
        engine: AsyncEngine = engine,
        clock: Callable[[], datetime] = lambda: NOW,
    ) -> Deliverer:
        known: dict[str, Channel] = {channel.name: channel for channel in channels}
        known["hand_over"] = HandOverChannel()
        router = Router(known, "development", "hand_over")
        return Deliverer(engine, router, vault, Seats(lambda: published.directory, clock))

    return make
