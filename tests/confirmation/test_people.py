"""Who confirms at an address: found, chosen, locked, and known by all forms of the address."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.confirmation.people import (
    ANOTHER,
    SAME,
    Confirmer,
    MailboxFull,
    PersonNeeded,
    all_hashes_of,
    bring_forward,
    confirmer,
    hashes_of,
    people_at,
)
from api.database.session import transaction
from api.security.hashing import keyed_hash
from api.security.identifiers import new_id
from api.security.keys import KeyRing

HERE, ELSEWHERE = "reverse-907-waiver", "real-peace"
TWO_HOURS = 2 * 3_600_000 << 80  # of an id, which begins with milliseconds
HASH, EARLIER = bytes(32), b"\x01" * 32


async def enter(
    engine: AsyncEngine, email_hash: bytes = HASH, campaign: str = HERE, **fields: Any
) -> UUID:
    """A person who confirmed, and a form of theirs with the same id."""
    made = {"id": new_id(), "place": 1, "standing": "counted", **fields}
    values = {**made, "hash": email_hash, "campaign": campaign}
    async with transaction(engine) as session:
        await session.execute(
            text("""
                WITH person AS (
                    INSERT INTO persons (id, campaign, email_hash, standing, place)
                    VALUES (:id, :campaign, :hash, :standing, :place)
                )
                INSERT INTO supporters (id, campaign, email_hash, hash_key_id, canonical_version,
                    country, language, consents, consents_version, hour, status)
                VALUES (:id, :campaign, :hash, '0', 1, 'US', 'en', '{}', 1, now(), 'confirmed')
            """),
            values,
        )
    return UUID(str(made["id"]))


async def who(engine: AsyncEngine, choice: str | None = None) -> Confirmer:
    async with transaction(engine) as session:
        return await confirmer(session, HERE, HASH, choice)


@pytest.mark.parametrize("choice", [None, SAME, ANOTHER])
async def test_the_first_at_an_address_is_somebody_new(
    engine: AsyncEngine, choice: str | None
) -> None:
    await enter(engine, EARLIER)
    await enter(engine, campaign=ELSEWHERE)
    made = await who(engine, choice)
    assert (made.is_new, made.counted) == (True, True)
    async with transaction(engine) as session:
        (person,) = await people_at(session, HERE, HASH)
    assert (person.id, person.place, person.campaign) == (made.id, 1, HERE)


@pytest.mark.parametrize(("standing", "counted"), [("counted", True), ("suspect", False)])
async def test_who_confirmed_before_is_named_as_the_same_or_by_id(
    engine: AsyncEngine, standing: str, counted: bool
) -> None:
    known = await enter(engine, standing=standing)
    for choice in (SAME, str(known)):
        assert await who(engine, choice) == Confirmer(known, is_new=False, counted=counted)
    for unclear in (None, str(new_id()), "somebody"):
        with pytest.raises(PersonNeeded) as asked:
            await who(engine, unclear)
        assert asked.value.status == 409
        assert [one["person"] for one in asked.value.extra["people"]] == [str(known)]
        assert asked.value.extra["another"] is True


async def test_a_second_gets_the_free_place_and_a_third_gets_none(engine: AsyncEngine) -> None:
    second = await enter(engine, place=2)
    assert (await who(engine, ANOTHER)).is_new
    async with transaction(engine) as session:
        people = await people_at(session, HERE, HASH)
    assert sorted(person.place for person in people) == [1, 2]
    with pytest.raises(MailboxFull) as refused:
        await who(engine, ANOTHER)
    assert refused.value.status == 409
    with pytest.raises(PersonNeeded) as asked:
        await who(engine, SAME)
    assert asked.value.extra["another"] is False
    assert (await who(engine, str(second))).id == second


async def test_people_are_in_the_order_of_their_hours_and_then_of_their_places(
    engine: AsyncEngine,
) -> None:
    earlier = await enter(engine, place=2, id=UUID(int=new_id().int - TWO_HOURS))
    later = await enter(engine, place=1)
    async with transaction(engine) as session:
        assert [one.id for one in await people_at(session, HERE, HASH)] == [earlier, later]


async def test_somebody_who_was_named_and_has_gone_since(engine: AsyncEngine) -> None:
    with pytest.raises(PersonNeeded) as asked:
        await who(engine, str(new_id()))
    assert asked.value.extra["people"] == []


async def test_who_confirms_is_locked_and_can_still_be_referred_to(engine: AsyncEngine) -> None:
    known = await enter(engine)
    async with transaction(engine) as session, transaction(engine) as other:
        await confirmer(session, HERE, HASH, SAME)
        of = {"id": known}
        row = "SELECT FROM persons WHERE id = :id FOR"
        await other.execute(text(f"{row} KEY SHARE NOWAIT"), of)
        with pytest.raises(DBAPIError, match="could not obtain lock"):
            await other.execute(text(f"{row} SHARE NOWAIT"), of)
        await other.rollback()


def test_an_address_has_a_hash_for_each_role_and_version(tmp_path: Path) -> None:
    keys = KeyRing.create(tmp_path / "keys.json")

    def hashed(role: str, form: str) -> bytes:
        return keyed_hash(keys.purpose("addresses"), f"{role}:{HERE}", form)

    persons, representatives = (
        [hashed(role, form) for form in ("ani@icloud.com", "ani@me.com")]
        for role in ("person", "representative")
    )
    for found in (persons, representatives):
        for one in found:
            assert hashes_of(keys, HERE, "ani@me.com", one) == found
    assert hashes_of(keys, HERE, "ani@me.com", HASH) == [HASH]
    assert all_hashes_of(keys, HERE, "ani@me.com") == persons + representatives


async def test_earlier_hashes_become_todays_of_this_form_and_campaign_only(
    engine: AsyncEngine,
) -> None:
    mine = await enter(engine, EARLIER)
    other = await enter(engine, EARLIER, place=2)
    elsewhere = await enter(engine, EARLIER, ELSEWHERE)
    async with transaction(engine) as session:
        await bring_forward(session, mine, HERE, [HASH, EARLIER])
    found = await hashes(engine)
    assert found["persons"] == {mine: HASH, other: HASH, elsewhere: EARLIER}
    assert found["supporters"] == {mine: HASH, other: EARLIER, elsewhere: EARLIER}


async def test_nobody_is_brought_to_an_address_where_somebody_is_known_already(
    engine: AsyncEngine,
) -> None:
    """Their places could clash."""
    known, mine = await enter(engine), await enter(engine, EARLIER)
    async with transaction(engine) as session:
        await bring_forward(session, mine, HERE, [HASH, EARLIER])
    found = await hashes(engine)
    assert found["persons"] == {known: HASH, mine: EARLIER}
    assert found["supporters"] == {known: HASH, mine: HASH}


async def hashes(engine: AsyncEngine) -> dict[str, dict[UUID, bytes]]:
    found = {}
    async with transaction(engine) as session:
        for table in ("persons", "supporters"):
            rows = await session.execute(text(f"SELECT id, email_hash FROM {table}"))
            found[table] = {row.id: bytes(row.email_hash) for row in rows}
    return found
