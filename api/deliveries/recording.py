"""What became of claimed deliveries, written down with all that hangs on it.

Only results of claims that are still the worker's own are written: a paused worker's never
get past ``record``. Nothing here commits.
"""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api import metrics
from api.counts import ledger
from api.deliveries import controls
from api.deliveries.attempts import Attempted, add
from api.deliveries.channels.base import Pause
from api.deliveries.models import DeliveryStatus
from api.deliveries.sending import Kept, Tried
from api.outbox.lease import Outbox, Result, record
from api.security.identifiers import new_id

log = structlog.get_logger()

# What counts as delivered: taken by an official system or by a mail server, nothing less.
DELIVERED = (DeliveryStatus.ACCEPTED, DeliveryStatus.SENT)

# A letter's status is its newest delivery's.
SHOW = text("""
    UPDATE letters l SET status = d.status
    FROM deliveries d WHERE d.id = ANY(:ids) AND l.id = d.letter_id
""")

# Whoever invalidates persons counts their letters as they are, and whoever erases one cancels what
# waits: so these wait for each other.
HOLD = text("""
    SELECT p.id FROM persons p WHERE p.id IN (
        SELECT l.person_id FROM letters l JOIN deliveries d ON d.letter_id = l.id
        WHERE d.id = ANY(:ids)) ORDER BY p.id FOR SHARE
""")

COUNT = text("""
    SELECT p.campaign, count(*) AS letters
    FROM deliveries d JOIN letters l ON l.id = d.letter_id JOIN persons p ON p.id = l.person_id
    WHERE d.id = ANY(:ids) AND p.standing = 'counted' GROUP BY p.campaign
""")

# A writer who was erased while it was being sent: nothing is left to be sent again, and nothing
# else would ever take these bytes away.
FORGET = text("""
    UPDATE deliveries d SET payload = NULL
    FROM letters l JOIN submissions b ON b.id = l.submission_id
    JOIN supporters s ON s.id = b.supporter_id
    WHERE d.id = ANY(:ids) AND l.id = d.letter_id AND s.data_key IS NULL AND d.payload IS NOT NULL
""")

# The letter itself is on its writer's page, so the row needs no payload. A writer who was erased
# while it was being sent has no page any more.
HAND_OVER = text("""
    INSERT INTO deliveries (id, letter_id, channel, environment, status, due_at, epoch, attempts,
                            reason)
    SELECT n.id, d.letter_id, 'hand_over', d.environment,
        CASE WHEN s.data_key IS NULL THEN 'cancelled' ELSE 'needs_user_action' END, now(), 0, 0,
        CASE WHEN s.data_key IS NULL THEN 'erased' ELSE d.reason END
    FROM unnest(CAST(:olds AS uuid[]), CAST(:news AS uuid[])) AS n(old, id)
    JOIN deliveries d ON d.id = n.old
    JOIN letters l ON l.id = d.letter_id
    JOIN submissions b ON b.id = l.submission_id
    JOIN supporters s ON s.id = b.supporter_id
""")


async def write(
    connection: AsyncConnection, outbox: Outbox, tried: Sequence[Tried], kept: Sequence[Kept] = ()
) -> None:
    """Results, attempts, letters' states, counts, stops and re-routed letters, at one go."""
    results = [_result(one) for one in tried]
    results += [
        Result(one.claim, one.held.status, one.held.reason, one.held.delay, attempted=False)
        for one in kept
    ]
    fresh = await record(connection, outbox, results)
    metrics.leases_lost(outbox.table, len(results) - len(fresh))
    if len(fresh) < len(results):
        log.warning("deliveries.stale_results", count=len(results) - len(fresh))
    ours = [one for one in tried if one.due.claim.id in fresh]
    await add(connection, [_attempted(one) for one in ours if one.outcome.attempted])
    await hold(connection, fresh)
    if fresh:
        await connection.execute(FORGET, {"ids": list(fresh)})
    shown = fresh - {one.due.claim.id for one in ours if one.outcome.reroute}
    shown |= await _hand_over(connection, ours)
    await show(connection, shown)
    delivered = [one.due.claim.id for one in ours if one.outcome.status in DELIVERED]
    await count_delivered(connection, delivered)
    await _stop(connection, ours)


def measure(channel: str, tried: Sequence[Tried]) -> None:
    """Tell Prometheus what became of attempts, how long they took, and how old the letters were."""
    metrics.deliveries(channel, (str(one.outcome.status) for one in tried))
    for one in tried:
        if one.outcome.attempted:
            age = (one.ended - one.due.opened_at).total_seconds()
            done = one.outcome.status in (*DELIVERED, DeliveryStatus.WRITTEN)
            metrics.attempt(channel, (one.ended - one.began).total_seconds(), age if done else None)


async def count_delivered(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    """Count these deliveries, just recorded as accepted or sent, in their campaigns."""
    if not ids:
        return
    for row in await connection.execute(COUNT, {"ids": list(ids)}):
        await ledger.append(connection, row.campaign, {"delivered": row.letters})


def _result(one: Tried) -> Result:
    outcome = one.outcome
    status = DeliveryStatus.FAILED if outcome.reroute else outcome.status
    return Result(one.due.claim, status, outcome.reason, outcome.delay, outcome.attempted)


def _attempted(one: Tried) -> Attempted:
    claim, outcome = one.due.claim, one.outcome
    return Attempted(
        delivery_id=claim.id,
        number=claim.attempts,
        began=one.began,
        ended=one.ended,
        outcome=outcome.status,
        reason=outcome.reason,
        unknown=outcome.unknown,
    )


async def _hand_over(connection: AsyncConnection, tried: Sequence[Tried]) -> set[UUID]:
    """Give letters whose office is not reached this way to their writers; the new rows' ids."""
    olds = [one.due.claim.id for one in tried if one.outcome.reroute]
    news = [new_id() for _ in olds]
    if olds:
        await connection.execute(HAND_OVER, {"olds": olds, "news": news})
        reasons = Counter(one.outcome.reason for one in tried if one.outcome.reroute)
        log.warning("deliveries.rerouted", reasons=dict(reasons))
    return set(news)


async def hold(connection: AsyncConnection, ids: set[UUID]) -> None:
    """Hold the writers of these deliveries, all at once: one after the other could deadlock."""
    if ids:
        await connection.execute(HOLD, {"ids": list(ids)})


async def show(connection: AsyncConnection, ids: set[UUID]) -> None:
    """Give the letters of these deliveries, whose writers are held, their states."""
    if ids:
        await connection.execute(SHOW, {"ids": list(ids)})


async def _stop(connection: AsyncConnection, tried: Sequence[Tried]) -> None:
    """Stop what the other side said nothing more may be sent to until a person has looked."""
    wanted: dict[tuple[controls.Kind, str], str] = {}
    for one in tried:
        reason = one.outcome.reason or "refused"
        if one.outcome.pause == Pause.SEAT:
            wanted[controls.Kind.SEAT, one.due.outgoing.seat] = reason
        elif one.outcome.pause == Pause.CHANNEL:
            wanted[controls.Kind.CHANNEL, one.due.channel] = reason
    for (kind, name), reason in sorted(wanted.items()):
        await controls.stop(connection, kind, name, reason=reason, actor=controls.SYSTEM)
