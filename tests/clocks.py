"""Clocks that only a test advances, instead of waiting."""

import asyncio
from dataclasses import dataclass

TURNS = 10


@dataclass
class Clock:
    """Seconds, for whatever takes a ``clock``."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def go_on(self, seconds: float) -> None:
        self.now += seconds


class LoopClock:
    """Lets the time of the running event loop go on: its sleeps, timeouts and deadlines are over
    at once. What is on its way outside of the loop (a database, another process) takes its time.
    It is never set back, or whoever sleeps now would sleep that long; each test has its own loop.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._time, self._ahead = self._loop.time, 0.0
        self._loop.time = lambda: self._time() + self._ahead  # type: ignore[method-assign]

    async def go_on(self, seconds: float) -> None:
        """Advance, and return when every task in the loop has noticed."""
        self._ahead += seconds
        for _ in range(TURNS):
            await asyncio.sleep(0)
