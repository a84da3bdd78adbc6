"""One run: load, kills, quiet, comparison, report."""

import asyncio
import statistics
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg

from api.database.connection import connect_kwargs
from api.database.embedded import EmbeddedPostgres
from tests.crash.clients import People
from tests.crash.compare import compare
from tests.crash.kills import Killer, until
from tests.crash.ledgers import Stored
from tests.crash.other_side import OtherSide, receiving
from tests.crash.system import System

# Seconds between two forms of one person: at ease, or when many forms are wanted.
LEISURELY, QUICK = (0.2, 0.8), (0.05, 0.25)
# A little longer than a lease: what a killed worker held is claimed again after it.
QUIET_SECONDS = 150.0
PENDING = """
    SELECT (SELECT count(*) FROM mails WHERE status IN ('queued', 'sending'))
         + (SELECT count(*) FROM deliveries WHERE status IN ('queued', 'sending', 'retrying'))
         + (SELECT count(*) FROM count_deltas)
"""
# What was refused for the moment is tried again at once when it is quiet.
HURRY = """
    UPDATE deliveries SET due_at = now() WHERE id IN
        (SELECT id FROM deliveries WHERE status = 'retrying' AND due_at > now()
         FOR UPDATE SKIP LOCKED)
"""
# From an attempt whose worker was lost to the next one. (A mailed letter gets none.)
TAKEN_OVER = """
    SELECT coalesce(max(EXTRACT(epoch FROM n.began - l.began)), 0), count(*)
    FROM attempts l JOIN attempts n ON n.delivery_id = l.delivery_id AND n.number = l.number + 1
    WHERE l.outcome = 'lost'
"""
# Rows that a worker is just writing are left alone: waiting for them could deadlock with it.
EXPIRE = """
    UPDATE {0} SET lease_until = now() - interval '1 second' WHERE id IN
        (SELECT id FROM {0} WHERE status = 'sending' FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of what is killed (PostgreSQL half as often), and how many forms are taken at
    least. ``hurry`` lets leases run out at once when it is quiet;
    ``longest`` is within how many seconds the service has to be back, ``taken_over`` what a killed
    worker held has to be tried by another."""

    kills: int = 50
    forms: int = 0
    points: bool = True
    recoveries: int = 5
    supervisor: int = 5
    terminations: int = 3
    submitters: int = 10
    confirmers: int = 6
    hurry: bool = False
    longest: float = 10.0
    taken_over: float = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    breaches: list[str]
    lines: list[str]


async def run(seed: int, plan: Plan, folder: Path | None = None) -> Outcome:
    """Run the whole and give every breach and the lines of the report."""
    chance = Random(seed)
    base = Path(tempfile.mkdtemp(prefix="undersigned-crash-", dir=folder))
    async with receiving(chance) as side:
        system = System(base, environment=side.environment)
        try:
            return await _kill_and_compare(system, side, plan, chance)
        finally:
            await asyncio.to_thread(system.remove)


async def _kill_and_compare(system: System, side: OtherSide, plan: Plan, chance: Random) -> Outcome:
    await asyncio.to_thread(system.start)
    people = People(system, side, chance, QUICK if plan.forms else LEISURELY)
    killer = Killer(system, people, chance)
    people.start(plan.submitters, plan.confirmers)
    await killer.at_random(plan.kills)
    if plan.points:
        await killer.at_points()
        await killer.in_recovery(plan.recoveries)
    await people.until(plan.forms)
    await killer.of_supervisor(plan.supervisor, politely=False)
    await killer.of_supervisor(plan.terminations, politely=True)
    await people.stop()
    stored, breaches, taken_over = await quiet(system, plan)
    await people.settle()
    breaches += compare(people.told, people.received, stored)
    breaches += [f"point {point} was not reached" for point in killer.unreached]
    breaches += _ending(system)
    times = _times(killer, plan.longest, breaches)
    lines = [*_volume(people, stored), *times, taken_over, *_troubles(system)]
    return Outcome(breaches, lines)


async def quiet(system: System, plan: Plan) -> tuple[Stored, list[str], str]:
    """Wait until nothing is left to send, and read the database; breaches so far, and how soon
    what lost workers held was taken over."""
    url = EmbeddedPostgres(system.state).start().url
    with psycopg.connect(**connect_kwargs(url), autocommit=True) as connection:
        # Before anything is hurried: a lease that was cut short says nothing.
        longest, lost = connection.execute(TAKEN_OVER).fetchone() or (0, 0)

        def done() -> bool:
            connection.execute(HURRY)
            if plan.hurry:
                for table in ("mails", "deliveries"):
                    connection.execute(EXPIRE.format(table))
            row = connection.execute(PENDING).fetchone()
            return row is not None and row[0] == 0

        rested = await until(done, QUIET_SECONDS + 0.3 * len(Stored.read(url).forms))
    breaches = [] if rested else ["not everything was sent and folded in time"]
    if longest > plan.taken_over:
        breaches.append(f"what a lost worker held was sent only after {longest:.0f} s")
    line = f"attempts of lost workers taken over {lost}, the last after {longest:.1f} s"
    return Stored.read(url), breaches, line


def _ending(system: System) -> list[str]:
    """End it politely; nothing of it may stay."""
    code = system.serve.stop()
    breaches = [f"serve ended with {code}"] if code else []
    return breaches + [f"left behind: {process}" for process in system.leftovers()]


def _volume(people: People, stored: Stored) -> list[str]:
    told = people.told
    return [
        f"forms acknowledged {len(told.forms)}, stored {len(stored.forms)}",
        f"links confirmed {len(told.confirmed)}, persons {len(stored.persons)}",
        f"mails arrived {len(people.received.mails)}",
        *(f"letters by {c}: {n} {s}" for (c, s), n in sorted(_states(stored).items())),
        f"requests that were to be tried again {told.refused}",
    ]


def _states(stored: Stored) -> Counter[tuple[str, str]]:
    return Counter((row["channel"], row["status"]) for row in stored.deliveries)


def _times(killer: Killer, longest: float, breaches: list[str]) -> list[str]:
    lines = []
    for kind in sorted({one.kind for one in killer.kills}):
        away = killer.away(kind)
        slowest = [one.how for one in killer.kills if one.kind == kind][away.index(max(away))]
        lines.append(f"{kind}: {len(away)} kills, back after {_spread(away)} s ({slowest})")
        if kind != "supervisor" and max(away) > longest:
            breaches.append(f"{kind}: the service was back only after {max(away):.1f} s")
    mail = killer.without_mail("worker")
    return [*lines, f"worker: next mail after {_spread(mail)} s"] if mail else lines


def _spread(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} (median), {max(seconds):.2f} (most)"


def _troubles(system: System) -> list[str]:
    """What the processes complained of, by the first words, for a person to read."""
    words = ("request.failed", "step_failed", "Traceback")
    return [f"in the logs: {word} {system.said.count(word)} times" for word in words]
