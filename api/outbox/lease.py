"""One lease-and-epoch code for all that is sent: mails, deliveries, later webhooks.

A row of an outbox table is claimed with ``SKIP LOCKED`` for the length of a lease, and each
claim raises its epoch. A result is written only by the epoch that claimed it, so a worker
that was paused past its lease cannot overwrite what its successor did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Outbox:
    """A table with ``id, status, due_at, lease_until, epoch, attempts, reason``.

    ``waiting`` are the statuses from which a row may be claimed, besides ``sending`` with an
    expired lease; they stand in the table's partial index word for word.
    """

    table: str
    waiting: tuple[str, ...]
    lease: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that is ours until its lease ends. ``resumed``: an earlier attempt's end is unknown."""

    id: UUID
    epoch: int
    attempts: int
    resumed: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a claim; ``delay`` postpones the next attempt.

    ``attempted`` is False when nothing was tried: waiting does not use up attempts.
    """

    claim: Claim
    status: str
    reason: str | None = None
    delay: timedelta = timedelta(0)
    attempted: bool = True


async def claim_due(connection: AsyncConnection, outbox: Outbox, limit: int) -> list[Claim]:
    """Claim up to ``limit`` rows that are due; the caller commits before it acts on them."""
    statuses = ", ".join(f"'{status}'" for status in (*outbox.waiting, "sending"))
    statement = text(f"""
        WITH due AS (
            SELECT id, status FROM {outbox.table}
            WHERE status IN ({statuses}) AND due_at <= now()
              AND (status <> 'sending' OR lease_until < now())
            ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
        )
        UPDATE {outbox.table} AS row
        SET status = 'sending', lease_until = now() + :lease,
            epoch = row.epoch + 1, attempts = row.attempts + 1
        FROM due WHERE row.id = due.id
        RETURNING row.id, row.epoch, row.attempts, due.status = 'sending' AS resumed
    """)  # noqa: S608 (names of our own tables)
    rows = await connection.execute(statement, {"limit": limit, "lease": outbox.lease})
    return [Claim(*row) for row in rows]


async def record(
    connection: AsyncConnection, outbox: Outbox, results: Sequence[Result]
) -> set[UUID]:
    """Write results of claims that are still ours; returns the ids that were.

    An id that is missing from the answer was claimed by somebody else meanwhile: whatever
    hangs on the result (a count, a letter's status) must not be written either.
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
    return set((await connection.execute(statement, parameters)).scalars())
