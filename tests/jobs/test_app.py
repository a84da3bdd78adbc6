"""Jobs run in the app role, survive a killed worker, and wait out an outage."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from procrastinate import App, Blueprint, JobContext
from procrastinate.exceptions import AlreadyEnqueued

from api.database.connection import connect_kwargs
from api.database.embedded import EmbeddedPostgres
from api.database.migrate import migrate
from api.jobs.app import create_jobs, run_jobs
from tests.waiting import PATIENCE, until

Make = Callable[[Path], EmbeddedPostgres]


def notes() -> Blueprint:
    blueprint = Blueprint()
    blueprint.task(name="note", pass_context=True)(note)
    return blueprint


async def note(context: JobContext, number: int) -> None:
    context.additional_context["seen"].append(number)


@asynccontextmanager
async def running(app: App, **context: Any) -> AsyncIterator[None]:
    async with app.open_async():
        task = asyncio.create_task(run_jobs(app, **context))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, PATIENCE)


def jobs_in(url: str, state: str) -> int:
    with psycopg.connect(**connect_kwargs(url)) as connection:
        row = connection.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE status::text = %s", [state]
        ).fetchone()
    assert row is not None
    return int(row[0])


async def test_a_job_runs_once_and_leaves_no_row(database_url: str) -> None:
    app, seen = create_jobs(database_url, tests=notes()), list[int]()
    async with running(app, seen=seen):
        await app.configure_task("tests:note").defer_async(number=7)
        await until(lambda: seen == [7])
        await until(
            lambda: jobs_in(database_url, "succeeded") + jobs_in(database_url, "doing") == 0
        )


async def test_what_a_killed_worker_left_is_done(database_url: str) -> None:
    app, seen = create_jobs(database_url, tests=notes()), list[int]()
    async with app.open_async():
        job = await app.configure_task("tests:note").defer_async(number=8)
    with psycopg.connect(**connect_kwargs(database_url), autocommit=True) as connection:
        connection.execute(
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) "
            "VALUES (now() - interval '1 hour') RETURNING id) UPDATE procrastinate_jobs "
            "SET status = 'doing', worker_id = (SELECT id FROM dead) WHERE id = %s",
            [job],
        )
    assert jobs_in(database_url, "doing") == 1
    app = create_jobs(database_url, tests=notes())
    async with running(app, seen=seen):
        with suppress(AlreadyEnqueued):  # by itself, in a new minute
            await app.configure_task("housekeeping:retry_stalled").defer_async(timestamp=0)
        await until(lambda: seen == [8])


def test_housekeeping_is_scheduled(database_url: str) -> None:
    tasks = create_jobs(database_url).periodic_registry.periodic_tasks
    names = {(task.task.name, task.cron) for task in tasks.values()}
    assert ("housekeeping:retry_stalled", "* * * * *") in names
    assert {name for name, _ in names} == {
        "housekeeping:retry_stalled",
        "housekeeping:remove_finished",
    }


async def test_finished_jobs_are_removed_after_three_days(database_url: str) -> None:
    with psycopg.connect(**connect_kwargs(database_url), autocommit=True) as connection:
        for age in ("80 hours", "10 hours"):
            connection.execute(
                "WITH job AS (INSERT INTO procrastinate_jobs (queue_name, task_name, status) "
                "VALUES ('default', 'gone', 'failed') RETURNING id) "
                "INSERT INTO procrastinate_events (job_id, type, at) "
                "SELECT id, 'failed', now() - %s::interval FROM job",
                [age],
            )
        app = create_jobs(database_url)
        async with running(app):
            await app.configure_task("housekeeping:remove_finished").defer_async(timestamp=0)
            await until(lambda: jobs_in(database_url, "failed") == 1)


@pytest.mark.parametrize("outages", [0, 1])
async def test_jobs_go_on_after_the_database_was_killed(
    tmp_path: Path, make_server: Make, caplog: pytest.LogCaptureFixture, outages: int
) -> None:

    server = make_server(tmp_path / "var").start()
    migrate(server.url)
    app, seen = create_jobs(server.url, tests=notes()), list[int]()
    async with running(app, seen=seen):
        await app.configure_task("tests:note").defer_async(number=1)
        await until(lambda: seen == [1])
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        await until(lambda: caplog.text.count("the database does not answer") >= outages)
        await asyncio.to_thread(server.start)

        async def deferred() -> bool:
            with suppress(Exception):
                await app.configure_task("tests:note").defer_async(number=2)
                return True
            return False

        await until(deferred)
        await until(lambda: 2 in seen)


async def test_it_ends_when_told_while_the_database_is_away(
    tmp_path: Path, make_server: Make
) -> None:
    server = make_server(tmp_path / "var").start()
    migrate(server.url)
    app, seen = create_jobs(server.url, tests=notes()), list[int]()
    async with running(app, seen=seen):
        await app.configure_task("tests:note").defer_async(number=1)
        await until(lambda: seen)
        server.stop()
