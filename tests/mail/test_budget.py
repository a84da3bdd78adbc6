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
    SOON,
    WINDOW,
    Place,
    budget_hash,
    came_back,
    free_place,
    free_places,
    list_mail,
    lock_address,
    places_taken,
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
OTHER = b"\x90" + bytes(31)
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


async def mail(
    engine: AsyncEngine, status: str, attempts: int = 1, reason: str | None = None
) -> UUID:
    """A mail of a form of its own, which has the same id."""
    made = new_id()
    async with transaction(engine) as session:
        query = text("""
            WITH form AS (
                INSERT INTO supporters (id, campaign, hash_key_id, canonical_version, country,
                    language, consents, consents_version, hour, status)
                VALUES (:id, 'a-campaign', '0', 1, 'US', 'en', '{}', 1, now(), 'unconfirmed')
            )
            INSERT INTO mails (id, supporter_id, kind, status, due_at, epoch, attempts, reason)
            VALUES (:id, :id, 'confirmation', :status, now() + interval '1 day', 0, :attempts,
                :reason)
        """)
        values = {"id": made, "status": status, "attempts": attempts, "reason": reason}
        await session.execute(query, values)
    return made


async def statuses(engine: AsyncEngine) -> dict[UUID, tuple[str, str | None, bool]]:
    async with transaction(engine) as session:
        query = text("SELECT id, status, reason, due_at <= now() AS due FROM mails")
        found = (await session.execute(query)).all()
    return {row.id: (row.status, row.reason, row.due) for row in found}


async def taken(engine: AsyncEngine, now: datetime, address_hash: bytes = HASH) -> int:
    async with transaction(engine) as session:
        return await places_taken(session, address_hash, now)


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
    places: list[tuple[datetime, Place]] = []
    for step in range(0, 72 * 60, 47):
        moment = NOW + step * MINUTE
        place = await take(engine, moment)
        if isinstance(place, Place):
            places.append((moment, place))
    assert len(places) >= 9
    for first, _ in places:
        within = [place for at, place in places if first <= at < first + WINDOW]
        assert len(within) <= MAILS_PER_ADDRESS
        assert len(within) < MAILS_PER_ADDRESS or within[-1] is Place.ALL


async def test_an_attempt_again_needs_no_second_place(engine: AsyncEngine) -> None:
    mails = [new_id() for _ in range(3)]
    first = [await take(engine, NOW, mail_id=mail_id) for mail_id in mails]
    for _ in range(3):
        assert [await take(engine, NOW, mail_id=mail_id) for mail_id in mails] == first
    assert await take(engine, NOW) == NOW + WINDOW


async def test_an_attempt_again_a_day_later_needs_a_place_anew(engine: AsyncEngine) -> None:
    slow, *others = [new_id() for _ in range(3)]
    assert await take(engine, NOW, mail_id=slow) is Place.OWN
    for other in others:
        await take(engine, NOW + MINUTE, mail_id=other)
    assert await take(engine, NOW + WINDOW - MINUTE, mail_id=slow) is Place.OWN, "it kept its own"
    assert await take(engine, NOW + 2 * WINDOW - MINUTE, mail_id=slow) is Place.OWN
    for other in others:
        await take(engine, NOW + 2 * WINDOW, mail_id=other)
    assert await take(engine, NOW + 3 * WINDOW - MINUTE, mail_id=slow) is Place.ALL, "the third"


async def test_what_was_given_up_untried_left_its_place_free(engine: AsyncEngine) -> None:
    untried = await mail(engine, "suppressed", attempts=0)
    tried = await mail(engine, "suppressed", attempts=1)
    for one in (untried, tried):
        assert await take(engine, NOW, mail_id=one) is Place.OWN
    assert [await take(engine, NOW) for _ in range(2)] == [Place.OWN, Place.ALL]
    assert await take(engine, NOW) == NOW + WINDOW


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("sent", Place.LISTED),
        ("queued", NOW + SOON),
        ("sending", NOW + SOON),
        ("failed", NOW + WINDOW - MINUTE),
    ],
)
async def test_what_comes_too_late_is_listed_once_the_mail_for_all_went_out(
    engine: AsyncEngine, status: str, answer: Place | datetime
) -> None:
    await take(engine, NOW - MINUTE)
    await take(engine, NOW)
    assert await take(engine, NOW, mail_id=await mail(engine, status)) is Place.ALL
    assert await take(engine, NOW) == answer


