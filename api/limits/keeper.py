"""Token buckets in PostgreSQL, from which each process leases a few tokens at a time.

Leases that are wanted in one turn of the event loop, or while the last statement runs, are taken
in one statement, as the intake does with its commits. A client's first few requests take from an
allowance that costs no statement, since most clients send only a few; if a client uses it up, the
first lease is charged for it. That lease has one token more, and each following one is twice as
large, up to the bucket's quantum, so that a flood does not write the same row all the time. Tokens
that are not used within ``LEASE_SECONDS`` are lost, and so are those of a killed process: the
bucket refills by itself. Times are the database's.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
import structlog

from api import metrics
from api.limits.buckets import LEASE_SECONDS, Bucket

log = structlog.get_logger()

Connect = Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]

EMPTY_SECONDS: Final = 0.5
MOST_LEASES: Final = 50_000
"""Kept in one process; beyond that those that have ended are forgotten."""

PATIENCE: Final = 2.0
REST_SECONDS: Final = 5.0
"""After a failure everybody is let through for so long: a limit is no reason for an outage."""

# Parameters are text that PostgreSQL splits: psycopg would write arrays element by element.
LEASE: LiteralString = """
    INSERT INTO limits AS l (key, capacity, per_second, tokens, granted, at)
    SELECT decode(key, 'hex'), capacity, per_second, capacity - wanted, wanted, clock_timestamp()
    FROM unnest(string_to_array(%s, ','), %s::float8[], %s::float8[], %s::float8[])
        AS a(key, capacity, per_second, wanted) ORDER BY key
    ON CONFLICT (key) DO UPDATE SET (capacity, per_second, granted, tokens, at) = (
        SELECT excluded.capacity, excluded.per_second, least(excluded.granted, floor(level)),
            level - least(excluded.granted, floor(level)), clock_timestamp()
        FROM (SELECT least(excluded.capacity, l.tokens + excluded.per_second * greatest(0,
            extract(epoch FROM clock_timestamp() - l.at)::float8)) AS level) AS now)
    RETURNING key, granted, tokens
