"""One session is one transaction; an outage is said as one."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.connection import connect_kwargs, encrypted
from api.database.embedded import EmbeddedPostgres
from api.database.engine import create_engine
from api.database.session import session_scope, transaction
from api.errors import Unavailable
from tests.waiting import wait_until

INSERT = "INSERT INTO campaign_states (slug, status, since) VALUES ('a', 'open', now())"
COUNT = text("SELECT count(*) FROM campaign_states")


async def rows(engine: AsyncEngine) -> int:
    async with transaction(engine) as session:
        return int((await session.execute(COUNT)).scalar_one())


async def run(engine: AsyncEngine, *steps: str | Callable[[], None]) -> None:
    """Run statements, and what happens between them, as one unit of work."""
    async with session_scope(engine) as session:
        for step in steps:
            if callable(step):
                step()
            else:
                await session.execute(text(step))


def fail() -> None:
    raise LookupError


async def test_the_end_of_the_block_commits(engine: AsyncEngine) -> None:
    await run(engine, INSERT)
    assert await rows(engine) == 1


async def test_an_exception_rolls_all_back(engine: AsyncEngine) -> None:
    with pytest.raises(LookupError):
        await run(engine, INSERT, fail)
    assert await rows(engine) == 0


async def test_the_tests_before_left_nothing(engine: AsyncEngine) -> None:
    assert await rows(engine) == 0


@pytest.mark.parametrize(
    ("statement", "kind"), [("SELECT nothing", ProgrammingError), (INSERT, IntegrityError)]
)
async def test_errors_of_a_statement_are_no_outage(
    engine: AsyncEngine, statement: str, kind: type[Exception]
) -> None:
    await run(engine, INSERT)
    with pytest.raises(kind):
        await run(engine, statement)


async def test_a_killed_database_is_an_outage_and_then_none(
    tmp_path: Path, make_server: Callable[[Path], EmbeddedPostgres]
) -> None:
    server = make_server(tmp_path / "var").start()
    engine = create_engine(server.url, None)

    def kill() -> None:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        wait_until(lambda: not server.is_alive())

    with pytest.raises(Unavailable):
        await run(engine, "SELECT 1", kill, "SELECT 1")
    server.start()
    await run(engine, "SELECT 1")
    await engine.dispose()


async def test_a_database_that_stays_away_is_an_outage(tmp_path: Path) -> None:
    engine = create_engine(f"postgresql:///x?host={tmp_path}", None)
    with pytest.raises(Unavailable):
        await run(engine, "SELECT 1")


def test_urls_of_every_form_are_taken() -> None:
    for url in ("postgresql://u:p@h/d", "postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"):
        assert connect_kwargs(url)["dbname"] == "d"
    with_options = connect_kwargs("postgresql://h/d?options=-c%20statement_timeout%3D9", "r")
    assert with_options["options"].startswith("-c statement_timeout=9 ")
    assert with_options["options"].endswith("-c role=r")
    assert connect_kwargs("postgresql://h/d?connect_timeout=9")["connect_timeout"] == "9"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("postgresql:///d?host=/run/postgresql", True),
        ("postgresql:///d", True),
        ("postgresql://db.example.org/d", False),
        ("postgresql://db.example.org/d?sslmode=prefer", False),
        ("postgresql://db.example.org/d?sslmode=require", True),
        ("postgresql://a.example.org,b.example.org/d?sslmode=verify-full", True),
        ("postgresql:///d?host=/run,b.example.org", False),
    ],
)
def test_which_ways_are_encrypted(url: str, *, safe: bool) -> None:
    assert encrypted(url) is safe
