"""The circuit breaker of a recipient domain, on the migrated schema."""

from datetime import UTC, datetime, timedelta
from os import urandom
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.session import transaction
from api.mail.breaker import (
    PAUSES,
    PROBES_AFTER,
    RETURNED_WITHIN,
    RETURNS,
    admit,
    domain_name,
    passed,
    refused,
    returned,
    stopped,
)
from api.security.keys import KeyRing

DOMAIN, REPLY = "gmail.com", "recipient_550_5.7.1"


async def refuse(
    engine: AsyncEngine, times: int, *, counts: bool = True, address: bytes | None = None
) -> None:
    for _ in range(times):
        async with transaction(engine) as session:
            await refused(session, DOMAIN, REPLY, address or urandom(32), counts=counts)


async def ask(
    engine: AsyncEngine, mail_id: UUID | None = None, *, refused_before: bool = False
) -> datetime | None:
    async with transaction(engine) as session:
        return await admit(session, DOMAIN, mail_id or uuid4(), refused_before=refused_before)


async def come_back(
    engine: AsyncEngine, addresses: int, mail_id: UUID | None = None, *, times: int = 1
) -> None:
    for number in range(addresses * times):
        mark = bytes([number % addresses]) * 32
        async with transaction(engine) as session:
            await returned(session, DOMAIN, "returned_5.7.1", mark, mail_id or uuid4())


async def later(engine: AsyncEngine, pause: timedelta) -> None:
    async with transaction(engine) as session:
        move = text("UPDATE mail_breakers SET probe_at = probe_at - :pause")
        await session.execute(move, {"pause": pause})


async def test_three_refusals_in_a_row_open_the_circuit_and_a_probe_closes_it(
    engine: AsyncEngine,
) -> None:
    await refuse(engine, 2)
    assert await ask(engine) is None
    await refuse(engine, 1)
    assert await ask(engine) is not None
    async with transaction(engine) as session:
        (found,) = await stopped(session)
        assert (found.domain, found.reply) == (DOMAIN, REPLY)
    await later(engine, PAUSES[0])
    assert await ask(engine) is None, "one is the probe"
    assert await ask(engine) is not None, "and no other until it is answered"
    async with transaction(engine) as session:
        await passed(session, DOMAIN)
    assert await ask(engine) is None


async def test_the_pauses_grow(engine: AsyncEngine) -> None:
    await refuse(engine, 3)
    for pause in (*PAUSES, PAUSES[-1]):
        async with transaction(engine) as session:
            (found,) = await stopped(session)
        left = found.probe_at - datetime.now(UTC)
        assert pause - timedelta(minutes=1) < left <= pause
        await later(engine, pause)
        assert await ask(engine) is None
        await refuse(engine, 1, counts=False)


async def test_mails_that_were_on_their_way_together_lengthen_no_pause(engine: AsyncEngine) -> None:
    await refuse(engine, 16)
    async with transaction(engine) as session:
        (found,) = await stopped(session)
    assert found.probe_at - datetime.now(UTC) <= PAUSES[0]
    await later(engine, PAUSES[0])
    assert await ask(engine) is None
    await refuse(engine, 1)
    async with transaction(engine) as session:
        (found,) = await stopped(session)
    assert PAUSES[0] < found.probe_at - datetime.now(UTC) <= PAUSES[1]


async def test_one_that_gets_through_in_between_resets_the_count(engine: AsyncEngine) -> None:
    await refuse(engine, 2)
    async with transaction(engine) as session:
        await passed(session, DOMAIN)
    await refuse(engine, 2)
    assert await ask(engine) is None


async def test_one_mailbox_that_wants_no_mail_of_ours_stops_no_domain(engine: AsyncEngine) -> None:
    await refuse(engine, 1)
    await refuse(engine, 9, counts=False)
    assert await ask(engine) is None


async def test_three_mails_to_one_mailbox_stop_no_domain(engine: AsyncEngine) -> None:
    """A private mailbox may refuse strangers with the reply code of a block list."""
    await refuse(engine, 9, address=b"a" * 32)
    assert await ask(engine) is None


async def test_returned_mail_stops_a_domain_until_a_probe_does_not_come_back(
    engine: AsyncEngine,
) -> None:
    await come_back(engine, RETURNS - 1)
    assert await ask(engine) is None
    await come_back(engine, RETURNS)
    async with transaction(engine) as session:
        await passed(session, DOMAIN)
    assert await ask(engine) is not None, "a relay takes everything, which says nothing"
    probe = uuid4()
    for pause in (*PROBES_AFTER, PROBES_AFTER[-1]):
        await later(engine, pause)
        assert await ask(engine, probe) is None
        assert await ask(engine) is not None, "all others wait for what becomes of it"
        await come_back(engine, 1, probe)
    await later(engine, PROBES_AFTER[-1])
    assert await ask(engine, probe) is None
    await later(engine, RETURNED_WITHIN)
    assert await ask(engine) is None
    assert await ask(engine) is None


async def test_forged_returns_stop_a_domain_neither_alone_nor_for_long(engine: AsyncEngine) -> None:
    await come_back(engine, RETURNS - 1, times=9)
    assert await ask(engine) is None, "of too few addresses"
    await come_back(engine, RETURNS)
    await come_back(engine, 200)
    await later(engine, PROBES_AFTER[0])
    assert await ask(engine) is None, "the probe is somebody's mail, who forges nothing"
    await come_back(engine, 200)
    await later(engine, RETURNED_WITHIN)
    assert await ask(engine) is None


async def test_others_are_the_probe_before_one_that_was_refused(engine: AsyncEngine) -> None:
    await refuse(engine, 3)
    await later(engine, PAUSES[0])
    assert await ask(engine, refused_before=True) is not None
    assert await ask(engine) is None


@pytest.mark.parametrize(
    ("address", "plain"),
    [("a@gmail.com", True), ("a@GMAIL.com", True), ("a@olive.com", False), ("a@ani.name", False)],
)
def test_only_large_providers_are_named(tmp_path: Path, address: str, plain: bool) -> None:
    name = domain_name(KeyRing.create(tmp_path / "keys.json"), address)
    assert name == address.partition("@")[2].lower() if plain else name.startswith("#")
