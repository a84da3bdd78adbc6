"""When a campaign closed is remembered, whatever becomes of its file."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.campaigns.catalog import Catalog
from api.campaigns.published import PublishedCampaign
from api.campaigns.states import remember_states
from api.database.session import transaction
from api.services import Published

SLUG = "reverse-907-waiver"
T0 = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def catalog(published: Published, **changes: Any) -> Catalog:
    """The shipped campaign alone, with other words in its file."""
    bundle = published.catalog.get(SLUG).bundle
    plain = {"status": "open", "opens": None, "closes": None}
    campaign = PublishedCampaign({**bundle, "campaign": {**bundle["campaign"], **plain, **changes}})
    return Catalog({SLUG: campaign})


async def remember(engine: AsyncEngine, now: Catalog, at: datetime) -> tuple[int, Any]:
    """How many rows changed, and the row: status, since, closed_at."""
    async with transaction(engine) as session:
        changed = await remember_states(session, now, at)
        query = text("SELECT status, since, closed_at FROM campaign_states WHERE slug = :slug")
        row = (await session.execute(query, {"slug": SLUG})).one_or_none()
        return changed, row and tuple(row)


async def test_open_then_closed_then_open_again(engine: AsyncEngine, published: Published) -> None:
    opened, closed = catalog(published), catalog(published, status="closed")
    assert await remember(engine, opened, T0) == (1, ("open", T0, None))
    assert await remember(engine, opened, T0 + DAY) == (0, ("open", T0, None))
    end = T0 + 2 * DAY
    assert await remember(engine, closed, end) == (1, ("closed", end, end))
    assert await remember(engine, closed, end + DAY) == (0, ("closed", end, end))
    again = end + 2 * DAY
    assert await remember(engine, opened, again) == (1, ("open", again, None))


async def test_one_that_closes_by_the_clock_closed_when_its_file_says(
    engine: AsyncEngine, published: Published
) -> None:
    timed = catalog(published, closes="2026-03-05T12:00:00Z")
    closes = datetime(2026, 3, 5, 12, tzinfo=UTC)
    assert await remember(engine, timed, T0) == (1, ("open", T0, None))
    noticed = closes + 3 * DAY
    assert await remember(engine, timed, noticed) == (1, ("closed", noticed, closes))


async def test_one_whose_file_is_gone_counts_as_closed(
    engine: AsyncEngine, published: Published
) -> None:
    await remember(engine, catalog(published), T0)
    gone = T0 + DAY
    assert await remember(engine, Catalog({}), gone) == (1, ("closed", gone, gone))
    assert await remember(engine, Catalog({}), gone + DAY) == (0, ("closed", gone, gone))


async def test_a_draft_has_not_closed_unless_it_was_open(
    engine: AsyncEngine, published: Published
) -> None:
    draft = catalog(published, status="draft")
    assert await remember(engine, draft, T0) == (1, ("draft", T0, None))
    await remember(engine, catalog(published), T0 + DAY)
    end = T0 + 2 * DAY
    assert await remember(engine, draft, end) == (1, ("draft", end, end))
    assert await remember(engine, draft, end + DAY) == (0, ("draft", end, end))
    # Closed for good afterwards: it is still that day that counts.
    closed = catalog(published, status="closed")
    assert (await remember(engine, closed, end + DAY))[1] == ("closed", end + DAY, end)
