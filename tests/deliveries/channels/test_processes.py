"""What holds over many workers, with real processes in place of tasks of one.

``make test-deliveries`` pauses fifty of them, for as long as a lease really lasts.
"""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.session import transaction
from api.deliveries import controls
from api.deliveries.controls import Kind
from api.deliveries.pace import HORIZON_SECONDS
from api.deliveries.schedule import BATCH, DELIVERIES, Deliverer
from api.services import Services
from api.settings import ROOT, Settings
from tests.app_fixtures import Outbox
from tests.deliveries.channels.sandboxed import KEY, Running
from tests.deliveries.channels.test_many import queue_like
from tests.deliveries.channels.test_whole_way import WRITER, confirmed
from tests.deliveries.queued import leases_run_out, rows
from tests.deliveries.test_schedule import Make
from tests.times import Stopwatch, quick
from tests.waiting import PATIENCE, until

MANY = "DELIVERIES_PAUSED" in os.environ
PAUSED = int(os.environ.get("DELIVERIES_PAUSED", "4"))
# Until the House answers those who are paused, or they wait for it no longer: another worker
# has delivered by then.
LATE_SECONDS = 10.0 + 1.2 * PAUSED
PACE = 20.0
LAPSED = """
    SELECT 1 FROM deliveries HAVING bool_and(lease_until < now()) FILTER (WHERE status = 'sending')
"""
EVERYTHING = (
    "SELECT * FROM deliveries ORDER BY id",
    "SELECT * FROM attempts ORDER BY delivery_id, number",
    "SELECT id, status FROM letters ORDER BY id",
    "SELECT campaign, name, sum(delta) FROM count_deltas GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT * FROM channel_controls",
)


@pytest.fixture
def pace() -> float:
    return 100.0


@pytest.fixture
def settings(tmp_path: Path, owner_url: str, congress: Running, pace: float) -> Settings:
    house = congress.house(
        environment="production", timeout=LATE_SECONDS + 5, deduplicates=True, pace=pace
    )
    url = SecretStr(owner_url)
    return Settings(state_dir=tmp_path / "var", DATABASE_URL=url, cwc_house=house)


@dataclass
class Workers:
    pids: list[int]
    log: asyncio.StreamReader

    def send(self, number: signal.Signals) -> None:
        for pid in self.pids:
            os.kill(pid, number)

    async def say(self, event: str, times: int) -> None:
        """Wait until they have logged this event so many times."""
        while times > 0:
            line = (await self.log.readline()).decode()
            assert line, f"the workers ended, and {times} times nobody said {event}"
            # With PYTHONUNBUFFERED a line's end is written apart, and lines may run together.
            times -= line.count(event)


@asynccontextmanager
async def processes(settings: Settings, number: int, each: int = BATCH) -> AsyncIterator[Workers]:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.deliveries.channels.worker_processes"),
        *(str(number), str(each)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, **environment(settings)},
        cwd=ROOT,
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    assert parent.stderr is not None
    try:
        pids = [int(word) for word in (await parent.stdout.readline()).split()]
        yield Workers(pids, parent.stderr)
    finally:
        parent.stdin.close()
        await parent.wait()


def environment(settings: Settings) -> dict[str, str]:
    """What a worker of these settings is started with."""
    assert settings.database_url is not None
    house = {**settings.cwc_house.model_dump(mode="json", exclude_none=True), "key": KEY}
    return {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "UNDERSIGNED_STATE_DIR": str(settings.state_dir),
        **{
            f"UNDERSIGNED_CWC_HOUSE_{name.upper()}": value
            if isinstance(value, str)
            else json.dumps(value)
            for name, value in house.items()
        },
    }


async def a_lease_runs_out(engine: AsyncEngine) -> None:
    if MANY:
        await until(lambda: rows(engine, LAPSED), 2 * DELIVERIES.lease.total_seconds() + PATIENCE)
    else:
        await leases_run_out(engine)


async def all_there_is(services: Services) -> list[list[Any]]:
    return [await rows(services.engine, query) for query in EVERYTHING]


@pytest.mark.timeout(900)
async def test_workers_that_are_stopped_past_their_lease_change_nothing(
    client: httpx.AsyncClient,
    services: Services,
    settings: Settings,
    outbox: Outbox,
    form: Make,
    congress: Running,
) -> None:
    """Each is stopped while its letter is at the House, which has taken half of the letters already
    and takes the others late."""
    taken = {"act": "accept_and_hang", "times": PAUSED // 2}
    late = {"act": "answer", "times": PAUSED - PAUSED // 2, "seconds": LATE_SECONDS}
    congress.play("house", rules=[taken, late])

    async def asked() -> bool:
        return congress.sandbox.requests["house"] >= PAUSED

    async def accepted() -> bool:
        query = "SELECT count(*) AS n FROM deliveries WHERE status = 'accepted'"
        return bool((await rows(services.engine, query))[0].n == PAUSED)

    successor = Deliverer(services.engine, services.router, services.vault, services.seats)
    await confirmed(client, outbox, form(None, **WRITER))
    ids = {id_.hex for id_ in await queue_like(services, PAUSED - 1)}
    async with processes(settings, PAUSED, each=1) as workers:
        await until(asked, 600)
        workers.send(signal.SIGSTOP)
        await a_lease_runs_out(services.engine)
        while not await accepted():
            await successor.deliver("cwc_house")
        before = await all_there_is(services)
        workers.send(signal.SIGCONT)
        await workers.say("deliveries.stale_results", PAUSED)
    assert await all_there_is(services) == before
    assert Counter(entry["id"] for entry in congress.taken("house")) == dict.fromkeys(ids, 1)
    sent = [row for row in before[0] if row.channel == "cwc_house"]
    assert {(row.epoch, row.attempts, row.status) for row in sent} == {(2, 2, "accepted")}


@pytest.mark.parametrize("pace", [PACE])
async def test_pace_and_a_stop_hold_over_four_worker_processes(
    client: httpx.AsyncClient,
    services: Services,
    settings: Settings,
    outbox: Outbox,
    form: Make,
    congress: Running,
) -> None:
    times = congress.keep_times()
    await confirmed(client, outbox, form(None, **WRITER))
    await queue_like(services, 300)
    watch = Stopwatch()
    async with processes(settings, 4) as workers:
        await until(lambda: len(times) > 3 * PACE)
        async with transaction(services.engine) as session:
            await controls.stop(session, Kind.CHANNEL, "cwc_house", reason="test", actor="test")
        stopped, allowed = congress.watch.wall, (watch.wall + HORIZON_SECONDS) * PACE
        await workers.say("worker.idle", 4 * 3)
        await until(lambda: nothing_is_sent(services.engine))
        sent = len(times)
        await workers.say("worker.idle", 4 * 3)
        assert len(times) == sent
        assert quick(max(times) - stopped, 2.0)
        async with transaction(services.engine) as session:
            await controls.resume(session, Kind.CHANNEL, "cwc_house", actor="test")
        await until(lambda: len(times) > sent)
    # A busy machine sends later, never sooner: four that knew nothing of each other would send
    # four times as many.
    assert sent <= allowed + 1
    for width in (1.0, 3.0):
        most = max(sum(t <= s < t + width for s in times) for t in times)
        assert quick(most / PACE, width + 2), f"{most} within {width} s"


async def nothing_is_sent(engine: AsyncEngine) -> bool:
    return not await rows(engine, "SELECT 1 FROM deliveries WHERE status = 'sending'")
