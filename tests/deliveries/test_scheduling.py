"""When letters go out: stops, windows and pace hold over any number of workers, and what is
held up in one channel holds up no other."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.engine import create_engine
from api.database.session import transaction
from api.deliveries import controls, lanes
from api.deliveries.channels.base import Outcome, Outgoing
from api.deliveries.controls import Kind
from api.deliveries.lanes import Lanes
from api.deliveries.pace import HORIZON_SECONDS
from api.deliveries.schedule import DELIVERIES, Deliverer
from api.outbox.lease import RENEWALS_A_LEASE
from api.supporters.vault import Vault
from tests.clocks import LoopClock
from tests.deliveries.conftest import NOW, MakeDeliverer
from tests.deliveries.queued import (
    CAMPAIGN,
    StandIn,
    change,
    leases_run_out,
    queue,
    rows,
    states,
)
from tests.times import Stopwatch, quick
from tests.waiting import PATIENCE, pause, until

PACE = 20.0
LEASED = """
    SELECT 1 FROM deliveries WHERE status = 'sending' AND lease_until > now() HAVING count(*) = 3
"""


class Timed(StandIn):
    """Notes when each letter came, over all its workers, and answers when ``answers`` is so."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.watch = Stopwatch()
        self.times: list[float] = []
        self.answers: Callable[[], object] = lambda: True

    async def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        self.times += [self.watch.wall] * len(batch)
        await until(self.answers)
        return await super().send(batch)


@asynccontextmanager
async def working(*deliverers: Deliverer) -> AsyncIterator[Counter[int]]:
    """Workers' delivery loops, with a short poll; gives how often each has looked."""
    looks = Counter[int]()

    async def work(number: int, own: Lanes) -> None:
        while True:
            await own.open()
            looks[number] += 1
            await pause(0.05)

    all_lanes = [Lanes(deliverer) for deliverer in deliverers]
    tasks = [asyncio.create_task(work(*each)) for each in enumerate(all_lanes)]
    try:
        yield looks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(each.close() for each in all_lanes))


async def sent_more_than(channel: Timed, number: int) -> None:
    await until(lambda: len(channel.times) > number)


@asynccontextmanager
async def workers(
    make: MakeDeliverer, channel: StandIn, url: str, number: int
) -> AsyncIterator[Counter[int]]:
    """Run this many workers, each with connections of its own."""
    engines = [create_engine(url) for _ in range(number)]
    try:
        async with working(*(make(channel, engine=one) for one in engines)) as looks:
            yield looks
    finally:
        for one in engines:
            await one.dispose()


async def test_the_pace_holds_over_four_workers(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer, owner_url: str
) -> None:
    channel = Timed(pace=PACE)
    await queue(engine, vault, 200, channel.name)
    channel.watch = Stopwatch()
    async with workers(deliverer, channel, owner_url, 4):
        await sent_more_than(channel, int(3 * PACE))
    times = sorted(channel.times)
    # A busy machine sends later, never sooner: four workers that knew nothing of each other would
    # send four times as many.
    early = [t for number, t in enumerate(times) if number > (t + HORIZON_SECONDS) * PACE]
    assert early == [], times
    assert quick(times[-1] - times[0], 4.5), "four workers use it up, too"
    for width in (0.5, 1.0, 2.0):
        most = max(sum(t <= s < t + width for s in times) for t in times)
        assert quick(most / PACE, width + 0.5), f"{most} within {width} s"


