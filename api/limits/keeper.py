"""Token buckets in PostgreSQL, from which each process leases a few tokens at a time.

Leases that are wanted in one turn of the event loop, or while the last statement runs, go in one
statement, as with the intake's commits. A lease that is not used up in ``LEASE_SECONDS`` is lost:
the bucket fills again by itself, and no process ever gives out more than the bucket held.
Times are the database's.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
import structlog

from api import metrics
from api.limits.buckets import Bucket

log = structlog.get_logger()

Connect = Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]

LEASE_SECONDS: Final = 20.0
EMPTY_SECONDS: Final = 0.5
MOST_LEASES: Final = 50_000
"""Kept in one process; beyond that those that have ended are forgotten."""

PATIENCE: Final = 2.0
REST_SECONDS: Final = 5.0
"""After a failure everybody is let through for so long: a limit is no reason for an outage."""

LEASE: LiteralString = """
    INSERT INTO limits AS l (key, capacity, per_second, tokens, granted, at)
    SELECT key, capacity, per_second, capacity - wanted, wanted, clock_timestamp()
    FROM unnest(%s::bytea[], %s::float8[], %s::float8[], %s::float8[])
        AS a(key, capacity, per_second, wanted) ORDER BY key
    ON CONFLICT (key) DO UPDATE SET (capacity, per_second, granted, tokens, at) = (
        SELECT excluded.capacity, excluded.per_second, least(excluded.granted, floor(level)),
            level - least(excluded.granted, floor(level)), clock_timestamp()
        FROM (SELECT least(excluded.capacity, l.tokens + excluded.per_second * greatest(0,
            extract(epoch FROM clock_timestamp() - l.at)::float8)) AS level) AS now)
    RETURNING key, granted, tokens
"""


class Taken(NamedTuple):
    """Whether a token was there; what is left; seconds until there is one."""

    granted: bool
    left: int
    wait: int


@dataclass(slots=True)
class _Lease:
    tokens: int
    left: float
    until: float
    empty: bool
    """The bucket had none to give; believed for a moment, so that a flood asks no more."""

    def usable(self) -> bool:
        return (self.empty or self.tokens > 0) and self.until > time.monotonic()


class Limits:
    """``take`` for every request. ``connect`` opens an autocommit connection."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._leases: dict[bytes, _Lease] = {}
        self._wanted: dict[bytes, tuple[Bucket, asyncio.Future[_Lease | None]]] = {}
        self._task: asyncio.Task[None] | None = None
        self._rests_until = 0.0

    async def take(self, bucket: Bucket, key: bytes) -> Taken | None:
        """A token of the bucket whose hash is ``key``; None when limits do not work now."""
        lease = self._leases.get(key)
        while lease is None or not lease.usable():  # others may use up what came for all
            lease = await self._leased(bucket, key)
            if lease is None:
                return None
        if lease.empty:
            return self._refused(bucket, lease)
        lease.tokens -= 1
        metrics.limited(bucket.name, granted=True)
        return Taken(True, int(lease.left) + lease.tokens, 0)

    async def close(self) -> None:
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()

    def _refused(self, bucket: Bucket, lease: _Lease) -> Taken:
        metrics.limited(bucket.name, granted=False)
        return Taken(False, 0, max(1, round((1 - lease.left % 1) / bucket.per_second)))

    async def _leased(self, bucket: Bucket, key: bytes) -> _Lease | None:
        if time.monotonic() < self._rests_until:
            return None
        if key not in self._wanted:
            self._wanted[key] = (bucket, asyncio.get_running_loop().create_future())
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._work())
        return await asyncio.shield(self._wanted[key][1])

    async def _work(self) -> None:
        while self._wanted:
            batch, self._wanted = self._wanted, {}
            try:
                async with asyncio.timeout(PATIENCE):
                    found = await self._lease(batch)
            except Exception as error:  # noqa: BLE001 (those who wait are let through)
                await self._fail(error)
                found = {}
            for key, (_, future) in batch.items():
                lease = self._kept(key, _lease_of(*found[key])) if key in found else None
                if not future.done():
                    future.set_result(lease)
            self._forget()

    def _kept(self, key: bytes, lease: _Lease) -> _Lease:
        """The lease, with what is left of one that came while it was asked for."""
        before = self._leases.get(key)
        if before is not None and before.tokens > 0 and before.usable():
            lease.tokens, lease.empty = lease.tokens + before.tokens, False
            lease.until = before.until
        self._leases[key] = lease
        return lease

    async def _lease(
        self, batch: dict[bytes, tuple[Bucket, Any]]
    ) -> dict[bytes, tuple[int, float]]:
        if self._connection is None or self._connection.closed:
            self._connection = await self._connect()
            await self._connection.execute("SET synchronous_commit = off")
        buckets = [bucket for bucket, _ in batch.values()]
        columns = (
            list(batch),
            [float(bucket.capacity) for bucket in buckets],
            [bucket.per_second for bucket in buckets],
            [float(bucket.quantum) for bucket in buckets],
        )
        cursor = await self._connection.execute(LEASE, columns)
        return {bytes(key): (int(granted), left) for key, granted, left in await cursor.fetchall()}

    async def _fail(self, error: Exception) -> None:
        log.warning("limits.unavailable", error=type(error).__name__)
        metrics.limits_unavailable()
        self._rests_until = time.monotonic() + REST_SECONDS
        broken, self._connection = self._connection, None
        if broken is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await broken.close()

    def _forget(self) -> None:
        if len(self._leases) > MOST_LEASES:
            now = time.monotonic()
            kept = {key: lease for key, lease in self._leases.items() if lease.until > now}
            self._leases = kept if len(kept) <= MOST_LEASES else {}


def _lease_of(granted: int, left: float) -> _Lease:
    lasts = LEASE_SECONDS if granted else EMPTY_SECONDS
    return _Lease(granted, left, time.monotonic() + lasts, granted == 0)
