"""The purge as the worker runs it, over the product's own rows."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.jobs.app import create_jobs, run_jobs
from api.privacy.jobs import privacy_jobs, purge_now
from api.privacy.retention import purge
from api.services import Services
from api.submissions.stored import load_form
from tests.app_fixtures import CAMPAIGN, Outbox
from tests.privacy.rows import Rows
from tests.waiting import until

Form = Callable[..., dict[str, Any]]
SUBMISSIONS = f"/api/v1/campaigns/{CAMPAIGN}/submissions"


async def test_the_worker_purges(services: Services) -> None:
    """A token that expired long ago is gone once the job ran."""
    rows = Rows(services.engine, services.vault)
    services.keys.add_campaign("an-old-campaign")
    await rows.answer(expires=datetime.now(UTC) - timedelta(days=1))
    app = create_jobs(services.url, services.role, privacy=privacy_jobs)

    async def purged() -> bool:
        return not await rows.count("idempotency")

    async with app.open_async():
        task = app.tasks["privacy:purge"]
        assert task.queueing_lock == "privacy.purge"
        await task.defer_async(timestamp=0)
        worker = asyncio.create_task(run_jobs(app, services=services))
        await until(purged)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def test_it_notes_which_campaigns_there_are(services: Services) -> None:
    await purge_now(services)
    async with transaction(services.engine) as session:
        query = text("SELECT status FROM campaign_states WHERE slug = :slug")
        assert await session.scalar(query, {"slug": CAMPAIGN}) == "open"


@pytest.fixture
async def confirmed(
    client: httpx.AsyncClient, outbox: Outbox, form: Form, services: Services
) -> UUID:
    """A supporter with a story and a street, whose letters were written; the form's id."""
    body = form({"story": "My story"}, street="12 Main St")
    assert (await client.post(SUBMISSIONS, json=body)).status_code == 202
    await outbox.work()
    token = outbox.tokens("confirm")[0]
    assert (await client.post("/api/v1/confirmations", json={"token": token})).status_code == 200
    await outbox.work()
    async with transaction(services.engine) as session:
        found: UUID = (await session.execute(text("SELECT id FROM supporters"))).scalar_one()
    return found


async def test_a_month_later_the_form_still_opens_without_words_and_street(
    services: Services, outbox: Outbox, confirmed: UUID
) -> None:
    assert len(outbox.letters) >= 3
    later = datetime.now(UTC) + timedelta(days=31)
    counts = await purge(services.engine, services.vault, services.settings, now=later)
    assert counts["words"] == 1
    assert outbox.letters == {}
    async with transaction(services.engine) as session:
        found = await load_form(session, confirmed, services.vault)
        assert (found.words.own, found.words.edits) == ("", {})
        assert (found.address.street, found.address.city) == (None, "Glendale")
        assert len(await found.drafts(services.texts)) >= 3
