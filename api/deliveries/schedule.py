"""The worker's delivery step: claim what is due, send it, record what became of it.

Letters are claimed channel by channel, so that one that is stopped, closed or slow does not delay
the others.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.session import transaction
from api.deliveries import controls, pace, recording, sending
from api.deliveries.attempts import add_lost
from api.deliveries.channels.base import Channel
from api.deliveries.pace import Moments
from api.deliveries.routing import Router
from api.deliveries.sending import Batch, Kept, Tried
from api.deliveries.transitions import OUTBOX, move
from api.deliveries.turnover import Seats
from api.outbox.lease import claim_due, renewing
from api.supporters.vault import Vault

log = structlog.get_logger()

BATCH = 200
RECORD_SECONDS, RECORD_PAUSE = 20.0, 0.3
EXPIRY = timedelta(days=60)

# Stops are checked in the same statement, so that a stop works from its commit on.
NOT_STOPPED = (
    "NOT EXISTS (SELECT FROM channel_controls WHERE kind = 'channel' AND name = {channel})"
)
DELIVERIES = replace(
    OUTBOX,
    only=f"channel = :channel AND {NOT_STOPPED.format(channel=':channel')}",
)
IS_DUE = """d.status IN ('queued', 'retrying', 'sending') AND d.due_at <= now()
    AND (d.status <> 'sending' OR d.lease_until < now())"""

READY = text(f"""
    SELECT c.name FROM unnest(CAST(:channels AS text[])) AS c(name)
    WHERE {NOT_STOPPED.format(channel="c.name")}
      AND EXISTS (SELECT FROM deliveries d WHERE d.channel = c.name AND {IS_DUE})
""")  # noqa: S608 (our own text)

STRANDED = f"d.channel <> ALL(:channels) AND {IS_DUE}"
TOO_LONG = "d.opened_at < now() - :expiry"


@dataclass
class Deliverer:
    """Delivers for one worker; there may be any number. ``expiry`` is how long a delivery may wait
    to be sent. Once it is ``ending`` it claims nothing more."""

    engine: AsyncEngine
    router: Router
    vault: Vault
    seats: Seats
    expiry: timedelta = EXPIRY
    ending: bool = False
    _paced: set[str] = field(default_factory=set)

    async def ready(self) -> list[str]:
        """The channels that are open and have something to send."""
        open_ = [c.name for c in self._channels() if c.closed_until(self.seats.clock()) is None]
        async with transaction(self.engine) as session:
            return list((await session.execute(READY, {"channels": open_})).scalars())

    async def deliver(self, name: str, limit: int = BATCH) -> int:
        """Send up to ``limit`` letters that are due through a channel; how many were claimed."""
        channel = self.router.channels[name]
        if self.ending or channel.closed_until(self.seats.clock()) is not None:
            return 0
        async with transaction(self.engine) as session:
            batch = await self._claim(session, channel, limit)
        if batch is None:
            return 0
        async with renewing(self.engine, DELIVERIES, batch.claims):
            await self._send(batch)
        return len(batch.claims)

    async def sweep(self) -> int:
        """Expire letters that waited too long, set aside those that no channel here can send, and
        resume those whose stop has ended. Returns how many."""
        known = [channel.name for channel in self._channels()]
        async with transaction(self.engine) as session:
            moved = await move(session, "strand", STRANDED, channels=known)
            moved += await move(session, "expire", TOO_LONG, expiry=self.expiry)
            changed = sum(one.letters for one in moved) + await controls.lift(session)
        if changed:
            log.info("deliveries.swept", count=changed)
        return changed

    def _channels(self) -> Iterable[Channel]:
        return self.router.channels.values()

    async def _claim(self, session: AsyncSession, channel: Channel, limit: int) -> Batch | None:
        moments = await self._moments(session, channel)
        if channel.pace is not None:
            if moments is None:
                return None
            limit = min(limit, moments.number)
        claimed = asyncio.get_running_loop().time()
        claims = await claim_due(session, DELIVERIES, limit, channel=channel.name)
        if not claims:
            return None
        await add_lost(session, claims, DELIVERIES.lease)
        if moments is not None:
            await pace.take(session, channel.name, moments, len(claims))
        return Batch(channel, claims, moments, claimed)

    async def _moments(self, session: AsyncSession, channel: Channel) -> Moments | None:
        if channel.pace is None:
            return None
        if channel.name not in self._paced:
            await pace.make(session, channel.name)
            self._paced.add(channel.name)
        return await pace.look(session, channel.name, channel.pace)

    async def _send(self, batch: Batch) -> None:
        async with transaction(self.engine) as session:
            due, kept = await sending.load(session, batch, self.vault, self.seats)
        if kept:
            await self._record([], kept)
        async for tried in sending.send(batch, due, self.seats):
            await self._record(tried, [])
            recording.measure(batch.channel.name, tried)

    async def _record(self, tried: Sequence[Tried], kept: Sequence[Kept]) -> None:
        """Record the results, and retry during an outage or after a deadlock as long as the lease
        lasts: a result that is known must not become unknown. Recording twice is harmless."""
        deadline = asyncio.get_running_loop().time() + RECORD_SECONDS
        while True:
            try:
                async with transaction(self.engine) as session:
                    return await recording.write(session, tried, kept)
            except (SQLAlchemyError, OSError) as error:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                log.warning("deliveries.not_recorded", error=type(error).__name__)
            await asyncio.sleep(RECORD_PAUSE)


async def deliver_due(
    engine: AsyncEngine, router: Router, vault: Vault, seats: Seats, limit: int = BATCH
) -> int:
    """Send the letters that are due, once, up to ``limit`` per channel; returns how many."""
    deliverer = Deliverer(engine, router, vault, seats)
    await deliverer.sweep()
    return sum([await deliverer.deliver(name, limit) for name in await deliverer.ready()])
