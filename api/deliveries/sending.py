"""Attempts: claimed letters are opened, pass the gates, and are sent by their channel."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deliveries import controls
from api.deliveries.attempts import Past, past
from api.deliveries.channels.base import Channel, Outcome, Outgoing, closed
from api.deliveries.gates import LOAD, Held, held
from api.deliveries.models import DeliveryStatus
from api.deliveries.pace import Moments
from api.deliveries.turnover import Seats
from api.errors import DomainError
from api.logs import places
from api.outbox.lease import Claim
from api.supporters.vault import FormSeal, Vault

log = structlog.get_logger()

KEY_PAUSE = timedelta(minutes=10)
NEVER_TRIED = Past()


@dataclass(frozen=True, slots=True)
class Batch:
    """Claims of one channel; ``claimed`` is the event loop's time then, and ``moments`` when
    each may start (None: all of them now)."""

    channel: Channel
    claims: Sequence[Claim]
    moments: Moments | None
    claimed: float


@dataclass(frozen=True, slots=True)
class Due:
    """A letter that passed the gates. ``index`` is its place in the batch."""

    channel: str
    claim: Claim
    outgoing: Outgoing
    opened_at: datetime
    index: int


@dataclass(frozen=True, slots=True)
class Tried:
    """Its result, and when it was tried by the database's clock."""

    due: Due
    outcome: Outcome
    began: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A claim that goes back without an attempt."""

    claim: Claim
    held: Held


async def load(
    session: AsyncSession, batch: Batch, vault: Vault, seats: Seats
) -> tuple[list[Due], list[Kept]]:
    """Which of the claims may be sent, opened, and which are held by a gate or a missing key."""
    places_of = {claim.id: index for index, claim in enumerate(batch.claims)}
    stopped = await controls.read(session)
    tried = await past(session, batch.claims)
    seals: dict[UUID, FormSeal] = {}
    due: list[Due] = []
    kept: list[Kept] = []
    for row in await session.execute(LOAD, {"ids": list(places_of)}):
        claim = batch.claims[places_of[row.id]]
        before = tried.get(row.id, NEVER_TRIED)
        shut = held(row, seats, stopped, doubtful=before.doubts > 0)
        payload = b"" if shut else _open(row, vault, seals)
        if isinstance(payload, Held):
            shut = payload
        if shut is not None:
            kept.append(Kept(claim, shut))
            continue
        assert isinstance(payload, bytes)
        outgoing = _outgoing(row, claim, before, payload)
        due.append(Due(row.channel, claim, outgoing, row.opened_at, places_of[row.id]))
    return due, kept


def _outgoing(row: Any, claim: Claim, before: Past, payload: bytes) -> Outgoing:
    return Outgoing(
        id=row.id,
        letter_id=row.letter_id,
        seat=row.seat,
        payload=payload,
        attempts=claim.attempts,
        doubts=before.doubts,
        trying_for=before.trying_for,
    )


def _open(row: Any, vault: Vault, seals: dict[UUID, FormSeal]) -> bytes | Held:
    """The stored bytes; one form's letters share its key. A key that is missing may come back,
    and the letters behind this one must not wait for it."""
    try:
        seal = seals.get(row.supporter_id)
        if seal is None:
            seal = seals[row.supporter_id] = vault.open_form(row.data_key, row.supporter_id)
        return seal.payload(row.payload, row.id)
    except DomainError as error:
        log.error("deliveries.unreadable", code=error.code)
        return Held(DeliveryStatus.RETRYING, error.code, KEY_PAUSE)


async def send(batch: Batch, due: Sequence[Due], seats: Seats) -> AsyncIterator[list[Tried]]:
    """Send them, and give results as they come.

    Without a pace the batch goes as one; else each letter starts at its own moment, so that
    one that gets no answer keeps no other's result from being written.
    """
    if not due:
        return
    if batch.moments is None:
        yield await _attempt(batch, due)
        return
    async for tried in _as_they_end([_at_its_moment(batch, one, seats) for one in due]):
        yield tried


async def _as_they_end(
    attempts: Sequence[Coroutine[Any, Any, list[Tried]]],
) -> AsyncIterator[list[Tried]]:
    """Yield the results of concurrent attempts, each together with those that ended meanwhile."""
    waiting = {asyncio.ensure_future(attempt) for attempt in attempts}
    try:
        while waiting:
            ended, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            yield [tried for one in ended for tried in one.result()]
    finally:
        for one in waiting:
            one.cancel()


async def _at_its_moment(batch: Batch, one: Due, seats: Seats) -> list[Tried]:
    assert batch.moments is not None
    start = batch.claimed + batch.moments.start(one.index)
    await asyncio.sleep(max(start - asyncio.get_running_loop().time(), 0))
    now = seats.clock()
    opens = batch.channel.closed_until(now)
    if opens is None:
        return await _attempt(batch, [one])
    return [Tried(one, closed(one.outgoing, opens - now), one.claim.at, one.claim.at)]


async def _attempt(batch: Batch, due: Sequence[Due]) -> list[Tried]:
    """One call of the channel. When that fails as a whole, nobody knows what was sent: there is
    no result, and the leases run out."""
    clock = asyncio.get_running_loop().time
    began = clock() - batch.claimed
    try:
        outcomes = await batch.channel.send([one.outgoing for one in due])
    except Exception as error:  # noqa: BLE001 (a fault in one channel must not stop the others)
        log.error(
            "deliveries.channel_failed",
            channel=batch.channel.name,
            error=type(error).__name__,
            at=places(error),
        )
        return []
    ended = clock() - batch.claimed
    return [
        Tried(
            one,
            outcome,
            one.claim.at + timedelta(seconds=began),
            one.claim.at + timedelta(seconds=ended),
        )
        for one, outcome in zip(due, outcomes, strict=True)
    ]
