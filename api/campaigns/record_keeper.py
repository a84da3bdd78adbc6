"""Keeps a process's catalog up to date with the records that organizers enter, within seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.campaigns.catalog import Catalog
from api.campaigns.records import Entered, list_entered, with_records
from api.database.session import transaction
from api.errors import DomainError

REFRESH_SECONDS: Final = 5.0
Publish = Callable[[Catalog], Awaitable[None]]

log = structlog.get_logger()


class RecordKeeper:
    """``files`` is the catalog of the files; ``publish`` puts another one into use once its letters
    are stored, so that nobody approves what other nodes cannot find."""

    def __init__(self, engine: AsyncEngine, files: Catalog, publish: Publish) -> None:
        self._engine = engine
        self._files = files
        self._publish = publish
        self._known: list[Entered] = []
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read them, and again every ``REFRESH_SECONDS`` until ``close``."""
        await self.read()
        self._task = asyncio.create_task(self._keep_fresh())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def rebase(self, files: Catalog, publish: Publish) -> None:
        """From now on the files' catalog is this one; ``publish`` makes it hold, with the records,
        this once. Raises what that raises; then the earlier one stays."""
        async with self._lock:
            try:
                catalog = with_records(files, self._known)
            except (ValueError, KeyError) as error:
                log.error("records.do_not_fit", error=type(error).__name__)
                catalog = files
            await publish(catalog)
            self._files = files

    async def read(self) -> None:
        """Raises the database's error in an outage; what was read before stays in use.

        If entered records no longer fit the files, all of them are left out, with a log line: a
        letter must not state only some of them.
        """
        async with self._lock:
            async with transaction(self._engine) as session:
                found = await list_entered(session)
            if found == self._known:
                return
            try:
                catalog = with_records(self._files, found)
                await self._publish(catalog)
            except (ValueError, KeyError) as error:
                log.error("records.do_not_fit", error=type(error).__name__)
                await self._publish(self._files)
            self._known = found

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await self.read()
            except (SQLAlchemyError, OSError, DomainError) as error:
                log.warning("records.stale", error=type(error).__name__)