"""


class Taken(NamedTuple):
    """Whether a token was there; what is left; seconds until there is one; in which bucket."""

    granted: bool
    left: int
    wait: int
    bucket: Bucket


@dataclass(slots=True)
class _Lease:
    tokens: int
    size: int
    left: float
    until: float
    empty: bool
    """The bucket was empty; remembered for a moment, so that a flood causes no more queries."""
    owed: int = 0
    """What was given out without asking: the next lease counts it."""

    def usable(self, now: float) -> bool:
        return (self.empty or self.tokens > 0) and self.until > now

    def over(self, now: float) -> bool:
        """Whether the lease ended so long ago that the client gets an allowance again."""
        return self.until + (LEASE_SECONDS if self.empty else 0) <= now

    def next_size(self, now: float) -> int:
        used_up = not self.empty and self.until > now
        return 2 * self.size if used_up and not self.owed else 1 + self.owed


@dataclass(slots=True)
class _Batch:
    """The leases taken by one statement. ``answered`` is set once ``leases`` has all of them."""

    wanted: dict[bytes, tuple[Bucket, int]] = field(default_factory=dict)
    leases: dict[bytes, _Lease] = field(default_factory=dict)
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    def want(self, bucket: Bucket, key: bytes, size: int) -> None:
        """Add a waiting request; several requests of one client want at least a token each."""
        before = self.wanted.get(key)
        size = size if before is None else before[1] + 1
        self.wanted[key] = (bucket, min(size, bucket.quantum))

    def parameters(self) -> tuple[str, str, str, str]:
        wanted = self.wanted.values()
        return (
            ",".join([key.hex() for key in self.wanted]),
            _array(bucket.capacity for bucket, _ in wanted),
            _array(bucket.per_second for bucket, _ in wanted),
            _array(size for _, size in wanted),
        )


class Limits:
    """``take`` for every request. ``connect`` opens an autocommit connection; ``clock`` gives
    seconds and is monotonic."""

    def __init__(self, connect: Connect, clock: Callable[[], float] = time.monotonic) -> None:
        self._connect, self._clock = connect, clock
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._leases: dict[bytes, _Lease] = {}
        self._next = _Batch()
        self._task: asyncio.Task[None] | None = None
        self._rests_until = 0.0

    async def take(self, bucket: Bucket, key: bytes) -> Taken | None:
        """A token of the bucket whose hash is ``key``; None when limits do not work now."""
        lease = self._leases.get(key)
        if bucket.allowance and (lease is None or lease.over(self._clock())):
            lease = self._leases[key] = _allowed(bucket, self._clock())
            self._forget()
        # Other requests may use up a lease first.
        while lease is None or not lease.usable(self._clock()):
            if self._clock() < self._rests_until:
                return None
            lease = await self._lease(bucket, key, lease)
            if lease is None:
                return None
        if lease.empty:
            metrics.limited(bucket.name, granted=False)
            # Nothing was granted, so less than one token is left.
            return Taken(False, 0, ceil((1 - lease.left) / bucket.per_second), bucket)
        lease.tokens -= 1
        metrics.limited(bucket.name, granted=True)
        return Taken(True, int(lease.left) + lease.tokens, 0, bucket)

    async def close(self) -> None:
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()

    async def _lease(self, bucket: Bucket, key: bytes, before: _Lease | None) -> _Lease | None:
        batch = self._next
        batch.want(bucket, key, 1 if before is None else before.next_size(self._clock()))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        await batch.answered.wait()
        return batch.leases.get(key)

    async def _work(self) -> None:
        while self._next.wanted:
            batch, self._next = self._next, _Batch()
            try:
                async with asyncio.timeout(PATIENCE):
                    rows = await self._ask(batch)
                for key, granted, left in rows:
                    batch.leases[key] = self._kept(key, int(granted), left)
            except Exception as error:  # noqa: BLE001 (those who wait are let through)
                await self._fail(error)
            finally:
                batch.answered.set()
            self._forget()

    def _kept(self, key: bytes, granted: int, left: float) -> _Lease:
        """The lease, less what was owed, plus what is left of one that arrived meanwhile."""
        before = self._leases.get(key)
        owed = before.owed if before is not None else 0
        now = self._clock()
        lease = _made(max(0, granted - owed), left, now)
        if before is not None and before.tokens > 0 and before.usable(now):
            lease.tokens, lease.empty = lease.tokens + before.tokens, False
            lease.until = before.until
        self._leases[key] = lease
        return lease

    async def _ask(self, batch: _Batch) -> list[tuple[bytes, float, float]]:
        if self._connection is None or self._connection.closed:
            self._connection = await self._connect()
            await self._connection.execute("SET synchronous_commit = off")
        cursor = await self._connection.execute(LEASE, batch.parameters(), binary=True)
        return await cursor.fetchall()

    async def _fail(self, error: Exception) -> None:
        log.warning("limits.unavailable", error=type(error).__name__)
        metrics.limits_unavailable()
        self._rests_until = self._clock() + REST_SECONDS
        broken, self._connection = self._connection, None
        if broken is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await broken.close()

    def _forget(self) -> None:
        if len(self._leases) > MOST_LEASES:
            now = self._clock()
            kept = {key: lease for key, lease in self._leases.items() if lease.until > now}
            # Unless that freed half of the room, forget all: else this would run again at once.
            # The buckets of the forgotten leases refill by themselves.
            self._leases = kept if len(kept) <= MOST_LEASES // 2 else {}


def _allowed(bucket: Bucket, now: float) -> _Lease:
    """What a process gives out before it asks, as if the bucket were full."""
    allowance, ends = bucket.allowance, now + LEASE_SECONDS
    return _Lease(allowance, 0, bucket.capacity - allowance, ends, empty=False, owed=allowance)


def _made(granted: int, left: float, now: float) -> _Lease:
    lasts = LEASE_SECONDS if granted else EMPTY_SECONDS
    return _Lease(granted, granted, left, now + lasts, granted == 0)


def _array(numbers: Iterable[float]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"
