"""The circuit breaker of a recipient domain, on the migrated schema."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.mail.breaker import PAUSES, admit, domain_name, passed, refused, stopped
from api.security.keys import KeyRing

DOMAIN, REPLY = "gmail.com", "recipient_550_5.7.1"


async def refuse(engine: AsyncEngine, times: int, *, counts: bool = True) -> None:
    for _ in range(times):
        async with engine.begin() as connection:
            await refused(connection, DOMAIN, REPLY, counts=counts)


async def ask(engine: AsyncEngine, *, refused_before: bool = False) -> datetime | None:
    async with engine.begin() as connection:
        return await admit(connection, DOMAIN, refused_before=refused_before)


async def later(engine: AsyncEngine, pause: timedelta) -> None:
    async with engine.begin() as connection:
        move = text("UPDATE mail_breakers SET probe_at = probe_at - :pause")
        await connection.execute(move, {"pause": pause})


async def test_three_in_a_row_stop_a_domain_and_a_probe_lets_it_go_on(engine: AsyncEngine) -> None:
    await refuse(engine, 2)
    assert await ask(engine) is None
    await refuse(engine, 1)
    assert await ask(engine) is not None
    async with engine.connect() as connection:
        (found,) = await stopped(connection)
        assert (found.domain, found.reply) == (DOMAIN, REPLY)
    await later(engine, PAUSES[0])
    assert await ask(engine) is None, "one is the probe"
    assert await ask(engine) is not None, "and no other until it is answered"
    async with engine.begin() as connection:
        await passed(connection, DOMAIN)
    assert await ask(engine) is None


async def test_the_pauses_grow(engine: AsyncEngine) -> None:
    await refuse(engine, 3)
    for pause in (*PAUSES, PAUSES[-1]):
        async with engine.connect() as connection:
            (found,) = await stopped(connection)
        left = found.probe_at - datetime.now(UTC)
        assert pause - timedelta(minutes=1) < left <= pause
        await later(engine, pause)
        assert await ask(engine) is None
        await refuse(engine, 1, counts=False)


async def test_one_that_gets_through_in_between_begins_the_count_anew(engine: AsyncEngine) -> None:
    await refuse(engine, 2)
    async with engine.begin() as connection:
        await passed(connection, DOMAIN)
    await refuse(engine, 2)
    assert await ask(engine) is None


async def test_one_mailbox_that_wants_no_mail_of_ours_stops_no_domain(engine: AsyncEngine) -> None:
    await refuse(engine, 1)
    await refuse(engine, 9, counts=False)
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
