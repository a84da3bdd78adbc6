"""Counts as a ledger: a delta is appended in the transaction that causes it, one worker adds the
deltas to totals ("folds" them), and reading a total costs one row."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.counts.models import CountDelta, CountHour, CountTotal
from api.database.columns import utc_now
from api.database.locks import try_lock

# An advisory lock's number (arbitrary): only its holder folds.
FOLD_LOCK = 0x756E6463

FOLD = text("""
    WITH folded AS (
        DELETE FROM count_deltas
        WHERE id IN (SELECT id FROM count_deltas ORDER BY id LIMIT :limit)
        RETURNING campaign, name, delta, hour
    ), totals AS (
        INSERT INTO count_totals (campaign, name, total, as_of)
        SELECT campaign, name, sum(delta), now() FROM folded GROUP BY campaign, name
        ON CONFLICT (campaign, name)
        DO UPDATE SET total = count_totals.total + excluded.total, as_of = excluded.as_of
    ), hours AS (
        INSERT INTO count_hours (campaign, name, hour, delta)
        SELECT campaign, name, hour, sum(delta) FROM folded GROUP BY campaign, name, hour
        ON CONFLICT (campaign, name, hour)
        DO UPDATE SET delta = count_hours.delta + excluded.delta
    )
    SELECT count(*) FROM folded
""")


async def append(session: AsyncSession, campaign: str, deltas: Mapping[str, int]) -> None:
    """Add to a campaign's counts, in the caller's transaction; zeros are left out."""
    hour = utc_now().replace(minute=0, second=0, microsecond=0)
    session.add_all(
        CountDelta(campaign=campaign, name=name, delta=delta, hour=hour)
        for name, delta in deltas.items()
        if delta
    )
    await session.flush()


async def fold(session: AsyncSession, limit: int = 10_000) -> int:
    """Add waiting deltas to the totals; returns how many, 0 if another process is doing it."""
    if not await try_lock(session, FOLD_LOCK):
        return 0
    return int(await session.scalar(FOLD, {"limit": limit}) or 0)


async def history(session: AsyncSession, campaign: str) -> Sequence[tuple[datetime, str, int]]:
    """The changes of a campaign's folded counts: (hour, name, change), the oldest first."""
    changes = select(CountHour.hour, CountHour.name, CountHour.delta)
    query = changes.where(CountHour.campaign == campaign, CountHour.delta != 0)
    return (await session.exec(query.order_by(col(CountHour.hour), CountHour.name))).all()


async def totals(session: AsyncSession, campaign: str) -> dict[str, int]:
    """The folded counts of a campaign by name; a name that never counted is missing."""
    query = select(CountTotal.name, CountTotal.total).where(CountTotal.campaign == campaign)
    return dict((await session.exec(query)).all())
