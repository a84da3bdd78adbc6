"""The lease and its epoch: a worker paused past its lease cannot write, since the epoch changed."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.confirmation.mails import MAILS
from api.database.session import transaction
from api.outbox.lease import Claim, Result, claim_due, record
from api.settings import ROOT
from tests.app_fixtures import CAMPAIGN, Body

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
