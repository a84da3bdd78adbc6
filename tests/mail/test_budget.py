"""On the migrated schema, in the app role, with transactions that really race."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.session import transaction
from api.mail.budget import (
    MAILS_PER_ADDRESS,
    WINDOW,
    Place,
    budget_hash,
    free_place,
    lock_address,
    take_link,
    take_place,
)
from api.security.addresses import canonical_address
from api.security.identifiers import new_id
from api.security.keys import KeyRing
from tests.locks import waiting_for_locks

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HASH = b"\x80" + bytes(31)
SENT = (Place.OWN, Place.ALL)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    folder: Path = tmp_path_factory.mktemp("ring")
    return KeyRing.create(folder / "keys.json")


async def take(
    engine: AsyncEngine,
    now: datetime,
    address_hash: bytes = HASH,
    mail_id: UUID | None = None,
    *,
    for_all: bool = False,
) -> Place | datetime:
    async with transaction(engine) as session:
        wanted = mail_id or new_id()
        return await take_place(session, address_hash, wanted, now, for_all=for_all)


async def test_two_of_their_own_one_for_all_then_it_says_when(engine: AsyncEngine) -> None:
    found = [await take(engine, NOW + minute * MINUTE) for minute in range(3)]
    assert found == [Place.OWN, Place.OWN, Place.ALL]
    assert await take(engine, NOW + 3 * MINUTE) == NOW + WINDOW
    assert await take(engine, NOW + WINDOW - MINUTE) == NOW + WINDOW
    assert await take(engine, NOW + WINDOW) is Place.ALL, "two of the three still count"
    assert await take(engine, NOW + WINDOW) == NOW + MINUTE + WINDOW


async def test_any_24_hours_hold_three_at_most_and_the_last_stands_for_all(
    engine: AsyncEngine,
) -> None:
    taken: list[tuple[datetime, Place]] = []
    for step in range(0, 72 * 60, 47):
        moment = NOW + step * MINUTE
        place = await take(engine, moment)
        if isinstance(place, Place):
            taken.append((moment, place))
    assert len(taken) >= 9
    for first, _ in taken:
        within = [place for at, place in taken if first <= at < first + WINDOW]
        assert len(within) <= MAILS_PER_ADDRESS
        assert len(within) < MAILS_PER_ADDRESS or within[-1] is Place.ALL


async def test_an_attempt_again_needs_no_second_place(engine: AsyncEngine) -> None:
    mails = [new_id() for _ in range(3)]
    first = [await take(engine, NOW, mail_id=mail_id) for mail_id in mails]
    for _ in range(3):
        assert [await take(engine, NOW, mail_id=mail_id) for mail_id in mails] == first
    assert await take(engine, NOW) == NOW + WINDOW


async def test_a_mail_that_stands_for_all_in_any_place(engine: AsyncEngine) -> None:
    assert await take(engine, NOW, for_all=True) is Place.ALL
    assert await take(engine, NOW) is Place.OWN
    assert await take(engine, NOW) is Place.ALL


async def test_what_never_left_gives_its_place_back(engine: AsyncEngine) -> None:
    mails = [new_id() for _ in range(3)]
    for mail_id in mails:
        await take(engine, NOW, mail_id=mail_id)
    async with transaction(engine) as session:
        await free_place(session, mails[1])
        await free_place(session, new_id())
    assert await take(engine, NOW) is Place.ALL
    assert await take(engine, NOW) == NOW + WINDOW


async def test_what_is_rolled_back_takes_no_place(engine: AsyncEngine) -> None:
    for _ in range(5):
        async with transaction(engine) as session:
            assert await take_place(session, HASH, new_id(), NOW) is Place.OWN
            await session.rollback()


async def test_workers_that_race_for_one_address(engine: AsyncEngine, owner_url: str) -> None:
    others = iter((4, 3, 2, 1, 0))

    async def worker() -> Place | datetime:
        async with transaction(engine) as session:
            answer = await take_place(session, HASH, new_id(), NOW)
            await waiting_for_locks(owner_url, next(others))  # they look before this one commits
            return answer

    answers = await asyncio.gather(*(worker() for _ in range(5)))
    assert Counter(answers) == {Place.OWN: 2, Place.ALL: 1, NOW + WINDOW: 2}


async def test_five_links_a_day_that_the_owner_asks_for(engine: AsyncEngine) -> None:
    async def link(now: datetime) -> bool:
        async with transaction(engine) as session:
            await lock_address(session, HASH)
            return await take_link(session, HASH, new_id(), now)

    answers = await asyncio.gather(*(link(NOW) for _ in range(8)))
    assert answers.count(True) == 5
    assert not await link(NOW + WINDOW - MINUTE), "over midnight as well"
    assert await link(NOW + WINDOW)
    assert await take(engine, NOW) is Place.OWN, "they are outside the strangers' cap"


async def test_fifty_victims_with_ten_aliases_each(engine: AsyncEngine, ring: KeyRing) -> None:
    hashes = [
        budget_hash(ring, canonical_address(f"V.ictim{victim}+{alias}@gmail.com"))
        for alias in range(10)
        for victim in range(50)
    ]
    assert len(set(hashes)) == 50
    gate = asyncio.Semaphore(10)  # as many as the engine has connections for

    async def one(address_hash: bytes) -> Place | datetime:
        async with gate:
            return await take(engine, NOW, address_hash)

    answers = await asyncio.gather(*(one(each) for each in hashes))
    taken = [each for each, answer in zip(hashes, answers, strict=True) if answer in SENT]
    assert {taken.count(each) for each in set(hashes)} == {MAILS_PER_ADDRESS}
    async with transaction(engine) as session:
        query = text("SELECT count(*) FROM mail_budget WHERE place IN ('own', 'all')")
        assert await session.scalar(query) == 150
