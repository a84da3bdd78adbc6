"""Two processes show the same counts: whoever asks them in turn sees none go back."""

import asyncio
from itertools import cycle

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.counts import ledger
from api.counts.reader import CountReader
from api.counts.snapshots import SLOT_SECONDS
from api.database.session import transaction


class Clock:
    """One clock for all processes, that only the test moves."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


async def add(engine: AsyncEngine, number: int) -> None:
    async with transaction(engine) as session:
        await ledger.append(session, "a", {"supporters": number})
        await ledger.fold(session)


async def test_asked_in_turn_they_never_go_back(engine: AsyncEngine) -> None:
    clock = Clock()
    readers = [CountReader(engine, clock) for _ in range(3)]
    seen = []
    for step, reader in zip(range(40), cycle(readers), strict=False):
        clock.now += SLOT_SECONDS * (0.3, 0.45, 0.8)[step % 3]
        await add(engine, 1)
        seen.append((await reader.read("a")).by_name["supporters"])
    assert seen == sorted(seen)
    assert seen[-1] >= 40 - 4, "and are of the last slot"


async def test_within_a_slot_all_show_the_same(engine: AsyncEngine) -> None:
    clock = Clock()
    one, other = CountReader(engine, clock), CountReader(engine, clock)
    first = await one.read("a")
    await add(engine, 9)
    assert await other.read("a") == first
    clock.now += SLOT_SECONDS
    assert (await other.read("a")).by_name["supporters"] == 9
    assert await one.read("a") == await other.read("a")


async def test_what_really_went_down_is_shown(engine: AsyncEngine) -> None:
    clock = Clock()
    reader = CountReader(engine, clock)
    await add(engine, 9)
    assert (await reader.read("a")).by_name["supporters"] == 9
    await add(engine, -2)
    clock.now += SLOT_SECONDS
    assert (await reader.read("a")).by_name["supporters"] == 7


async def test_one_that_is_late_shows_the_newer_snapshot(engine: AsyncEngine) -> None:
    """It read its clock just before the slot ended, and the database only after."""
    clock = Clock()
    late = CountReader(engine, lambda: clock.now - SLOT_SECONDS)
    await add(engine, 3)
    newer = await CountReader(engine, clock).read("a")
    await add(engine, 3)
    assert await late.read("a") == newer


async def test_a_clock_that_is_far_ahead_freezes_nothing(engine: AsyncEngine) -> None:
    clock = Clock()
    await CountReader(engine, lambda: clock.now + 3600).read("a")
    await add(engine, 5)
    assert (await CountReader(engine, clock).read("a")).by_name["supporters"] == 5


async def test_many_who_ask_at_once_publish_once(engine: AsyncEngine) -> None:
    clock = Clock()
    readers = [CountReader(engine, clock) for _ in range(4)]
    await add(engine, 1)
    shown = await asyncio.gather(*(reader.read("a") for reader in readers * 5))
    assert len({counts.as_of for counts in shown}) == 1
    async with transaction(engine) as session:
        assert await session.scalar(text("SELECT count(*) FROM count_snapshot")) == 1


@pytest.mark.parametrize(("into", "left"), [(0, 5), (0.1, 4), (4.9, 0)])
async def test_no_cache_keeps_a_snapshot_past_its_slot(
    engine: AsyncEngine, into: float, left: int
) -> None:
    clock = Clock()
    clock.now += into
    assert CountReader(engine, clock).seconds_left == left
