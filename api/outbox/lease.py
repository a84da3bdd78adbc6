"""Leases with epochs (fencing tokens) for all that is sent: mails, deliveries, later webhooks.

A row of an outbox table is claimed with ``SKIP LOCKED`` for the length of a lease, and each
claim raises the row's epoch. A result is written only under the epoch that claimed the row, so
a worker that was paused past its lease cannot overwrite what its successor did. Leases are
short, so that the rows of a killed worker are soon claimed again; a live worker renews its own.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.session import transaction

log = structlog.get_logger()

# How often a lease is renewed, and for how long at most: a worker that hangs must lose its rows.
RENEWALS_A_LEASE = 3
MOST_RENEWALS = 45


@dataclass(frozen=True, slots=True)
class Outbox:
    """A table with ``id, status, due_at, lease_until, epoch, attempts, reason``.

    ``waiting`` are the statuses from which a row may be claimed, besides ``sending`` with an
    expired lease; they stand in the table's partial index word for word. ``only`` is a further
    condition on the row.
    """

    table: str
    waiting: tuple[str, ...]
    lease: timedelta = timedelta(seconds=20)
    only: str = "true"


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that is ours until its lease ends. ``at`` is when it was claimed. ``lapsed`` is when an
    earlier claim's lease ended without a result, None if there was none."""

    id: UUID
    epoch: int
    attempts: int
    at: datetime
    lapsed: datetime | None = None

    @property
    def resumed(self) -> bool:
        """Whether the result of an earlier attempt is unknown."""
        return self.lapsed is not None


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a claim; ``delay`` is the time until the next attempt.

    ``attempted`` is False when nothing was tried: waiting does not use up attempts.
    """

    claim: Claim
    status: str
    reason: str | None = None
    delay: timedelta = timedelta(0)
    attempted: bool = True


async def claim_due(
    session: AsyncSession, outbox: Outbox, limit: int, **values: Any
) -> list[Claim]:
    """Claim up to ``limit`` rows that are due; the caller commits before it acts on them.

    ``values`` are the parameters of ``outbox.only``.
    """
    bounds = {"limit": limit, "lease": outbox.lease, **values}
    rows = await session.execute(_claim(outbox), bounds)
    return [Claim(**row) for row in rows.mappings()]


@cache
def _claim(outbox: Outbox) -> TextClause:
    """The statement, compiled once: an idle worker runs it several times a second."""
    statuses = ", ".join(f"'{status}'" for status in (*outbox.waiting, "sending"))
    return text(f"""
        WITH due AS (
            SELECT id, CASE WHEN status = 'sending' THEN lease_until END AS lapsed
            FROM {outbox.table}
            WHERE status IN ({statuses}) AND due_at <= now()
              AND (status <> 'sending' OR lease_until < now()) AND {outbox.only}
            ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
        )
        UPDATE {outbox.table} AS row
        SET status = 'sending', lease_until = now() + :lease,
            epoch = row.epoch + 1, attempts = row.attempts + 1
        FROM due WHERE row.id = due.id
        RETURNING row.id, row.epoch, row.attempts, now() AS at, due.lapsed
    """)  # noqa: S608 (names of our own tables)


async def renew(session: AsyncSession, outbox: Outbox, claims: Sequence[Claim]) -> None:
    """Extend the lease of claims that are still ours.

    A row that is locked is just getting its result, and waiting for it could deadlock: skip it.
    """
    statement = text(f"""
        WITH ours AS (
            SELECT row.id FROM {outbox.table} AS row
            JOIN unnest(CAST(:ids AS uuid[]), CAST(:epochs AS int[])) AS r(id, epoch)
                ON row.id = r.id AND row.epoch = r.epoch AND row.status = 'sending'
            FOR UPDATE OF row SKIP LOCKED
        )
        UPDATE {outbox.table} AS row SET lease_until = now() + :lease
        FROM ours WHERE row.id = ours.id
    """)  # noqa: S608 (names of our own tables)
    ids, epochs = [claim.id for claim in claims], [claim.epoch for claim in claims]
    await session.execute(statement, {"lease": outbox.lease, "ids": ids, "epochs": epochs})


@asynccontextmanager
async def renewing(
    engine: AsyncEngine, outbox: Outbox, claims: Sequence[Claim]
) -> AsyncIterator[None]:
    """Renew the leases of these claims as long as the block runs."""
    keeper = asyncio.create_task(_keep(engine, outbox, claims))
    try:
        yield
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)


async def _keep(engine: AsyncEngine, outbox: Outbox, claims: Sequence[Claim]) -> None:
    for _ in range(MOST_RENEWALS):
        await asyncio.sleep(outbox.lease.total_seconds() / RENEWALS_A_LEASE)
        try:
            async with transaction(engine) as session:
                await renew(session, outbox, claims)
        except (SQLAlchemyError, OSError) as error:
            # An outage: the next renewal may be in time. If not, another worker claims the rows.
            log.warning("outbox.not_renewed", outbox=outbox.table, error=type(error).__name__)


async def record(session: AsyncSession, outbox: Outbox, results: Sequence[Result]) -> set[UUID]:
    """Write results of claims that are still ours; returns the ids that were.

    An id that is missing from the answer was claimed by another worker meanwhile: what depends
    on the result (a count, a letter's status) must not be written either.
    """
    if not results:
        return set()
    statement = text(f"""
        UPDATE {outbox.table} AS row
        SET status = r.status, reason = r.reason, lease_until = NULL, due_at = now() + r.delay,
            attempts = row.attempts - CASE WHEN r.attempted THEN 0 ELSE 1 END
        FROM unnest(CAST(:ids AS uuid[]), CAST(:epochs AS int[]), CAST(:statuses AS text[]),
                    CAST(:reasons AS text[]), CAST(:delays AS interval[]),
                    CAST(:attempted AS bool[]))
             AS r(id, epoch, status, reason, delay, attempted)
        WHERE row.id = r.id AND row.epoch = r.epoch AND row.status = 'sending'
        RETURNING row.id
    """)  # noqa: S608 (names of our own tables)
    parameters = {
        "ids": [result.claim.id for result in results],
        "epochs": [result.claim.epoch for result in results],
        "statuses": [result.status for result in results],
        "reasons": [result.reason for result in results],
        "delays": [result.delay for result in results],
        "attempted": [result.attempted for result in results],
    }
    return set((await session.execute(statement, parameters)).scalars())
