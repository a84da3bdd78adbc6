"""Office codes, and which offices accept letters: lists that all processes share.

A worker fetches a list when it is old, and stores it in ``office_lists``, where every process
reads it. The code belongs to the seat, so it stays the same when the member changes.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import orjson
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.session import transaction
from api.deliveries.channels.cwc.client import CwcClient, NoOffices
from api.deliveries.models import OfficeListRow
from api.logs import places

log = structlog.get_logger()

LOOK_SECONDS: Final = 30.0
CODE: Final = re.compile(r"H[A-Z]{2}[0-9]{2}|S[A-Z]{2}0[1-3]")
HOUSE_SEAT: Final = re.compile(r"house:([A-Z]{2})-([0-9]{1,2})")
SENATE_SEAT: Final = re.compile(r"senate:([A-Z]{2}):([1-3])")
# American Samoa's office, whose state is AS all the same.
OFFICE_STATES: Final = {"AS": "AQ"}
# An advisory lock's number (arbitrary): only its holder fetches.
LOCK: Final = 0x6F666669


def code_of(seat: str) -> str | None:
    """The office's code, such as ``HCA30``, ``HWY00`` or ``SMA01``; None for other offices."""
    if house := HOUSE_SEAT.fullmatch(seat):
        return f"H{OFFICE_STATES.get(house[1], house[1])}{int(house[2]):02d}"
    if senate := SENATE_SEAT.fullmatch(seat):
        return f"S{senate[1]}0{senate[2]}"
    return None


def read_codes(body: bytes) -> frozenset[str]:
    """The codes of an answer, be it a list of codes or of objects with an ``office_code``.

    Raises NoOffices for one that is empty or cannot be understood: never "no office takes any".
    """
    try:
        entries = orjson.loads(body)
        codes = {entry if isinstance(entry, str) else entry["office_code"] for entry in entries}
    except (ValueError, TypeError, LookupError):
        raise NoOffices("malformed") from None
    known = frozenset(code for code in codes if isinstance(code, str) and CODE.fullmatch(code))
    if not known:
        raise NoOffices("empty")
    return known


@dataclass(frozen=True, slots=True)
class OfficeList:
    codes: frozenset[str]
    fetched_at: datetime


@dataclass
class OfficeLists:
    """What is known of all lists, by channel, in this process."""

    engine: AsyncEngine
    clients: Mapping[str, CwcClient]
    lifetimes: Mapping[str, timedelta]
    clock: Callable[[], datetime]
    known: dict[str, OfficeList] = field(default_factory=dict)
    tried: dict[str, datetime] = field(default_factory=dict)
    _fetching: asyncio.Lock = field(default_factory=asyncio.Lock)
    _task: asyncio.Task[None] | None = None

    def is_fresh(self, channel: str, share: float = 1.0) -> bool:
        """Whether the list is there and younger than ``share`` of its lifetime."""
        listed = self.known.get(channel)
        age = self.clock() - listed.fetched_at if listed else None
        return age is not None and age < self.lifetimes[channel] * share

    def reaches(self, channel: str, seat: str) -> bool | None:
        """Whether the office accepts letters this way; None if there is no recent list."""
        code = code_of(seat)
        if code is None:
            return False
        return code in self.known[channel].codes if self.is_fresh(channel) else None

    async def start(self) -> None:
        """Read the stored lists, and again periodically until ``close``."""
        if self.clients:
            await self._read_or_say()
            self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        for client in self.clients.values():
            await client.close()

    async def refresh_due(self) -> int:
        """The worker's step: fetch the lists that are half through their life; how many."""
        due = [channel for channel in self.clients if not self.is_fresh(channel, 0.5)]
        return sum([await self.refresh(channel) for channel in due])

    async def refresh(self, channel: str, *, least: timedelta = timedelta(minutes=1)) -> bool:
        """Fetch one list again, unless that was done or tried within ``least``; False if it could
        not be fetched."""
        async with self._fetching:
            return await self._refresh(channel, least)

    async def _refresh(self, channel: str, least: timedelta) -> bool:
        tried = self.tried.get(channel)
        if tried is not None and self.clock() - tried < least:
            return self.is_fresh(channel)
        self.tried[channel] = self.clock()
        try:
            return await self._under_lock(channel, least)
        except (SQLAlchemyError, OSError) as error:
            log.error("offices.not_kept", error=type(error).__name__, at=places(error))
            return self.is_fresh(channel)

    async def _under_lock(self, channel: str, least: timedelta) -> bool:
        """One process fetches at a time, so that those waiting behind it find the new list."""
        async with transaction(self.engine) as session:
            await session.exec(select(func.pg_advisory_xact_lock(LOCK)))
            await self._read(session)
            listed = self.known.get(channel)
            if listed is not None and self.clock() - listed.fetched_at < least:
                return True
            return await self._fetch(session, channel)

    async def _fetch(self, session: AsyncSession, channel: str) -> bool:
        try:
            codes = read_codes(await self.clients[channel].offices())
        except NoOffices as error:
            log.error("offices.not_fetched", channel=channel, reason=str(error))
            return False
        fetched = OfficeList(codes, self.clock())
        await session.merge(
            OfficeListRow(channel=channel, codes=sorted(codes), fetched_at=fetched.fetched_at)
        )
        await session.flush()
        self.known[channel] = fetched
        log.info("offices.fetched", channel=channel, count=len(codes))
        return True

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._read_or_say()

    async def _read_or_say(self) -> None:
        try:
            async with transaction(self.engine) as session:
                await self._read(session)
        except (SQLAlchemyError, OSError) as error:
            log.error("offices.not_read", error=type(error).__name__, at=places(error))

    async def _read(self, session: AsyncSession) -> None:
        rows = await session.exec(select(OfficeListRow))
        self.known = {row.channel: OfficeList(frozenset(row.codes), row.fetched_at) for row in rows}
