"""Keeps a process's reference data up to date with what was imported, on any node."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.session import transaction
from api.errors import DomainError
from api.targets import store
from api.targets.congress import Directory

REFRESH_SECONDS: Final = 5.0
pause: Callable[[float], Awaitable[None]] = asyncio.sleep  # a test has a clock of its own here
Publish = Callable[[Directory], Awaitable[None]]

log = structlog.get_logger()


class DataKeeper:
    """``present`` is the directory in use; ``publish`` makes another one hold, as a whole, and
    raises DomainError where the campaigns do not fit it: then the present one stays."""

    def __init__(
        self, engine: AsyncEngine, present: Callable[[], Directory], publish: Publish
    ) -> None:
        self._engine = engine
        self._present = present
        self._publish = publish
        self._refused: str | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look now, and again every ``REFRESH_SECONDS`` until ``close``."""
        await self.look()
        self._task = asyncio.create_task(self._keep_fresh())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def read(self) -> bool:
        """Take the newest set if it is newer than the present one, and say whether it was taken.

        Raises what the database raises when it is away, and DomainError for a set that cannot be
        used, once: it is not tried again.
        """
        async with transaction(self._engine) as session:
            version = await store.newest(session)
            if version is None or version <= self._present().version:
                return False
            digest = version[-1]
            if digest == self._refused:
                return False
            self._refused = digest  # until it is known to be good
            data = await store.read(session, digest)
        directory = await asyncio.to_thread(Directory.of, data, "the database")
        await self._publish(directory)
        self._refused = None
        log.info("data.taken", as_of=data.as_of.isoformat(), congress=data.congress)
        return True

    async def look(self) -> None:
        """``read``, with a word in the log where that fails: what was known then stays."""
        try:
            await self.read()
        except (SQLAlchemyError, OSError) as error:
            self._refused = None  # an outage says nothing of the set
            log.warning("data.stale", error=type(error).__name__)
        except (DomainError, ValueError, KeyError) as error:
            log.error("data.refused", error=type(error).__name__)

    async def _keep_fresh(self) -> None:
        while True:
            await pause(REFRESH_SECONDS)
            await self.look()
