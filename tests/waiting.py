"""Waiting until a condition holds. Nothing else in the tests lets time pass.

A wait ends as soon as what it waits for is there; its deadline only tells a hang from a machine
that is slow or busy.
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Final

PATIENCE: Final = 90.0
PAUSE: Final = 0.01

Condition = Callable[[], object]


async def until(is_so: Callable[[], object | Awaitable[object]], seconds: float = PATIENCE) -> None:
    """Return once ``is_so()``, which may be asynchronous, is true. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            told = is_so()
            if await told if inspect.isawaitable(told) else told:
                return
            await asyncio.sleep(PAUSE)


def wait_until(is_so: Condition, seconds: float = PATIENCE) -> None:
    """The same without an event loop, for processes and files. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(PAUSE)


async def pause(seconds: float) -> None:
    """What a stand-in or a visitor does between two acts. A test waits for nothing by it."""
    await asyncio.sleep(seconds)