async def test_a_killed_workers_moments_are_lost_for_a_second_at_most(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = StandIn(pace=4.0)
    await queue(engine, vault, 20, channel.name)
    dead, alive = deliverer(channel), deliverer(channel)
    async with transaction(engine) as session:  # in which PostgreSQL's clock stands still
        batch = await dead._claim(session, channel, 100)
        assert await alive._claim(session, channel, 100) is None, "its second is taken"
    assert batch is not None
    assert len(batch.claims) == 4
    await until(lambda: alive.deliver(channel.name))


async def test_each_letter_starts_at_its_own_moment(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = Timed(pace=10.0)
    await queue(engine, vault, 10, channel.name)
    channel.watch = Stopwatch()
    assert await deliverer(channel).deliver(channel.name) == 10
    early = [t for number, t in enumerate(channel.times) if t < number / 10 - 0.05]
    assert early == [], channel.times
    # A busy machine is late with some, and the next follow at once: that is no fault.
    assert quick(median(b - a for a, b in pairwise(channel.times)), 0.3), channel.times


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_stop_takes_effect_within_two_seconds_in_every_worker(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer, owner_url: str, kind: Kind
) -> None:
    channel = Timed(pace=PACE)
    name = {Kind.CHANNEL: channel.name, Kind.SEAT: "president", Kind.CAMPAIGN: CAMPAIGN}[kind]
    await queue(engine, vault, 150, channel.name)
    async with workers(deliverer, channel, owner_url, 3) as looks:
        await sent_more_than(channel, 5)
        async with transaction(engine) as session:
            assert await controls.stop(session, kind, name, reason="test", actor="test")
        stopped = channel.watch.wall
        ((now,),) = await rows(engine, "SELECT now()")
        for _ in range(2):  # the second time nobody is left who had not seen the stop
            sent, before = len(channel.times), looks.copy()
            await until(lambda: all(looks[one] > before[one] + 1 for one in range(3)))  # noqa: B023
            await until(lambda: all_sent_that_was_claimed_before(engine, now))
        assert len(channel.times) == sent < 100
        assert quick(max(channel.times) - stopped, 2.0)
        if kind is Kind.CHANNEL:
            assert (await states(engine, "letters"))["queued"] > 50
        else:
            await until(lambda: some_are_paused(engine))
        async with transaction(engine) as session:
            assert await controls.resume(session, kind, name, actor="test")
        await sent_more_than(channel, sent)
    found = await rows(engine, "SELECT action, object FROM audit ORDER BY seq")
    assert [tuple(row) for row in found] == [
        ("deliveries.stop", f"{kind}:{name}"),
        ("deliveries.resume", f"{kind}:{name}"),
    ]


async def all_sent_that_was_claimed_before(engine: AsyncEngine, moment: datetime) -> bool:
    query = "SELECT 1 FROM deliveries WHERE status = 'sending' AND lease_until < :until"
    return not await rows(engine, query, until=moment + DELIVERIES.lease)


async def some_are_paused(engine: AsyncEngine) -> bool:
    return (await states(engine, "letters")).get("paused", 0) > 10


async def test_what_paused_for_a_stop_that_was_just_lifted_goes_on(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    """The worker had read the stop before it was lifted, and writes its pause after."""
    channel = StandIn()
    await queue(engine, vault, 2, channel.name)
    for table in ("deliveries", "letters"):
        await change(engine, f"UPDATE {table} SET status = 'paused'")
    await change(engine, "UPDATE deliveries SET reason = 'seat_stopped'")
    assert await deliverer(channel).sweep() == 2
    assert await states(engine, "letters") == {"queued": 2}


async def test_one_channel_holds_up_no_other(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    """Older letters wait in a stopped, a closed, a slow and an unknown channel."""
    stopped, paced = StandIn(name="stopped"), StandIn(name="paced", pace=0.5)
    closed = StandIn(name="closed", closed=NOW + timedelta(hours=1))
    for name in ("stopped", "closed", "paced", "unknown"):
        await queue(engine, vault, 500, name)
    await change(engine, "UPDATE deliveries SET due_at = now() - interval '1 day'")
    free = StandIn(name="free")
    await queue(engine, vault, 10, free.name)
    async with transaction(engine) as session:
        await controls.stop(session, Kind.CHANNEL, "stopped", reason="x", actor="test")
    worker = deliverer(stopped, closed, paced, free)
    assert set(await worker.ready()) == {"paced", "free"}
    assert [await worker.deliver(name) for name in ("stopped", "closed", "free")] == [0, 0, 10]
    assert await worker.deliver("paced") == 1
    untouched = "SELECT sum(attempts) AS n FROM deliveries WHERE channel IN ('stopped', 'closed')"
    assert (await rows(engine, untouched))[0].n == 0, "waiting burns no attempt"
    assert await worker.sweep() == 500
    assert (await states(engine))["paused"] == 500


async def test_a_window_that_begins_meanwhile_burns_no_attempt(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    """It closes between the claim and the letter's moment."""
    channel = StandIn(pace=5.0)
    await queue(engine, vault, 5, channel.name)
    calls = 0

    def clock() -> datetime:
        nonlocal calls
        calls += 1
        if calls == 4:  # the second letter's moment
            channel.closed = NOW + timedelta(hours=6)
        return NOW

    await deliverer(channel, clock=clock).deliver(channel.name)
    assert 0 < len(channel.sent) < 5
    found = await rows(
        engine,
        """SELECT status, attempts, reason, due_at > now() + interval '5 hours' AS later
        FROM deliveries WHERE status <> 'accepted'""",
    )
    assert {tuple(row) for row in found} == {("queued", 0, "closed", True)}


async def test_a_worker_that_is_told_to_end_leaves_nothing_in_doubt(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "GRACE_SECONDS", PATIENCE)
    channel = Timed(pace=PACE)
    worker = deliverer(channel)
    channel.answers = lambda: worker.ending
    await queue(engine, vault, 60, channel.name)
    async with working(worker):
        await sent_more_than(channel, 5)
    found = await states(engine)
    assert found.get("sending", 0) == 0
    assert found["accepted"] == len(channel.times)


async def test_a_long_sending_keeps_its_lease(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer, loop_clock: LoopClock
) -> None:
    channel, other = Timed(), StandIn()
    answered = asyncio.Event()
    channel.answers = answered.is_set
    await queue(engine, vault, 3, channel.name)
    first = asyncio.create_task(deliverer(channel).deliver(channel.name))
    await sent_more_than(channel, 2)
    for _ in range(3):
        await leases_run_out(engine)
        await loop_clock.go_on(DELIVERIES.lease.total_seconds() / RENEWALS_A_LEASE)
        await until(lambda: rows(engine, LEASED))
    assert await deliverer(other).deliver(other.name) == 0, "nobody takes over"
    assert other.sent == []
    answered.set()
    assert await first == 3
    assert await states(engine) == {"accepted": 3}
    assert len(channel.sent) == 3
