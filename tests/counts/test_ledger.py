"""Counts: what is appended is folded once, whoever folds."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.counts import ledger
from api.counts.reader import CountReader, shown_goal
from api.database.session import transaction


async def fold(engine: AsyncEngine, limit: int = 10_000) -> int:
    async with transaction(engine) as session:
        return await ledger.fold(session, limit)


async def test_racing_folds_count_everything_once(engine: AsyncEngine) -> None:
    async def append(number: int) -> None:
        async with transaction(engine) as session:
            await ledger.append(session, "a", {"letters": number, "supporters": 1, "zero": 0})

    await asyncio.gather(*(append(i) for i in range(40)), *(fold(engine, 7) for _ in range(20)))
    while await fold(engine, 7):
        pass
    async with transaction(engine) as session:
        assert await ledger.totals(session, "a") == {"letters": 780, "supporters": 40}
        assert await ledger.totals(session, "b") == {}


async def test_an_hour_that_took_back_what_it_added_is_no_history(engine: AsyncEngine) -> None:
    async with transaction(engine) as session:
        await ledger.append(session, "a", {"letters": 2, "supporters": 1})
        await ledger.append(session, "a", {"letters": -2})
    await fold(engine)
    async with transaction(engine) as session:
        found = await ledger.history(session, "a")
    assert [(name, change) for _, name, change in found] == [("supporters", 1)]


async def test_what_is_rolled_back_never_counts(engine: AsyncEngine) -> None:
    async with transaction(engine) as session:
        await ledger.append(session, "a", {"letters": 5})
        await session.rollback()
    await fold(engine)
    async with transaction(engine) as session:
        assert await ledger.totals(session, "a") == {}


async def test_a_withdrawal_takes_away(engine: AsyncEngine) -> None:
    for delta in (3, -1):
        async with transaction(engine) as session:
            await ledger.append(session, "a", {"letters": delta})
        await fold(engine)
    async with transaction(engine) as session:
        assert await ledger.totals(session, "a") == {"letters": 2}


async def test_a_reader_names_every_count_and_reads_rarely(engine: AsyncEngine) -> None:
    reader = CountReader(engine, lambda: 1.0)
    first = await reader.read("a")
    assert set(first.by_name.values()) == {0}
    async with transaction(engine) as session:
        await ledger.append(session, "a", {"supporters": 9})
    await fold(engine)
    assert await reader.read("a") == first, "from memory for a few seconds"
    reader.clock = lambda: 10.0
    assert (await reader.read("a")).by_name["supporters"] == 9


@pytest.mark.parametrize(
    ("first", "count", "goal"),
    [
        (25_000, 0, 25_000),
        (25_000, 24_999, 25_000),
        (25_000, 25_000, 50_000),
        (25_000, 50_000, 100_000),
        (100, 100, 250),
        (100, 99_999, 100_000),
        (7, 7, 10),
    ],
)
def test_goals_step_up(first: int, count: int, goal: int) -> None:
    assert shown_goal(first, count) == goal
