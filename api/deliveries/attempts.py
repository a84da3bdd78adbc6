"""The attempts of a delivery and their results. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.outbox.lease import Claim

LOST = "lost"

ADD = text("""
    INSERT INTO attempts (delivery_id, number, began, ended, outcome, reason, unknown)
    SELECT id, number, began, ended, outcome, reason, unknown
    FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS int[]), CAST(:began AS timestamptz[]),
                CAST(:ended AS timestamptz[]), CAST(:outcomes AS text[]),
                CAST(:reasons AS text[]), CAST(:unknown AS bool[]))
        AS a(id, number, began, ended, outcome, reason, unknown)
    ON CONFLICT DO NOTHING
""")

# Of a delivery ``d``: an attempt of it may have arrived, as far as anybody knows.
DOUBTED = """EXISTS (
    SELECT FROM attempts a WHERE a.delivery_id = d.id AND a.unknown
      AND a.number > d.attempts_before)"""

# The same for an attempt that may be running at this moment.
MAY_HAVE_ARRIVED = f"(d.status = 'sending' OR {DOUBTED})"

PAST = text("""
    SELECT d.id, count(*) FILTER (WHERE a.unknown) AS doubts, now() - min(a.began) AS trying_for
    FROM deliveries d JOIN attempts a ON a.delivery_id = d.id AND a.number > d.attempts_before
    WHERE d.id = ANY(:ids) GROUP BY d.id
""")


@dataclass(frozen=True, slots=True)
class Attempted:
    """One attempt that has ended, or whose worker died."""

    delivery_id: UUID
    number: int
    began: datetime
    ended: datetime
    outcome: str
    reason: str | None
    unknown: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What was tried since the delivery was opened: how many attempts' ends are unknown, and
    how long ago the first attempt began."""

    doubts: int = 0
    trying_for: timedelta = timedelta(0)


async def add(session: AsyncSession, attempts: Sequence[Attempted]) -> None:
    if not attempts:
        return
    values = {
        "ids": [attempt.delivery_id for attempt in attempts],
        "numbers": [attempt.number for attempt in attempts],
        "began": [attempt.began for attempt in attempts],
        "ended": [attempt.ended for attempt in attempts],
        "outcomes": [attempt.outcome for attempt in attempts],
        "reasons": [attempt.reason for attempt in attempts],
        "unknown": [attempt.unknown for attempt in attempts],
    }
    await session.execute(ADD, values)


async def add_lost(session: AsyncSession, claims: Sequence[Claim], lease: timedelta) -> None:
    """Record the attempts of claims whose workers died: the other side may have the letter. They
    began at some time before their last lease ended."""
    lost = [
        Attempted(
            delivery_id=claim.id,
            number=claim.attempts - 1,
            began=claim.lapsed - lease,
            ended=claim.lapsed,
            outcome=LOST,
            reason="lease_lost",
            unknown=True,
        )
        for claim in claims
        if claim.lapsed is not None
    ]
    await add(session, lost)


async def past(session: AsyncSession, claims: Sequence[Claim]) -> dict[UUID, Past]:
    """What was tried before for those of the claims that are not first attempts."""
    ids = [claim.id for claim in claims if claim.attempts > 1]
    if not ids:
        return {}
    rows = await session.execute(PAST, {"ids": ids})
    return {row.id: Past(row.doubts, row.trying_for) for row in rows}
