"""Migrations: once, under a lock, and equal to the models."""

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic import command
from procrastinate.schema import SchemaManager

from api.database.binaries import programs
from api.database.connection import connect_kwargs
from api.database.folders import CannotStart
from api.database.migrate import LOCK, configuration, migrate, open_connection, pending
from tests.waiting import wait_until

WAITS = """
    SELECT 1 FROM pg_locks
    WHERE locktype = 'advisory' AND (classid::bigint << 32) + objid::bigint = %s AND NOT granted
"""


def test_starts_at_once_migrate_once(empty_database_url: str) -> None:
    assert pending(empty_database_url)
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(migrate, [empty_database_url] * 3)) == [[], [], []]
    assert not pending(empty_database_url)


def test_a_second_start_waits_for_the_first(empty_database_url: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        with psycopg.connect(**connect_kwargs(empty_database_url), autocommit=True) as first:
            first.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            second = pool.submit(migrate, empty_database_url)
            wait_until(lambda: first.execute(WAITS, [LOCK]).fetchone())
            assert pending(empty_database_url)
            assert not second.done()
        assert second.result() == []


def test_migrations_make_what_the_models_say(owner_url: str) -> None:
    """Alembic finds nothing to generate; procrastinate's tables are not ours to compare."""
    with open_connection(owner_url, None) as connection:
        command.check(configuration(connection))


def test_the_job_tables_equal_procrastinates_own(
    foreign_database: Callable[..., str],
) -> None:
    """Made by its migrations one by one, they are what its schema file makes at once."""
    theirs, ours = foreign_database("theirs"), foreign_database("ours")
    with psycopg.connect(theirs, autocommit=True) as connection:
        connection.execute(SchemaManager.get_schema())
    migrate(ours)
    wanted, found = dump(theirs), dump(ours)
    assert len(wanted) > 200
    assert wanted - found == set()


def test_a_database_in_another_encoding_is_refused(foreign_database: Callable[..., str]) -> None:
    url = foreign_database("latin", options="ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(CannotStart, match="encoding is LATIN1"):
        migrate(url)


def dump(url: str) -> set[str]:
    """Return the lines of a schema dump, without the order of columns and the owners."""
    done = subprocess.run(
        [programs() / "pg_dump", "--schema-only", "--no-owner", "--no-acl", "-d", url],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    lines = {line.strip().rstrip(",;") for line in done.stdout.splitlines()}
    return {line for line in lines if not line.startswith(("--", "\\", "SET ", "CREATE DATABASE"))}
