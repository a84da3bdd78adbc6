"""One run: load, kills, quiet, comparison, report."""

import asyncio
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg

from api.database.connection import connect_kwargs
from api.database.embedded import EmbeddedPostgres
from tests.crash.clients import People
from tests.crash.compare import compare
from tests.crash.kills import ALL_POINTS, Killer, until
from tests.crash.ledgers import Stored
from tests.crash.other_side import OtherSide, receiving
from tests.crash.system import System

# Seconds between two forms of one person, and the share of links that nobody follows: at ease,
# or when many forms are wanted.
LEISURELY, QUICK = ((0.2, 0.8), 0.1), ((0.02, 0.1), 0.6)
# People take their time while more mails than this are due: little is left to wait for at the end.
CROWD, CROWD_LOOK_SECONDS = 500, 2.0
LOOK_SECONDS = 0.5
# A little longer than a lease: what a killed worker held is claimed again after it.
QUIET_SECONDS = 150.0
DUE_MAILS = "SELECT count(*) FROM mails WHERE status IN ('queued', 'sending') AND due_at <= now()"
PENDING = """
    SELECT (SELECT count(*) FROM mails WHERE status IN ('queued', 'sending'))
         + (SELECT count(*) FROM deliveries WHERE status IN ('queued', 'sending', 'retrying'))
         + (SELECT count(*) FROM count_deltas)
"""
# What is left of these after the wait, for a person to read.
LEFT = """
    SELECT 'mails' AS what, status, reason, count(*),
        max(EXTRACT(epoch FROM due_at - now())) AS due_in,
        max(EXTRACT(epoch FROM lease_until - now())) AS leased_for
    FROM mails WHERE status IN ('queued', 'sending') GROUP BY 1, 2, 3
    UNION ALL SELECT channel, status, reason, count(*),
        max(EXTRACT(epoch FROM due_at - now())), max(EXTRACT(epoch FROM lease_until - now()))
    FROM deliveries WHERE status IN ('queued', 'sending', 'retrying') GROUP BY 1, 2, 3
    UNION ALL SELECT 'count_deltas', '', NULL, count(*), NULL, NULL FROM count_deltas
"""
# What was refused for the moment is tried again at once when it is quiet.
HURRY = """
    UPDATE {0} SET due_at = now() WHERE id IN
        (SELECT id FROM {0} WHERE status = '{1}' AND attempts > 0 AND due_at > now()
         FOR UPDATE SKIP LOCKED)
"""
HURRIED = (HURRY.format("mails", "queued"), HURRY.format("deliveries", "retrying"))
# From the last sign of life of a lost worker's attempt to the next one. (A mailed letter gets
# none; when the next one was lost as well, its own beginning is not known.)
TAKEN_OVER = """
    SELECT coalesce(max(EXTRACT(epoch FROM n.began - l.began)), 0), count(*)
    FROM attempts l JOIN attempts n ON n.delivery_id = l.delivery_id AND n.number = l.number + 1
    WHERE l.outcome = 'lost' AND n.outcome <> 'lost'
"""
# Rows that a worker is just writing are left alone: waiting for them could deadlock with it.
EXPIRE = """
    UPDATE {0} SET lease_until = now() - interval '1 second' WHERE id IN
        (SELECT id FROM {0} WHERE status = 'sending' FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of what is killed (PostgreSQL half as often), how often at named points, and how
    many forms are taken at least. ``hurry`` lets leases run out at once when it is quiet;
    ``longest`` is within how many seconds the service has to be back, ``taken_over`` what a killed
    worker held has to be tried by another."""

    kills: int = 50
    forms: int = 0
    points: int = ALL_POINTS
    recoveries: int = 5
    workers: int = 2
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


