"""Increasing numbers for signatures, and for those that wait for review, given by the one process
that folds counts."""

from sqlalchemy import text
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.counts.ledger import FOLD_LOCK
from api.database.locks import try_lock
from api.database.session import NOT_LOADED, changed_rows
from api.sign_ons.models import REVIEW_NUMBERS, UNQUEUED, SignOn

# In the order of their ids. Later confirmations get higher numbers, so that pages that a reader has
# seen never change.
NUMBER_PERSONS = text("""
    WITH fresh AS (
        SELECT id, campaign, row_number() OVER (PARTITION BY campaign ORDER BY id) AS place
        FROM (SELECT id, campaign FROM sign_ons WHERE status = 'confirmed' AND sequence IS NULL
              LIMIT :limit) AS waiting
    ), last AS (
        SELECT campaign, coalesce((SELECT max(sequence) FROM sign_ons s
                                   WHERE s.campaign = f.campaign), 0) AS sequence
        FROM (SELECT DISTINCT campaign FROM fresh) AS f
    )
    UPDATE sign_ons s SET sequence = last.sequence + fresh.place
    FROM fresh JOIN last USING (campaign) WHERE s.id = fresh.id
""")

NUMBER_ORGANIZATIONS = text("""
    WITH fresh AS (
        SELECT id, campaign, row_number() OVER (PARTITION BY campaign ORDER BY id) AS place
        FROM organizations WHERE status = 'approved' AND sequence IS NULL
    ), last AS (
        SELECT campaign, coalesce(max(sequence), 0) AS sequence FROM organizations
        WHERE campaign IN (SELECT campaign FROM fresh) GROUP BY campaign
    )
    UPDATE organizations o SET sequence = last.sequence + fresh.place
    FROM fresh JOIN last USING (campaign) WHERE o.id = fresh.id
""")


async def give_numbers(session: AsyncSession, limit: int = 10_000) -> int:
    """Number what was confirmed since; returns how many, 0 if another process is doing it."""
    if not await try_lock(session, FOLD_LOCK):
        return 0
    people = await session.execute(NUMBER_PERSONS, {"limit": limit})
    await _queue_reviews(session, limit)
    organizations = await session.execute(NUMBER_ORGANIZATIONS)
    return changed_rows(people) + changed_rows(organizations)


async def _queue_reviews(session: AsyncSession, limit: int) -> None:
    """Only the holder of the lock assigns these numbers, one transaction after the other: so
    everything that an organizer could see has a number up to the highest one that they saw."""
    waiting = select(SignOn.id).where(UNQUEUED).order_by(col(SignOn.id)).limit(limit)
    numbered = update(SignOn).where(col(SignOn.id).in_(waiting))
    number = numbered.values(review_number=REVIEW_NUMBERS.next_value())
    await session.exec(number, execution_options=NOT_LOADED)
