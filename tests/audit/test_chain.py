"""The audit's chain: in order, without gaps that could still be filled, and tamper-evident."""

import asyncio
import hashlib
import json
from datetime import UTC

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit import chain
from api.audit.log import record
from api.database.connection import connect_kwargs
from api.database.session import transaction
from tests.waiting import until


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "PATIENCE_SECONDS", 0.1)


async def write(engine: AsyncEngine, *actions: str) -> None:
    async with transaction(engine) as session:
        for action in actions:
            await record(session, "system", action, "reverse-907-waiver")


async def extend(engine: AsyncEngine, limit: int = 500) -> int:
    async with transaction(engine) as session:
        return await chain.extend(session, limit)


async def verdict(engine: AsyncEngine) -> chain.Verdict:
    async with transaction(engine) as session:
        return await chain.verify(session)


async def linked(engine: AsyncEngine) -> list[str]:
    query = text("SELECT action FROM audit_chain JOIN audit ON seq = audit_seq ORDER BY position")
    async with transaction(engine) as session:
        return list((await session.execute(query)).scalars())


async def test_entries_are_linked_in_order_and_the_chain_holds(engine: AsyncEngine) -> None:
    assert await extend(engine) == 0
    assert await verdict(engine) == chain.Verdict(0, chain.GENESIS)
    await write(engine, "a", "b", "c")
    assert [await extend(engine, limit=2), await extend(engine), await extend(engine)] == [2, 1, 0]
    assert await linked(engine) == ["a", "b", "c"]
    found = await verdict(engine)
    assert (found.links, found.broken_at) == (3, None)
    assert found.head != chain.GENESIS


async def test_the_hash_is_that_of_the_document(engine: AsyncEngine) -> None:
    """SHA-256(32 zero bytes | canonical JSON), computed here without the product's code."""
    await write(engine, "a")
    await extend(engine)
    query = text("SELECT seq, at, actor, action, object, hash FROM audit JOIN audit_chain ON true")
    async with transaction(engine) as session:
        row = (await session.execute(query)).one()
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    entry = {"seq": 1, "at": at, "actor": "system", "action": "a", "object": row.object}
    plain = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert bytes(row.hash) == hashlib.sha256(bytes(32) + plain.encode()).digest()


async def test_a_number_that_was_rolled_back_is_passed_over(engine: AsyncEngine) -> None:
    await write(engine, "before")
    async with transaction(engine) as session:
        await record(session, "system", "rolled back", "x")
        await session.rollback()
    await write(engine, "after")
    assert await extend(engine) == 2
    assert await linked(engine) == ["before", "after"]
    assert (await verdict(engine)).broken_at is None


@pytest.mark.parametrize("ending", ["commit", "rollback"])
async def test_a_number_that_may_still_be_filled_is_not_passed(
    engine: AsyncEngine, ending: str
) -> None:
    async with transaction(engine) as slow:
        await record(slow, "system", "slow", "x")
        await write(engine, "quick")
        assert await extend(engine) == 0
        await getattr(slow, ending)()
    await extend(engine)
    assert await linked(engine) == (["slow", "quick"] if ending == "commit" else ["quick"])
    assert (await verdict(engine)).broken_at is None


async def test_a_writer_that_ends_meanwhile_is_waited_for(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "PATIENCE_SECONDS", 60.0)
    looks, look = 0, chain._writers

    async def counted(session: AsyncSession) -> set[str]:
        nonlocal looks
        looks += 1
        return await look(session)

    monkeypatch.setattr(chain, "_writers", counted)
    async with transaction(engine) as slow:
        await record(slow, "system", "slow", "x")
        await write(engine, "quick")
        extending = asyncio.create_task(extend(engine))
        await until(lambda: looks >= 3)
        assert not extending.done()
        await slow.commit()
        assert await extending == 2
    assert await linked(engine) == ["slow", "quick"]


async def test_under_racing_writers_and_workers_nothing_is_left_out(engine: AsyncEngine) -> None:
    async def writer(name: int) -> None:
        for number in range(10):
            async with transaction(engine) as session:
                await record(session, "system", f"{name}.{number}", "x")
                await asyncio.sleep(0)
                await (session.rollback() if number % 3 == 0 else session.commit())

    writers = asyncio.gather(*(writer(name) for name in range(4)))
    while not writers.done():
        await asyncio.gather(extend(engine, 7), extend(engine, 7))
    await writers
    while await extend(engine, 7):
        pass
    found = await verdict(engine)
    assert (found.links, found.broken_at) == (4 * 6, None)


async def test_only_one_worker_links(engine: AsyncEngine) -> None:
    await write(engine, "a")
    async with transaction(engine) as first:
        assert await chain.extend(first) == 1
        assert await extend(engine) == 0
    assert await linked(engine) == ["a"]


TAMPERING = {
    "rewritten": ("UPDATE audit SET actor = 'nobody' WHERE seq = 2", 2),
    "redated": ("UPDATE audit SET at = at + interval '1 microsecond' WHERE seq = 3", 3),
    "removed": (
        "DELETE FROM audit_chain WHERE audit_seq = 2; DELETE FROM audit WHERE seq = 2",
        3,
    ),
    "slipped in": (
        "INSERT INTO audit OVERRIDING SYSTEM VALUE VALUES (1, now(), 'x', 'x', 'x')",
        1,
    ),
    "unlinked": ("DELETE FROM audit_chain WHERE audit_seq = 3", 3),
    "rehashed": ("UPDATE audit_chain SET hash = decode('00', 'hex') WHERE position = 4", 5),
}


@pytest.mark.parametrize("name", TAMPERING)
async def test_tampering_shows(engine: AsyncEngine, owner_url: str, name: str) -> None:
    async with transaction(engine) as session:  # uses up number 1, and never arrives
        await record(session, "system", "rolled back", "x")
        await session.rollback()
    await write(engine, "b", "c", "d", "e")
    await extend(engine)
    statements, at = TAMPERING[name]
    with psycopg.connect(**connect_kwargs(owner_url)) as owner:
        owner.execute(statements)
    assert (await verdict(engine)).broken_at == at


async def test_the_app_cannot_rewrite_it(engine: AsyncEngine) -> None:
    await write(engine, "a")
    await extend(engine)
    for table in ("audit", "audit_chain"):
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            async with transaction(engine) as session:
                with pytest.raises(ProgrammingError, match="permission denied"):
                    await session.execute(text(statement))
