"""When letters go out: stops, windows and pace hold over any number of workers, and what is
held up in one channel holds up no other."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.engine import create_engine
from api.database.session import transaction
from api.deliveries import controls
from api.deliveries.channels.base import Outcome, Outgoing
from api.deliveries.controls import Kind
from api.deliveries.lanes import Lanes
from api.deliveries.schedule import Deliverer
from api.supporters.vault import Vault
from tests.deliveries.conftest import NOW, MakeDeliverer
from tests.deliveries.queued import CAMPAIGN, StandIn, change, queue, rows, states
from tests.times import quick

PACE = 20.0


class Timed(StandIn):
    """Notes when each letter came, over all its workers, and takes a while to answer."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.times: list[float] = []
        self.takes = 0.0

    async def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        self.times += [asyncio.get_running_loop().time()] * len(batch)
        await asyncio.sleep(self.takes)
        return await super().send(batch)


@asynccontextmanager
async def working(*deliverers: Deliverer) -> AsyncIterator[None]:
    """Workers' delivery loops, with a short poll."""

    async def work(lanes: Lanes) -> None:
        while True:
            await lanes.open()
            await asyncio.sleep(0.05)

    all_lanes = [Lanes(deliverer) for deliverer in deliverers]
    tasks = [asyncio.create_task(work(lanes)) for lanes in all_lanes]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(lanes.close() for lanes in all_lanes))


async def sent_more_than(channel: Timed, number: int) -> None:
    async with asyncio.timeout(60):
        while len(channel.times) <= number:  # noqa: ASYNC110 (a worker's doing)
            await asyncio.sleep(0.01)


@asynccontextmanager
async def workers(
    make: MakeDeliverer, channel: StandIn, url: str, number: int
) -> AsyncIterator[None]:
    """As many, each with connections of its own."""
    engines = [create_engine(url) for _ in range(number)]
    try:
        async with working(*(make(channel, engine=one) for one in engines)):
            yield
    finally:
        for one in engines:
            await one.dispose()


async def test_the_pace_holds_over_four_workers(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer, owner_url: str
) -> None:
    channel = Timed(pace=PACE)
    await queue(engine, vault, 200, channel.name)
    async with workers(deliverer, channel, owner_url, 4):
        await sent_more_than(channel, int(3 * PACE))
    times = sorted(channel.times)
    assert quick(times[-1] - times[0], 4.5), "four workers use it up, too"
    for width in (0.5, 1.0, 2.0):
        most = max(sum(t <= s < t + width for s in times) for t in times)
        # A busy machine is late with some letters, which then fall among the next.
        assert most <= (width + 0.5) * PACE, f"{most} within {width} s"


async def test_a_killed_workers_moments_are_lost_for_a_second_at_most(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = StandIn(pace=4.0)
    await queue(engine, vault, 20, channel.name)
    dead, alive = deliverer(channel), deliverer(channel)
    async with transaction(engine) as session:
        batch = await dead._claim(session, channel, 100)
    assert batch is not None
    assert len(batch.claims) == 4
    assert await alive.deliver(channel.name) == 0, "its second is taken"
    async with asyncio.timeout(60):
        while not await alive.deliver(channel.name):  # noqa: ASYNC110 (PostgreSQL's clock)
            await asyncio.sleep(0.05)


async def test_each_letter_starts_at_its_own_moment(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = Timed(pace=10.0)
    await queue(engine, vault, 10, channel.name)
    began = asyncio.get_running_loop().time()
    assert await deliverer(channel).deliver(channel.name) == 10
    early = [t for number, t in enumerate(channel.times) if t - began < number / 10 - 0.05]
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
    async with workers(deliverer, channel, owner_url, 3):
        await sent_more_than(channel, 5)
        async with transaction(engine) as session:
            assert await controls.stop(session, kind, name, reason="test", actor="test")
        stopped = asyncio.get_running_loop().time()
        await asyncio.sleep(2.1)
        assert len(channel.times) < 100
        assert quick(max(channel.times) - stopped, 2.0)
        waiting = "queued" if kind is Kind.CHANNEL else "paused"
        assert (await states(engine, "letters"))[waiting] > 50
        sent = len(channel.times)
        async with transaction(engine) as session:
            assert await controls.resume(session, kind, name, actor="test")
        await sent_more_than(channel, sent)
    found = await rows(engine, "SELECT action, object FROM audit ORDER BY seq")
    assert [tuple(row) for row in found] == [
        ("deliveries.stop", f"{kind}:{name}"),
        ("deliveries.resume", f"{kind}:{name}"),
    ]


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
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer
) -> None:
    channel = Timed(pace=PACE)
    channel.takes = 0.5
    await queue(engine, vault, 60, channel.name)
    async with working(deliverer(channel)):
        await sent_more_than(channel, 5)
    found = await states(engine)
    assert found.get("sending", 0) == 0
    assert found["accepted"] == len(channel.times)


async def test_a_long_sending_keeps_its_lease(
    engine: AsyncEngine, vault: Vault, deliverer: MakeDeliverer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from api.deliveries import schedule

    short = replace(schedule.DELIVERIES, lease=timedelta(seconds=0.6))
    monkeypatch.setattr(schedule, "DELIVERIES", short)
    channel = Timed()
    channel.takes = 1.5
    await queue(engine, vault, 3, channel.name)
    first = asyncio.create_task(deliverer(channel).deliver(channel.name))
    await asyncio.sleep(1.1)
    assert await deliverer(channel).deliver(channel.name) == 0, "nobody takes over"
    assert await first == 3
    assert await states(engine) == {"accepted": 3}
    assert len(channel.sent) == 3
