"""On the migrated schema, in the app role, with transactions that really race."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.mail.budget import (
    MAILS_PER_ADDRESS,
    WINDOW,
    budget_hash,
    free_place,
    take_place,
)
from api.security.addresses import canonical_address
from api.security.identifiers import new_id
from api.security.keys import KeyRing

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HASH = b"\x80" + bytes(31)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    folder: Path = tmp_path_factory.mktemp("ring")
    return KeyRing.create(folder / "keys.json")


async def take(
    engine: AsyncEngine, now: datetime, address_hash: bytes = HASH, mail_id: UUID | None = None
) -> datetime | None:
    async with engine.begin() as connection:
        return await take_place(connection, address_hash, mail_id or new_id(), now)


async def test_three_mails_a_day_then_it_says_when(engine: AsyncEngine) -> None:
    for minute in range(3):
        assert await take(engine, NOW + minute * MINUTE) is None
    assert await take(engine, NOW + 3 * MINUTE) == NOW + WINDOW
    assert await take(engine, NOW + WINDOW - MINUTE) == NOW + WINDOW
    assert await take(engine, NOW + WINDOW) is None
    assert await take(engine, NOW + WINDOW) == NOW + MINUTE + WINDOW


async def test_any_24_hours_hold_three_at_most(engine: AsyncEngine) -> None:
    taken = []
    for step in range(0, 72 * 60, 47):
        moment = NOW + step * MINUTE
        if await take(engine, moment) is None:
            taken.append(moment)
    assert len(taken) >= 9
    for first in taken:
        assert sum(first <= each < first + WINDOW for each in taken) <= MAILS_PER_ADDRESS


async def test_an_attempt_again_needs_no_second_place(engine: AsyncEngine) -> None:
    mails = [new_id() for _ in range(3)]
    for _ in range(4):
        for mail_id in mails:
            assert await take(engine, NOW, mail_id=mail_id) is None
    assert await take(engine, NOW) == NOW + WINDOW


async def test_a_confirmation_frees_its_place(engine: AsyncEngine) -> None:
    mails = [new_id() for _ in range(3)]
    for mail_id in mails:
        await take(engine, NOW, mail_id=mail_id)
    async with engine.begin() as connection:
        await free_place(connection, mails[1])
        await free_place(connection, new_id())
    assert await take(engine, NOW) is None
    assert await take(engine, NOW) == NOW + WINDOW


async def test_what_is_rolled_back_takes_no_place(engine: AsyncEngine) -> None:
    for _ in range(5):
        async with engine.connect() as connection:
            assert await take_place(connection, HASH, new_id(), NOW) is None
            await connection.rollback()


async def test_workers_that_race_for_one_address(engine: AsyncEngine) -> None:
    async def worker() -> datetime | None:
        async with engine.begin() as connection:
            answer = await take_place(connection, HASH, new_id(), NOW)
            await asyncio.sleep(0.05)  # the others look before this one commits
            return answer

    answers = await asyncio.gather(*(worker() for _ in range(5)))
    assert answers.count(None) == MAILS_PER_ADDRESS


async def test_fifty_victims_with_ten_aliases_each(engine: AsyncEngine, ring: KeyRing) -> None:
    hashes = [
        budget_hash(ring, canonical_address(f"V.ictim{victim}+{alias}@gmail.com"))
        for alias in range(10)
        for victim in range(50)
    ]
    assert len(set(hashes)) == 50
    answers = await asyncio.gather(*(take(engine, NOW, each) for each in hashes))
    taken = [each for each, answer in zip(hashes, answers, strict=True) if answer is None]
    assert {taken.count(each) for each in set(hashes)} == {MAILS_PER_ADDRESS}
    async with engine.connect() as connection:
        count = await connection.scalar(text("SELECT count(*) FROM mail_budget"))
    assert count == 150