async def test_places_are_counted_for_each_address_and_for_a_day(engine: AsyncEngine) -> None:
    await take(engine, NOW)
    await take(engine, NOW + MINUTE)
    await take(engine, NOW, OTHER)
    async with transaction(engine) as session:
        await list_mail(session, HASH, new_id(), NOW)
        await list_mail(session, HASH, new_id(), NOW)
    assert await taken(engine, NOW + MINUTE) == 2, "a listed one takes none"
    assert await taken(engine, NOW + WINDOW) == 1
    assert await taken(engine, NOW + WINDOW + MINUTE) == 0
    assert await taken(engine, NOW, OTHER) == 1


async def test_whoever_confirms_gets_all_their_places_back_and_nobody_elses(
    engine: AsyncEngine,
) -> None:
    confirmed, waits = await mail(engine, "sent"), await mail(engine, "sent")
    for one in (confirmed, waits):
        await take(engine, NOW, mail_id=one)
    async with transaction(engine) as session:
        await list_mail(session, HASH, await mail(engine, "suppressed"), NOW)
        await free_places(session, confirmed)
        query = text("SELECT mail_id, place FROM mail_budget WHERE place <> 'listed'")
        places = {row.mail_id: row.place for row in (await session.execute(query)).all()}
    assert places == {confirmed: "freed", waits: "own"}
    assert await taken(engine, NOW) == 1


async def test_what_was_listed_behind_a_mail_that_came_back_is_mailed_after_all(
    engine: AsyncEngine,
) -> None:
    listed, since, before = ("suppressed", 0, "listed"), NOW + MINUTE, NOW - MINUTE
    behind, repeated, earlier, elsewhere = [await mail(engine, *listed) for _ in range(4)]
    refused = await mail(engine, "suppressed", 0, "unsubscribed")
    sent = await mail(engine, "sent", 1, "listed before")
    own, stands = await mail(engine, "sent"), await mail(engine, "sent")
    async with transaction(engine) as session:
        for one, at in ((behind, since), (repeated, NOW), (earlier, before), (refused, since)):
            await list_mail(session, HASH, one, at)
        await list_mail(session, HASH, sent, since)
        await list_mail(session, OTHER, elsewhere, since)
    await take(engine, NOW, mail_id=own)
    assert await take(engine, NOW, mail_id=stands, for_all=True) is Place.ALL
    unchanged = await statuses(engine)
    async with transaction(engine) as session:
        await came_back(session, own)
    assert await statuses(engine) == unchanged, "this one stood for itself alone"
    assert await taken(engine, NOW) == 1
    async with transaction(engine) as session:
        await came_back(session, stands)
    mailed = dict.fromkeys((behind, repeated), ("queued", None, True))
    assert await statuses(engine) == {**unchanged, **mailed}
    assert await taken(engine, NOW) == 0


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

    async with transaction(engine) as session:
        await list_mail(session, HASH, new_id(), NOW)
        for _ in range(5):
            await take_link(session, OTHER, new_id(), NOW)
    answers = await asyncio.gather(*(link(NOW) for _ in range(8)))
    assert answers.count(True) == 5
    assert not await link(NOW + WINDOW - MINUTE), "over midnight as well"
    assert await link(NOW + WINDOW)
    assert await take(engine, NOW) is Place.OWN, "they are outside the strangers' cap"


async def test_a_link_that_is_tried_again_stays_one(engine: AsyncEngine) -> None:
    linked = new_id()
    async with transaction(engine) as session:
        await take_link(session, HASH, linked, NOW)
    for later in (MINUTE, WINDOW, 2 * WINDOW):
        assert await take(engine, NOW + later, mail_id=linked) is Place.LINKED


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
    sent = [each for each, answer in zip(hashes, answers, strict=True) if answer in SENT]
    assert {sent.count(each) for each in set(hashes)} == {MAILS_PER_ADDRESS}
    async with transaction(engine) as session:
        query = text("SELECT count(*) FROM mail_budget WHERE place IN ('own', 'all')")
        assert await session.scalar(query) == 150
