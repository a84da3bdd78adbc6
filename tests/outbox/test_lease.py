"""The lease and its epoch: a worker paused past its lease cannot write, since the epoch changed."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.confirmation.mails import MAILS
from api.database.session import transaction
from api.outbox import lease
from api.outbox.lease import Claim, Result, claim_due, record, renew, renewing
from api.settings import ROOT
from tests.app_fixtures import CAMPAIGN, Body
from tests.clocks import LoopClock
from tests.waiting import until

PAUSED = Path(__file__).parent / "paused_worker.py"
URL = f"/api/v1/campaigns/{CAMPAIGN}/submissions"

Make = Callable[..., Body]


async def queue(client: httpx.AsyncClient, form: Make, number: int) -> None:
    """Queue a number of mails."""
    bodies = (form(email=f"person{i}@example.org") for i in range(number))
    answers = await asyncio.gather(*(client.post(URL, json=body) for body in bodies))
    assert {answer.status_code for answer in answers} == {202}


async def claim(engine: AsyncEngine, limit: int) -> list[Claim]:
    async with transaction(engine) as session:
        return await claim_due(session, MAILS, limit)


async def write(engine: AsyncEngine, *results: Result) -> set[UUID]:
    async with transaction(engine) as session:
        return await record(session, MAILS, results)


async def rows(engine: AsyncEngine) -> list[Any]:
    async with transaction(engine) as session:
        return list((await session.execute(text("SELECT * FROM mails ORDER BY id"))).all())


async def leases_run_out(engine: AsyncEngine) -> None:
    """Let all leases expire."""
    over = text("UPDATE mails SET lease_until = now() - interval '1 s' WHERE status = 'sending'")
    async with transaction(engine) as session:
        await session.execute(over)


async def change(engine: AsyncEngine, sql: str, **values: object) -> None:
    async with transaction(engine) as session:
        await session.execute(text(sql), values)


async def test_a_worker_claims_what_is_due_for_the_length_of_a_lease(
    client: httpx.AsyncClient, engine: AsyncEngine, form: Make
) -> None:
    await queue(client, form, 3)
    later, ended, due = (row.id for row in await rows(engine))
    await change(
        engine, "UPDATE mails SET due_at = now() + interval '1 s' WHERE id = :id", id=later
    )
    await change(engine, "UPDATE mails SET status = 'sent' WHERE id = :id", id=ended)
    async with transaction(engine) as session:  # in which no time passes
        await session.execute(text("UPDATE mails SET due_at = now() WHERE id = :id"), {"id": due})
        (claimed,) = await claim_due(session, MAILS, 9)
        assert await claim_due(session, MAILS, 9) == [], "it is ours"
    assert (claimed.id, claimed.epoch, claimed.attempts) == (due, 1, 1)
    assert not claimed.resumed
    (row,) = [one for one in await rows(engine) if one.status == "sending"]
    assert (row.id, row.lease_until) == (due, claimed.at + MAILS.lease)


async def test_an_outbox_takes_only_its_part_of_the_table(
    client: httpx.AsyncClient, engine: AsyncEngine, form: Make
) -> None:
    await queue(client, form, 2)
    wanted, _ = await claim(engine, 2)
    await leases_run_out(engine)
    part = replace(MAILS, only="id = :wanted")
    async with transaction(engine) as session:
        assert [one.id for one in await claim_due(session, part, 9, wanted=wanted.id)] == [
            wanted.id
        ]


async def test_a_result_says_when_the_next_attempt_is(
    client: httpx.AsyncClient, engine: AsyncEngine, form: Make
) -> None:
    """Waiting without an attempt uses none up; nothing is due before its time."""
    await queue(client, form, 2)
    tried, waited = await claim(engine, 2)
    pause = timedelta(hours=1)
    await write(
        engine,
        Result(tried, "queued", "busy", pause),
        Result(waited, "queued", delay=pause, attempted=False),
    )
    found = {row.id: row for row in await rows(engine)}
    assert (found[tried.id].reason, found[tried.id].attempts) == ("busy", 1)
    assert (found[waited.id].reason, found[waited.id].attempts) == (None, 0)
    assert {row.lease_until for row in found.values()} == {None}
    assert {row.due_at - tried.at > pause for row in found.values()} == {True}
    assert await claim(engine, 2) == []
    await change(engine, "UPDATE mails SET due_at = due_at - interval '1 hour'")
    assert {(one.id, one.attempts) for one in await claim(engine, 2)} == {
        (tried.id, 2),
        (waited.id, 1),
    }


async def test_an_ended_row_is_due_when_it_ended(
    client: httpx.AsyncClient, engine: AsyncEngine, form: Make
) -> None:
    await queue(client, form, 1)
    (claimed,) = await claim(engine, 1)
    async with transaction(engine) as session:
        await record(session, MAILS, [Result(claimed, "sent")])
        now = await session.scalar(text("SELECT now()"))
    assert [row.due_at for row in await rows(engine)] == [now]
    assert await write(engine) == set(), "nothing to write"


async def test_only_what_is_still_ours_is_renewed(
    client: httpx.AsyncClient, engine: AsyncEngine, form: Make
) -> None:
    """Not what another worker claimed since, what has ended, or whatever is being written."""
    await queue(client, form, 5)
    *claims, other = await claim(engine, 5)
    ours, stale, ended, locked = claims
    await change(engine, "UPDATE mails SET lease_until = now() + interval '1 s'")
    await change(engine, "UPDATE mails SET epoch = epoch + 1 WHERE id = :id", id=stale.id)
    await change(engine, "UPDATE mails SET status = 'sent' WHERE id = :id", id=ended.id)
    before = {row.id: row.lease_until for row in await rows(engine)}
    async with transaction(engine) as writer:
        lock = text("SELECT FROM mails WHERE id = :id FOR UPDATE")
        await writer.execute(lock, {"id": locked.id})
        async with transaction(engine) as session:
            await renew(session, MAILS, claims)
            now = await session.scalar(text("SELECT now()"))
    after = {row.id: row.lease_until for row in await rows(engine)}
    assert after.pop(ours.id) == now + MAILS.lease
    assert other.id in after
    assert after == {one: until for one, until in before.items() if one != ours.id}


async def test_a_worker_keeps_its_rows_while_it_works_and_through_an_outage(
    client: httpx.AsyncClient,
    engine: AsyncEngine,
    form: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await queue(client, form, 1)
    claims, clock, asked = await claim(engine, 1), LoopClock(), 0

    async def first_time_broken(*arguments: Any) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise OSError("the connection is lost")
        await renew(*arguments)

    async def is_renewed() -> bool:
        return bool((await rows(engine))[0].lease_until > first)

    monkeypatch.setattr(lease, "renew", first_time_broken)
    first = (await rows(engine))[0].lease_until
    third = MAILS.lease.total_seconds() / 3
    async with renewing(engine, MAILS, claims):
        await clock.go_on(0)  # it has begun to wait
        await clock.go_on(third)
        await until(lambda: asked == 1)
        await clock.go_on(third)
        await until(is_renewed)


@pytest.mark.parametrize(("thirds", "renewals"), [(2, 2), (100, 45)])
async def test_a_lease_is_renewed_three_times_in_its_length_and_for_five_minutes_at_most(
    monkeypatch: pytest.MonkeyPatch, thirds: int, renewals: int
) -> None:
    """A worker that hangs must lose its rows."""
    clock, third, ended = LoopClock(), MAILS.lease.total_seconds() / 3, asyncio.Event()
    renewed: list[object] = []

    @asynccontextmanager
    async def transaction(_: object) -> AsyncIterator[None]:
        yield None

    async def renew(_: object, outbox: object, claims: object) -> None:
        renewed.append(claims)

    async def work() -> None:
        tasks = asyncio.all_tasks()
        async with renewing(None, MAILS, []):  # type: ignore[arg-type]
            await ended.wait()
        assert asyncio.all_tasks() == tasks, "nothing renews any more"

    monkeypatch.setattr(lease, "transaction", transaction)
    monkeypatch.setattr(lease, "renew", renew)
    working = asyncio.create_task(work())
    await clock.go_on(0)
    await clock.go_on(0.9 * third)
    assert renewed == []
    for _ in range(thirds):
        await clock.go_on(third)
    assert len(renewed) == renewals
    ended.set()
    await clock.go_on(0)
    assert working.done(), "without waiting for the next renewal"
    await working


async def test_racing_workers_share_what_is_due(
    client: httpx.AsyncClient, engine: AsyncEngine, form: Make
) -> None:
    await queue(client, form, 60)
    taken = await asyncio.gather(*(claim(engine, 7) for _ in range(12)))
    ids = [one.id for claims in taken for one in claims]
    assert len(ids) == len(set(ids)) == 60
    assert await claim(engine, 7) == [], "nobody gets what is leased"


async def test_fifty_workers_wake_up_too_late(
    client: httpx.AsyncClient, engine: AsyncEngine, form: Make
) -> None:
    await queue(client, form, 50)
    paused = [claims[0] for claims in [await claim(engine, 1) for _ in range(50)]]
    await leases_run_out(engine)
    successors = await claim(engine, 100)
    assert {(one.id, one.epoch, one.resumed) for one in successors} == {
        (one.id, one.epoch + 1, True) for one in paused
    }
    # Too late while the successor is at work already, and after it has ended.
    for moment in ("during", "after"):
        before = await rows(engine)
        late = [write(engine, Result(one, "failed", "stale")) for one in paused]
        assert set().union(*await asyncio.gather(*late)) == set(), moment
        assert await rows(engine) == before
        if moment == "during":
            done = [Result(one, "sent") for one in successors]
            assert await write(engine, *done) == {one.id for one in paused}
    assert {row.status for row in await rows(engine)} == {"sent"}


async def test_an_expired_lease_that_nobody_took_over_still_counts(
    client: httpx.AsyncClient, engine: AsyncEngine, form: Make
) -> None:
    await queue(client, form, 1)
    (slow,) = await claim(engine, 1)
    await leases_run_out(engine)
    assert await write(engine, Result(slow, "sent")) == {slow.id}
    assert await write(engine, Result(slow, "failed")) == set(), "one result a claim"
    assert [row.status for row in await rows(engine)] == ["sent"]


async def test_processes_that_are_stopped_past_their_lease_write_nothing(
    client: httpx.AsyncClient, engine: AsyncEngine, form: Make, owner_url: str
) -> None:
    """Five real processes, each stopped and continued ten times."""
    workers = [await start(owner_url, turns=10) for _ in range(5)]
    for _ in range(10):
        await queue(client, form, 5)
        assert await said(workers) == ["claimed"] * 5
        for worker in workers:
            worker.send_signal(signal.SIGSTOP)
            assert worker.stdin is not None
            worker.stdin.write(b"go on\n")
        await leases_run_out(engine)
        successors = await claim(engine, 100)
        assert [(one.epoch, one.resumed) for one in successors] == [(2, True)] * 5
        await write(engine, *(Result(one, "sent") for one in successors))
        for worker in workers:
            worker.send_signal(signal.SIGCONT)
        assert await said(workers) == ["stale"] * 5
    assert [await worker.wait() for worker in workers] == [0] * 5
    found = await rows(engine)
    assert [(row.status, row.reason, row.epoch) for row in found] == [("sent", None, 2)] * 50


async def start(url: str, turns: int) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, PAUSED, url, str(turns)),
        stdin=PIPE,
        stdout=PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


async def said(workers: list[Process]) -> list[str]:
    """The next line of each worker."""
    lines = []
    for worker in workers:
        assert worker.stdout is not None
        lines.append((await worker.stdout.readline()).decode().strip())
    return lines
