"""Counts as they are shown: read at most every few seconds, whatever the traffic."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from api.counts import ledger

FRESH_SECONDS = 5.0
SHOWN = ("supporters", "letters", "delivered", "self_reported", "persons", "organizations")
# Steps that read as round numbers: 1, 2.5 and 5 of each power of ten.
STEPS = (1.0, 2.5, 5.0)


@dataclass(frozen=True, slots=True)
class Counts:
    """A campaign's counts by name, all of ``SHOWN``, as they were at ``as_of``."""

    by_name: dict[str, int]
    as_of: datetime

    def as_json(self, first_goal: int | None) -> dict[str, Any]:
        goal = shown_goal(first_goal, self.by_name["supporters"]) if first_goal else None
        as_of = self.as_of.isoformat(timespec="seconds").replace("+00:00", "Z")
        return {**self.by_name, "goal": goal, "as_of": as_of}


def shown_goal(first: int, count: int) -> int:
    """The first goal until it is reached, then the next round number above the count."""
    if count < first:
        return first
    power = 1
    while True:
        for step in STEPS:
            goal = int(step * power)
            if goal > count:
                return goal
        power *= 10


class CountReader:
    """Reads totals of one row a name; within ``FRESH_SECONDS`` from memory."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._known: dict[str, tuple[float, Counts]] = {}
        self._lock = asyncio.Lock()

    async def read(self, campaign: str) -> Counts:
        """Raises what the database raises when it is away: an old count is not shown as new."""
        known = self._fresh(campaign)
        if known is not None:
            return known
        async with self._lock:
            return self._fresh(campaign) or await self._read(campaign)

    def _fresh(self, campaign: str) -> Counts | None:
        at, counts = self._known.get(campaign, (0.0, None))
        return counts if time.monotonic() - at < FRESH_SECONDS else None

    async def _read(self, campaign: str) -> Counts:
        async with self._engine.connect() as connection:
            totals = await ledger.totals(connection, campaign)
        counts = Counts({name: totals.get(name, 0) for name in SHOWN}, datetime.now(UTC))
        self._known[campaign] = (time.monotonic(), counts)
        return counts
