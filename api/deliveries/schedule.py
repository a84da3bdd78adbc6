"""The worker's delivery step: claim what is due, send it, record what became of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import metrics
from api.counts import ledger
from api.deliveries.channels.base import Outcome, Outgoing
from api.deliveries.models import DeliveryStatus
from api.deliveries.routing import Router
from api.deliveries.turnover import Seats
from api.errors import DomainError
from api.outbox.lease import Claim, Outbox, Result, claim_due, record
from api.supporters.vault import Vault

log = structlog.get_logger()

DELIVERIES = Outbox("deliveries", waiting=("queued", "retrying"))
BATCH = 200
KEY_PAUSE = timedelta(minutes=10)
# What counts as delivered: taken by an official system or by a mail server, nothing less.
DELIVERED = (DeliveryStatus.ACCEPTED, DeliveryStatus.SENT)

LOAD = text("""
    SELECT d.id, d.letter_id, d.channel, d.payload, s.id AS supporter_id, s.data_key,
        l.seat, t.target_id
    FROM deliveries d
    JOIN letters l ON l.id = d.letter_id
    LEFT JOIN letter_texts t ON t.digest = l.text
    JOIN submissions b ON b.id = l.submission_id
    JOIN supporters s ON s.id = b.supporter_id
    WHERE d.id = ANY(:ids)
""")

# A letter's status is its newest delivery's; a paused worker's result never gets here.
SHOW = text("""
    UPDATE letters l SET status = d.status
    FROM deliveries d WHERE d.id = ANY(:ids) AND l.id = d.letter_id
""")

# Whoever invalidates persons counts their letters as they are: so these wait for each other.
HOLD = text("""
    SELECT p.id FROM persons p WHERE p.id IN (
        SELECT l.person_id FROM letters l JOIN deliveries d ON d.letter_id = l.id
        WHERE d.id = ANY(:ids)) ORDER BY p.id FOR SHARE
""")

COUNT = text("""
    SELECT p.campaign, count(*) AS letters
    FROM deliveries d JOIN letters l ON l.id = d.letter_id JOIN persons p ON p.id = l.person_id
    WHERE d.id = ANY(:ids) AND d.status = ANY(:delivered) AND p.standing = 'counted'
    GROUP BY p.campaign
""")


@dataclass(frozen=True, slots=True)
class _Due:
    claim: Claim
    channel: str
    outgoing: Outgoing


async def deliver_due(
    engine: AsyncEngine, router: Router, vault: Vault, seats: Seats, limit: int = BATCH
) -> int:
    """Send up to ``limit`` letters that are due and say how many were claimed.

    A letter to somebody who does not hold the seat any more, as far as ``seats`` knows, pauses.
    """
    async with engine.begin() as connection:
        claims = await claim_due(connection, DELIVERIES, limit)
    if not claims:
        return 0
    async with engine.connect() as connection:
        due, unsent = await _load(connection, claims, vault, seats)
    results = [*unsent, *await _send(due, router)]
    async with engine.begin() as connection:
        await _record(connection, results)
    return len(claims)


async def _load(
    connection: AsyncConnection, claims: Sequence[Claim], vault: Vault, seats: Seats
) -> tuple[list[_Due], list[Result]]:
    by_id = {claim.id: claim for claim in claims}
    due, unsent = [], []
    for row in await connection.execute(LOAD, {"ids": list(by_id)}):
        claim = by_id[row.id]
        if row.payload is None or row.data_key is None:
            # Erased while it waited: there is nothing left to send.
            unsent.append(Result(claim, DeliveryStatus.CANCELLED, "erased", attempted=False))
            continue
        hindrance = seats.hindrance(row.seat, row.target_id)
        if hindrance:
            # An earlier attempt may have reached the office before the seat changed.
            status = DeliveryStatus.UNCERTAIN if claim.resumed else DeliveryStatus.PAUSED
            unsent.append(Result(claim, status, hindrance, attempted=False))
            continue
        try:
            payload = vault.open_form(row.data_key, row.supporter_id).payload(row.payload, row.id)
        except DomainError as error:
            # A key that is missing may come back; the letters behind it must not wait for it.
            log.error("deliveries.unreadable", code=error.code)
            unsent.append(
                Result(claim, DeliveryStatus.RETRYING, error.code, KEY_PAUSE, attempted=False)
            )
            continue
        doubts = int(claim.resumed)
        outgoing = Outgoing(
            row.id, row.letter_id, row.seat, payload, claim.attempts, doubts, timedelta(0)
        )
        due.append(_Due(claim, row.channel, outgoing))
    return due, unsent


async def _send(due: Sequence[_Due], router: Router) -> list[Result]:
    by_channel: dict[str, list[_Due]] = defaultdict(list)
    for item in due:
        by_channel[item.channel].append(item)
    results = []
    for name, items in by_channel.items():
        outcomes = await _attempt(router, name, [item.outgoing for item in items])
        metrics.deliveries(name, (outcome.status for outcome in outcomes))
        for item, outcome in zip(items, outcomes, strict=True):
            results.append(
                Result(item.claim, outcome.status, outcome.reason, outcome.delay, outcome.attempted)
            )
    return results


async def _attempt(router: Router, name: str, batch: list[Outgoing]) -> list[Outcome]:
    channel = router.channels.get(name)
    if channel is None:
        # The letter was routed by another configuration: a person decides, it is not lost.
        return [Outcome(DeliveryStatus.PAUSED, "channel_not_configured")] * len(batch)
    return await channel.send(batch)


async def _record(connection: AsyncConnection, results: Sequence[Result]) -> None:
    fresh = list(await record(connection, DELIVERIES, results))
    metrics.leases_lost(DELIVERIES.table, len(results) - len(fresh))
    if len(fresh) < len(results):
        log.warning("deliveries.stale_results", count=len(results) - len(fresh))
    await connection.execute(HOLD, {"ids": fresh})
    await connection.execute(SHOW, {"ids": fresh})
    delivered = [str(status) for status in DELIVERED]
    for row in await connection.execute(COUNT, {"ids": fresh, "delivered": delivered}):
        await ledger.append(connection, row.campaign, {"delivered": row.letters})


async def report_done(connection: AsyncConnection, person_id: UUID, letter_id: UUID) -> bool:
    """The writer says that they sent a handed-over letter; False when it was not theirs to do."""
    statement = text("""
        WITH done AS (
            UPDATE deliveries d SET status = 'self_reported'
            FROM letters l
            WHERE l.id = :letter_id AND l.person_id = :person_id AND d.letter_id = l.id
              AND d.status = 'needs_user_action'
            RETURNING d.letter_id
        )
        UPDATE letters l SET status = 'self_reported' FROM done, persons p
        WHERE l.id = done.letter_id AND p.id = l.person_id RETURNING p.campaign, p.standing
    """)
    hold = text("SELECT 1 FROM persons WHERE id = :person_id FOR SHARE")
    values = {"letter_id": letter_id, "person_id": person_id}
    await connection.execute(hold, values)
    row = (await connection.execute(statement, values)).one_or_none()
    if row is None:
        return False
    counted = row.standing == "counted"
    await ledger.append(connection, row.campaign, {"self_reported": int(counted)})
    return True
