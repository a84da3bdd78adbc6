"""Counts as they are shown: read at most every few seconds, whatever the traffic."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from api.counts.models import CountSnapshot
from api.counts.snapshots import MOST_AHEAD, SLOT_SECONDS, publish
from api.database.session import transaction

SHOWN = ("supporters", "letters", "delivered", "self_reported", "persons", "organizations")
# Goals are round numbers: 1, 2.5 or 5 times a power of ten.
STEPS = (1.0, 2.5, 5.0)


@dataclass(frozen=True, slots=True)
class Counts:
    """A campaign's counts by name, all of ``SHOWN``, as they were at ``as_of``."""

    by_name: dict[str, int]
    as_of: datetime


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
    """Shows the published snapshot: one query per slot and process, whatever the traffic.

    ``clock`` gives seconds since the epoch; all processes must use the same one."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._known: CountSnapshot | None = None
        self._lock = asyncio.Lock()
        self.clock = clock

    async def read(self, campaign: str) -> Counts:
        """Return the current snapshot's counts.

        Raises the database's error if it cannot be reached: an old count is not shown as new.
        """
        snapshot = self._fresh() or await self._read()
        totals = snapshot.counts.get(campaign, {})
        return Counts({name: totals.get(name, 0) for name in SHOWN}, snapshot.as_of)

    @property
    def seconds_left(self) -> int:
        """Seconds until the next snapshot: no cache may keep this one for longer."""
        slot = self._known.slot if self._known else self._slot
        return max(int((slot + 1) * SLOT_SECONDS - self.clock()), 0)

    @property
    def _slot(self) -> int:
        return int(self.clock() // SLOT_SECONDS)

    def _fresh(self) -> CountSnapshot | None:
        known = self._known
        return known if known and 0 <= known.slot - self._slot <= MOST_AHEAD else None

    async def _read(self) -> CountSnapshot:
        async with self._lock:
            known = self._fresh()
            if known is None:
                async with transaction(self._engine) as session:
                    known = self._known = await publish(session, self._slot)
            return known
