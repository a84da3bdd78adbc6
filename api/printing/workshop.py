"""Printing for people who wait, bounded in number and in time.

What strangers wrote may take long to set, and typst cannot be stopped within a process. So a web
process prints in a few children, each a job at a time; one that takes too long is ended. Nobody
may hold a database connection while waiting here.
"""

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Final

import structlog

from api.errors import Unavailable
from api.printing.child import FAILED, MADE, SIZE_BYTES, Job, frame
from api.printing.letter import PrintedLetter
from api.printing.press import TemplateBroken, Unprintable

log = structlog.get_logger()

LANES: Final = 2
"""Jobs at once, so that one that takes long leaves a way for the others."""

QUEUE_LIMIT: Final = 20
PATIENCE: Final = 10.0
"""Seconds that a job waits for its turn."""

LETTER_SECONDS: Final = 10.0
STATEMENT_SECONDS: Final = 120.0
ROOT: Final = Path(__file__).resolve().parents[2]


class Busy(Unavailable):
    """More is asked for than can be made now."""

    code = "busy"
    title = "Too much is being printed at the moment"

    def __init__(self, detail: str = "Try again in ten seconds.") -> None:
        super().__init__(detail)
        self.headers = {"Retry-After": "10"}


class TooLongToPrint(Unprintable):
    """What has taken longer than anything written to be read does."""

    code = "too_long_to_print"


class Workshop:
    """Prints in children, which start when they are needed. ``folder`` holds the templates."""

    def __init__(self, folder: Path, *, lanes: int = LANES, queue_limit: int = QUEUE_LIMIT) -> None:
        self._lanes = [_Lane(folder) for _ in range(lanes)]
        self._free: asyncio.LifoQueue[_Lane] = asyncio.LifoQueue()
        for lane in self._lanes:
            self._free.put_nowait(lane)
        self._queue_limit = queue_limit
        self._waiting = 0

    async def print(self, job: Job, seconds: float | None = None) -> bytes:
        """The PDF, within ``seconds`` of work. Raises Unprintable, TooLongToPrint or Busy."""
        limit = LETTER_SECONDS if isinstance(job, PrintedLetter) else STATEMENT_SECONDS
        lane = await self._turn()
        try:
            return await lane.print(job, seconds or limit)
        finally:
            self._free.put_nowait(lane)

    async def close(self) -> None:
        for lane in self._lanes:
            await lane.end()

    async def _turn(self) -> "_Lane":
        if self._waiting >= self._queue_limit:
            raise Busy
        self._waiting += 1
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._free.get()
        except TimeoutError:
            raise Busy from None
        finally:
            self._waiting -= 1


class _Lane:
    """One child, started anew after it has ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: Process | None = None

    async def print(self, job: Job, seconds: float) -> bytes:
        try:
            async with asyncio.timeout(seconds):
                answer = await self._asked(job)
        except TimeoutError:
            log.warning("printing.took_too_long", kind=type(job).__name__, seconds=seconds)
            await self.end()
            raise TooLongToPrint(
                "It takes too long to set. Print it from its page in your browser instead."
            ) from None
        except BaseException:
            await self.end()  # an answer may still come, which would be taken for the next one's
            raise
        kind, content = answer[:1], answer[1:]
        if kind == MADE:
            return content
        if kind == FAILED:
            raise TemplateBroken("The print templates do not compile.")
        raise Unprintable(content.decode())

    async def _asked(self, job: Job) -> bytes:
        """The child's answer; a child that has ended since, such as when idle, is replaced."""
        if self._child is not None and self._child.returncode is None:
            try:
                return await _exchange(self._child, job)
            except (asyncio.IncompleteReadError, ConnectionError):
                await self.end()
        self._child = await self._start()
        return await _exchange(self._child, job)

    async def _start(self) -> Process:
        # Not our own environment, which holds secrets, nor our terminal's signals.
        environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ.get("PATH", os.defpath)}
        command = (sys.executable, "-m", "api.printing.child", str(self._folder.resolve()))
        return await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, env=environment, start_new_session=True
        )

    async def end(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            child.kill()
            await child.wait()


async def _exchange(child: Process, job: Job) -> bytes:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(frame(pickle.dumps(job)))
    await child.stdin.drain()
    size = await child.stdout.readexactly(SIZE_BYTES)
    return await child.stdout.readexactly(int.from_bytes(size, "big"))
