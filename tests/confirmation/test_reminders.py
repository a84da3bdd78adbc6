"""One reminder an address, a day later, within the cap, and only while it can be of use."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text

from api.confirmation.reminders import queue_reminders
from api.database.session import transaction
from api.services import Services
from tests.app_fixtures import CAMPAIGN, Body, Outbox

URL = f"/api/v1/campaigns/{CAMPAIGN}/submissions"


async def age(services: Services, hours: int) -> None:
    async with transaction(services.engine) as session:
        for table, column in (("supporters", "hour"), ("mail_budget", "at"), ("mails", "due_at")):
            await session.execute(
                text(f"UPDATE {table} SET {column} = now() - make_interval(hours => :hours)"),
                {"hours": hours},
            )


async def remind(services: Services) -> int:
    async with transaction(services.engine) as session:
        return await queue_reminders(session, lives_hours=72, limit=500)


async def test_one_reminder_after_a_day(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    await client.post(URL, json=form())
    await outbox.work()
    assert await remind(services) == 0, "not within the first day"
    await age(services, 25)
    assert sum(await asyncio.gather(*(remind(services) for _ in range(4)))) == 1
    await outbox.work()
    assert len(outbox.mails) == 2
    body = outbox.mails[-1].get_body(("plain",))
    assert body is not None
    assert "46 more hours" in body.get_content(), "as long as the form lives, and no longer"
    assert await remind(services) == 0
    token = outbox.tokens("confirm")[-1]
    confirmed = await client.post("/api/v1/confirmations", json={"token": token})
    assert confirmed.status_code == 200


async def test_one_reminder_stands_for_all_that_waits(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    for story in ("One.", "Two."):
        await client.post(URL, json=form({"story": story}))
    await outbox.work()
    await age(services, 25)
    assert await remind(services) == 1
    await outbox.work()
    assert (len(outbox.mails), len(outbox.tokens("pending"))) == (3, 1)


@pytest.mark.parametrize("hours", [67, 71])
async def test_no_reminder_when_it_comes_too_late(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Callable[..., Body],
    hours: int,
) -> None:
    await client.post(URL, json=form())
    await outbox.work()
    await age(services, hours)
    assert await remind(services) == 0


async def test_no_reminder_for_what_was_confirmed_or_never_mailed(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    await client.post(URL, json=form())
    await outbox.work()
    token = outbox.tokens("confirm")[0]
    await client.post("/api/v1/confirmations", json={"token": token})
    await client.post(URL, json=form(email="other@example.org"))
    await age(services, 30)
    assert await remind(services) == 0
