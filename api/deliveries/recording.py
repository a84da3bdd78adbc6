"""Records the results of claimed deliveries, with everything that depends on them.

Only results of claims that are still the worker's own are written: those of a worker that was
paused past its lease are dropped by ``record``. Nothing here commits.
"""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api import metrics
from api.counts import ledger
from api.deliveries import controls
from api.deliveries.attempts import Attempted, add
from api.deliveries.channels.base import Pause
from api.deliveries.models import DeliveryStatus
from api.deliveries.sending import Kept, Tried
from api.deliveries.transitions import DELIVERED, OUTBOX, record
from api.outbox.lease import Result
from api.security.identifiers import new_id

log = structlog.get_logger()

COUNT = text("""
    SELECT p.campaign, count(*) AS letters
    FROM deliveries d JOIN letters l ON l.id = d.letter_id JOIN persons p ON p.id = l.person_id
    WHERE d.id = ANY(:ids) AND p.standing = 'counted' GROUP BY p.campaign
""")

# The writer was erased while the letter was being sent: it cannot be sent again, and nothing else
# would ever delete these bytes.
FORGET = text("""
    UPDATE deliveries d SET payload = NULL
    FROM letters l JOIN submissions b ON b.id = l.submission_id
    JOIN supporters s ON s.id = b.supporter_id
    WHERE d.id = ANY(:ids) AND l.id = d.letter_id AND s.data_key IS NULL AND d.payload IS NOT NULL
""")


async def write(session: AsyncSession, tried: Sequence[Tried], kept: Sequence[Kept] = ()) -> None:
    """Write results, attempts, letters' states, counts, stops and re-routed letters."""
    results = [_result(one) for one in tried]
    results += [
        Result(one.claim, one.held.status, one.held.reason, one.held.delay, attempted=False)
        for one in kept
    ]
    rerouted = {one.due.claim.id: new_id() for one in tried if one.outcome.reroute}
    fresh = await record(session, results, rerouted)
    metrics.leases_lost(OUTBOX.table, len(results) - len(fresh))
    if len(fresh) < len(results):
        log.warning("deliveries.stale_results", count=len(results) - len(fresh))
    ours = [one for one in tried if one.due.claim.id in fresh]
    await add(session, [_attempted(one) for one in ours if one.outcome.attempted])
    if fresh:
        await session.execute(FORGET, {"ids": list(fresh)})
    _tell_rerouted(ours)
    delivered = [one.due.claim.id for one in ours if one.outcome.status in DELIVERED]
    await _count_delivered(session, delivered)
    await _stop(session, ours)


def measure(channel: str, tried: Sequence[Tried]) -> None:
    """Tell Prometheus what became of attempts, how long they took, and how old the letters were."""
    metrics.deliveries(channel, (str(one.outcome.status) for one in tried))
    for one in tried:
        if one.outcome.attempted:
            age = (one.ended - one.due.opened_at).total_seconds()
            done = one.outcome.status in (*DELIVERED, DeliveryStatus.WRITTEN)
            metrics.attempt(channel, (one.ended - one.began).total_seconds(), age if done else None)


async def _count_delivered(session: AsyncSession, ids: Sequence[UUID]) -> None:
    if not ids:
        return
    for row in await session.execute(COUNT, {"ids": list(ids)}):
        await ledger.append(session, row.campaign, {"delivered": row.letters})


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


def _tell_rerouted(tried: Sequence[Tried]) -> None:
    reasons = Counter(one.outcome.reason for one in tried if one.outcome.reroute)
    if reasons:
        log.warning("deliveries.rerouted", reasons=dict(reasons))


async def _stop(session: AsyncSession, tried: Sequence[Tried]) -> None:
    """Stop the channel or seat that an answer told us to, until a person has looked at it."""
    wanted: dict[tuple[controls.Kind, str], str] = {}
    for one in tried:
        reason = one.outcome.reason or "refused"
        if one.outcome.pause == Pause.SEAT:
            wanted[controls.Kind.SEAT, one.due.outgoing.seat] = reason
        elif one.outcome.pause == Pause.CHANNEL:
            wanted[controls.Kind.CHANNEL, one.due.channel] = reason
    for (kind, name), reason in sorted(wanted.items()):
        await controls.stop(session, kind, name, reason=reason, actor=controls.SYSTEM)
