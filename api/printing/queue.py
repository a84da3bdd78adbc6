"""A queue for the printing processes: one job per process at a time, and one per client."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from api.errors import Unavailable

Lane = TypeVar("Lane")

PATIENCE: Final = 10.0
"""Seconds that a job waits for its turn."""


class Busy(Unavailable):
    """Too many jobs are waiting."""

    code = "busy"
    title = "Too much is being printed at the moment"

    def __init__(self, detail: str = "Try again in ten seconds.") -> None:
        super().__init__(detail)
        self.headers = {"Retry-After": "10"}


@dataclass(slots=True)
class _Own:
    """One client's turn; ``users`` are the jobs that have it or wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Queue(Generic[Lane]):
    """``limit`` jobs wait at most, half as many of one client."""

    def __init__(self, lanes: Sequence[Lane], limit: int) -> None:
        self._free: asyncio.LifoQueue[Lane] = asyncio.LifoQueue()
        for lane in lanes:
            self._free.put_nowait(lane)
        self._limit = limit
        self._waiting: Counter[str | None] = Counter()
        self._own: dict[str, _Own] = {}

    @asynccontextmanager
    async def turn(self, client: str | None) -> AsyncIterator[Lane]:
        """Wait for a free lane. ``client`` None is no client, such as the worker. Raises Busy."""
        async with AsyncExitStack() as stack:
            lane = await self._lane(stack, client)
            try:
                yield lane
            finally:
                self._free.put_nowait(lane)

    async def _lane(self, stack: AsyncExitStack, client: str | None) -> Lane:
        of_one = self._limit if client is None else -(-self._limit // 2)
        if self._waiting.total() >= self._limit or self._waiting[client] >= of_one:
            raise Busy
        self._waiting[client] += 1
        try:
            async with asyncio.timeout(PATIENCE):
                if client is not None:
                    await stack.enter_async_context(self._own_turn(client))
                return await self._free.get()
        except TimeoutError:
            raise Busy from None
        finally:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client]

    @asynccontextmanager
    async def _own_turn(self, client: str) -> AsyncIterator[None]:
        own = self._own.setdefault(client, _Own())
        own.users += 1
        try:
            async with own.lock:
                yield
        finally:
            own.users -= 1
            if not own.users:
                del self._own[client]