async def run(
    seed: int, plan: Plan, folder: Path | None = None, say: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Run the whole and give every breach and the lines of the report; ``say`` is called with the
    progress."""
    chance = Random(seed)
    base = Path(tempfile.mkdtemp(prefix="undersigned-crash-", dir=folder))
    async with receiving(chance) as side:
        system = System(base, workers=plan.workers, environment=side.environment)
        try:
            return await _kill_and_compare(system, side, plan, chance, say)
        finally:
            await asyncio.to_thread(system.remove)


async def _kill_and_compare(
    system: System, side: OtherSide, plan: Plan, chance: Random, say: Callable[[str], None]
) -> Outcome:
    await asyncio.to_thread(system.start)
    people = People(system, side, chance, *(QUICK if plan.forms else LEISURELY))
    killer = Killer(system, people, chance, say=say)
    people.start(plan.submitters, plan.confirmers)
    crowding = asyncio.create_task(_crowd(system, people))
    await _kills(killer, people, plan)
    crowding.cancel()
    await people.stop()
    say(f"{len(people.told.forms)} forms, waiting for what is left to be sent")
    stored, breaches, taken_over = await quiet(system, plan)
    await people.settle()
    breaches += compare(people.told, people.received, stored)
    breaches += [f"point {point} was not reached" for point in killer.unreached]
    breaches += _ending(system)
    times = _times(killer, plan.longest, breaches)
    lines = [*times, *_volume(people, stored), taken_over, *_troubles(system)]
    return Outcome(breaches, lines)


async def _kills(killer: Killer, people: People, plan: Plan) -> None:
    await killer.at_random(plan.kills, plan.forms)
    await killer.at_points(plan.points)
    if plan.points:
        await killer.in_recovery(plan.recoveries)
    await people.until(plan.forms)
    await killer.of_supervisor(plan.supervisor, politely=False)
    await killer.of_supervisor(plan.terminations, politely=True)


async def _crowd(system: System, people: People) -> None:
    """Slow people down while much is to be sent; while the database is away, nothing changes."""
    url = EmbeddedPostgres(system.state).start().url
    while True:
        await asyncio.sleep(CROWD_LOOK_SECONDS)
        with suppress(psycopg.Error):
            async with await psycopg.AsyncConnection.connect(**connect_kwargs(url)) as session:
                row = await (await session.execute(DUE_MAILS)).fetchone()
                people.crowded = row is not None and row[0] > CROWD


async def quiet(system: System, plan: Plan) -> tuple[Stored, list[str], str]:
    """Wait until nothing is left to send, and read the database; breaches so far, and how soon
    what lost workers held was taken over."""
    url = EmbeddedPostgres(system.state).start().url
    with psycopg.connect(**connect_kwargs(url), autocommit=True) as session:
        # Before anything is hurried: a lease that was cut short says nothing.
        longest, lost = session.execute(TAKEN_OVER).fetchone() or (0, 0)

        def done() -> bool:
            for hurry in HURRIED:
                session.execute(hurry)
            if plan.hurry:
                for table in ("mails", "deliveries"):
                    session.execute(EXPIRE.format(table))
            row = session.execute(PENDING).fetchone()
            return row is not None and row[0] == 0

        longest_wait = QUIET_SECONDS + 0.3 * len(Stored.read(url).forms)
        rested = await until(done, longest_wait, pause=LOOK_SECONDS)
        left = [] if rested else session.execute(LEFT).fetchall()
    breaches = [f"not sent or folded in time: {row}" for row in left]
    if longest > plan.taken_over:
        breaches.append(f"what a lost worker held was sent only after {longest:.0f} s")
    line = f"attempts of lost workers taken over {lost}, the last after {longest:.1f} s"
    return Stored.read(url), breaches, line


def _ending(system: System) -> list[str]:
    """End it by SIGTERM; nothing of it may stay behind."""
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
    lines = ["| what was killed | kills | back after, median s | most s | the slowest |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for kind in sorted({one.kind for one in killer.kills}):
        away = killer.away(kind)
        slowest = [one.how for one in killer.kills if one.kind == kind][away.index(max(away))]
        lines.append(f"| {kind} | {len(away)} | {_spread(away)} | {slowest} |")
        if kind != "supervisor" and max(away) > longest:
            breaches.append(f"{kind}: the service was back only after {max(away):.1f} s")
    mail = killer.without_mail("worker")
    return [*lines, f"| next mail after a worker | {len(mail)} | {_spread(mail)} | |"]


def _spread(seconds: list[float]) -> str:
    """The median and the most, as two cells of the table."""
    if not seconds:
        return "| "
    return f"{statistics.median(seconds):.2f} | {max(seconds):.2f}"


def _troubles(system: System) -> list[str]:
    """What the processes complained of, by the first words, for a person to read."""
    words = ("request.failed", "step_failed", "Traceback")
    return [f"in the logs: {word} {system.said.count(word)} times" for word in words]
