"""Kills, at random moments and at named points, and how long the service was away after each."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from random import Random

from tests.crash.clients import People
from tests.crash.points.sitecustomize import POINTS
from tests.crash.system import KINDS, System, kill

# At each point the process that passes it, and PostgreSQL.
ALL_POINTS = 2 * len(POINTS)
# How long a point may stay unpassed: some are passed by what is rare.
POINT_SECONDS = 60
SAID_EVERY = 10


@dataclass(frozen=True, slots=True)
class Kill:
    """What was killed, and when (``at`` monotonic, ``clock`` as files have it, in seconds)."""

    kind: str
    how: str
    at: float = field(default_factory=time.monotonic)
    clock: float = field(default_factory=time.time)


@dataclass
class Killer:
    """Kills parts of a system while people use it."""

    system: System
    people: People
    chance: Random
    kills: list[Kill] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)
    say: Callable[[str], None] = lambda _: None

    async def at_random(self, each: int, forms: int = 0, pause: float = 1.5) -> None:
        """``each`` kills of every kind (half as many of PostgreSQL), in any order, spread over as
        many forms.

        One in four does not wait for the last.
        """
        plan = [kind for kind in KINDS for _ in range(each // 2 if kind == "postgres" else each)]
        self.chance.shuffle(plan)
        for number, kind in enumerate(plan):
            await self.people.until(forms * number // len(plan))
            await asyncio.sleep(self.chance.uniform(0, pause))
            victims = await self._victims(kind)
            self._note(kind, "at random")
            kill(victims)
            if self.chance.random() < 0.75:
                await self.back()

    async def at_points(self, times: int) -> None:
        """So many kills at the named points, of the process that passes, then of PostgreSQL;
        and again from the first point on when all had their turn."""
        every = cycle((point, victim) for victim in ("self", "postgres") for point in POINTS)
        for point, victim in islice(every, times):
            await self._victims("postgres")
            self.system.arm(point, victim)
            if not await until(lambda: not self.system.armed, POINT_SECONDS):
                self.unreached.append(point)
                self.system.disarm()
                continue
            self._note("postgres" if victim == "postgres" else "process", point)
            await self.back()

    async def in_recovery(self, times: int) -> None:
        """Kill the process that recovers PostgreSQL from the kill of another part of it."""
        for _ in range(times):
            await self._victims("postgres")
            kill([child.pid for child in self.system.server_children()[:1]])
            if not await until(self.system.recovering, 2, pause=0):
                self.unreached.append("recovery")
                continue
            self._note("postgres", "in recovery")
            kill(self.system.recovering())
            await self.back()

    async def of_supervisor(self, times: int, *, politely: bool) -> None:
        """End the whole of ``serve``, by SIGKILL or by SIGTERM, and start it again."""
        for _ in range(times):
            await asyncio.sleep(self.chance.uniform(0.5, 2))
            self._note("supervisor", "SIGTERM" if politely else "SIGKILL")
            end = self.system.serve.stop if politely else self.system.kill_supervisor
            await asyncio.to_thread(end)
            await asyncio.to_thread(self.system.start)
            await self.back()
            await asyncio.to_thread(self.system.wait_for_orphans)

    async def back(self) -> None:
        """Wait until a form has been taken and a mail has been written since the last kill."""
        last, people = self.kills[-1], self.people
        await until(lambda: any(began > last.at for began, _ in people.told.answered[-64:]), 60)
        await until(lambda: people.latest_mail > last.clock, 60)

    def away(self, kind: str) -> list[float]:
        """Seconds from each kill of a kind to the end of the next POST that was taken."""
        ends = sorted(self.people.told.answered)
        return [_next(((b, e) for b, e in ends), one.at) for one in self.kills if one.kind == kind]

    def without_mail(self, kind: str) -> list[float]:
        """Seconds from each kill of a kind to the next mail that was written."""
        times = sorted(self.people.mail_times)
        return [_next(((t, t) for t in times), one.clock) for one in self.kills if one.kind == kind]

    async def _victims(self, kind: str) -> list[int]:
        """The processes to kill; right after another kill there may be none for a moment."""
        found: list[int] = []

        def look() -> bool:
            found[:] = self.system.victims(kind, self.chance)
            return bool(found)

        await until(look, 15)
        return found

    def _note(self, kind: str, how: str) -> None:
        self.kills.append(Kill(kind, how))
        if len(self.kills) % SAID_EVERY == 0:
            self.say(f"{len(self.kills)} kills, {len(self.people.told.forms)} forms, now {how}")


def _next(spans: Iterator[tuple[float, float]], moment: float) -> float:
    """From a moment to the first end of what began after it; infinite if nothing did."""
    return min((end for began, end in spans if began > moment), default=float("inf")) - moment


async def until(check: Callable[[], object], seconds: float, *, pause: float = 0.03) -> bool:
    """Wait until a check holds; False when it does not in time."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(pause)
    return True
