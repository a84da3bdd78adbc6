"""Increasing numbers for signatures, and for those that wait for review, given by the one process
that folds counts."""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.counts.ledger import FOLD_LOCK
from api.database.session import changed_rows
from api.sign_ons.models import IN_REVIEW, REVIEW_NUMBERS

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

# Only the holder of the lock below assigns these, one transaction after the other: so everything
# that an organizer could see has a number up to the highest one that they saw.
NUMBER_REVIEWS = text(f"""
    UPDATE sign_ons SET review_number = nextval('{REVIEW_NUMBERS.name}') WHERE id IN (
        SELECT id FROM sign_ons WHERE {IN_REVIEW} AND review_number IS NULL ORDER BY id
        LIMIT :limit)
""")  # noqa: S608 (our own text)


async def give_numbers(session: AsyncSession, limit: int = 10_000) -> int:
    """Number what was confirmed since; returns how many, 0 if another process is doing it."""
    lock = text("SELECT pg_try_advisory_xact_lock(:lock)")
    if not await session.scalar(lock, {"lock": FOLD_LOCK}):
        return 0
    people = await session.execute(NUMBER_PERSONS, {"limit": limit})
    await session.execute(NUMBER_REVIEWS, {"limit": limit})
    organizations = await session.execute(NUMBER_ORGANIZATIONS)
    return changed_rows(people) + changed_rows(organizations)
