"""What people are told of letters that a sandbox took, whatever it stands in for."""

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.deliveries.routing import make_router
from api.services import Services, now
from tests.app_fixtures import Body, Outbox
from tests.deliveries.channels.sandboxed import Running
from tests.deliveries.channels.test_whole_way import WRITER, confirmed, letters

Make = Callable[..., Body]


@pytest.fixture
def stands_in() -> None:
    """Here a sandbox is not disguised as the real system."""


async def test_no_letter_that_a_sandbox_took_is_told_as_accepted(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make, congress: Running
) -> None:
    """The settings say ``production``."""
    made = await confirmed(client, outbox, form(None, **WRITER))
    told = {letter["seat"]: (letter["sent_by"], letter["reason"]) for letter in made["letters"]}
    assert told["house:CA-30"] == told["senate:CA:1"] == ("nobody", "sandbox")
    await outbox.work()
    assert len(congress.taken("house")) == 1
    found = await letters(services)
    assert found["house:CA-30"] == ("cwc_house_sandbox", "written", "sandbox")
    page = await client.get(f"/me/{made['page_url'].rsplit('/', 1)[1]}")
    assert page.text.count("it went to no office") == 3
    assert "has taken it for this office" not in page.text
    async with transaction(services.engine) as session:
        delivered = text("SELECT count(*) FROM count_deltas WHERE name = 'delivered'")
        assert await session.scalar(delivered) == 0


async def test_what_was_meant_for_a_sandbox_is_not_sent_to_the_offices(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make, congress: Running
) -> None:
    """Somebody takes the sandbox out of the settings while letters wait."""
    await confirmed(client, outbox, form(None, **WRITER))
    real = congress.house(environment="production", sandbox_url=None)
    settings = services.settings.model_copy(update={"cwc_house": real})
    services.router = make_router(settings, services.engine, now)
    await outbox.work()
    await services.router.close()
    found = await letters(services)
    assert found["house:CA-30"] == ("cwc_house_sandbox", "paused", "channel_not_configured")
    assert congress.taken("house") == []
