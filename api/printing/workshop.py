"""Printing for people who wait, bounded in number and in time.

Typesetting what strangers wrote may take long, and typst cannot be interrupted within a process.
So a web process prints in a few child processes, each with one job at a time; one that takes too
long is killed. Nobody may keep a database connection while waiting here.

If several requests want the same print it is made once, and cached for a minute. Each client has
one job at a time, so that there is a lane for the others.
"""

import asyncio
import hashlib
import os
import pickle
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import OrderedDict
from pathlib import Path
from typing import Final

import structlog

from api.database.session import holds_connection
from api.printing.child import FAILED, MADE, SIZE_BYTES, Job, frame
from api.printing.letter import PrintedLetter
from api.printing.press import TemplateBroken, Unprintable
from api.printing.queue import Busy, Queue

log = structlog.get_logger()

LANES: Final = 2
"""Jobs at once, so that one that takes long leaves a way for the others."""

QUEUE_LIMIT: Final = 40
"""Jobs that wait; half as many of one client, which may be a congregation."""

KEPT: Final = 32
KEPT_SECONDS: Final = 60.0
LETTER_SECONDS: Final = 10.0
STATEMENT_SECONDS: Final = 120.0
ROOT: Final = Path(__file__).resolve().parents[2]


__all__ = ["Busy", "TooLongToPrint", "Workshop"]


class TooLongToPrint(Unprintable):
    """Printing took longer than any ordinary letter does."""

    code = "too_long_to_print"


class Workshop:
    """Prints in children, which start when they are needed. ``folder`` holds the templates."""

    def __init__(self, folder: Path, *, lanes: int = LANES, queue_limit: int = QUEUE_LIMIT) -> None:
        self._lanes = [_Lane(folder) for _ in range(lanes)]
        self._queue = Queue(self._lanes, queue_limit)
        self._making: dict[bytes, asyncio.Task[bytes]] = {}
        self._kept: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()

    async def print(
        self, job: Job, seconds: float | None = None, client: str | None = None
    ) -> bytes:
        """Return the PDF; ``seconds`` limits the time of its printing, ``client`` asked for it.

        Raises Unprintable, TooLongToPrint or Busy.
        """
        assert not holds_connection(), "give the connection back, then print"
        raw = pickle.dumps(job)
        key = hashlib.sha256(raw).digest()
        until, kept = self._kept.get(key, (0.0, b""))
        if until > time.monotonic():
            return kept
        if key not in self._making:
            limit = LETTER_SECONDS if isinstance(job, PrintedLetter) else STATEMENT_SECONDS
            task = asyncio.create_task(self._make(key, job, seconds or limit, client))
            self._making[key] = task
            task.add_done_callback(lambda done: self._made(key, done))
        return await asyncio.shield(self._making[key])

    async def close(self) -> None:
        for task in list(self._making.values()):
            task.cancel()
        for lane in self._lanes:
            await lane.end()

    async def _make(self, key: bytes, job: Job, seconds: float, client: str | None) -> bytes:
        async with self._queue.turn(client) as lane:
            made = await lane.print(job, seconds)
        self._keep(key, made)
        return made

    def _made(self, key: bytes, done: asyncio.Task[bytes]) -> None:
        del self._making[key]
        if not done.cancelled():
            done.exception()  # everybody who waited for it may have disconnected

    def _keep(self, key: bytes, made: bytes) -> None:
        self._kept[key] = (time.monotonic() + KEPT_SECONDS, made)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)


class _Lane:
    """One child process, restarted after it has exited."""

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
            await self.end()  # a late answer would be taken for the next job's
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
