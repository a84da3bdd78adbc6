"""One PostgreSQL for the whole test session, one database a worker, emptied after each test.

The bundles and texts of the shipped letters are there from the start and stay: they are the same
whoever writes them, and to write two thousand texts for each app took half the session.

The server is started by whichever worker needs it first, and ended by the process that runs
the session; a session that was killed leaves its server to the next one to end.
"""

import asyncio
import fcntl
import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.connection import connect_kwargs
from api.database.embedded import EmbeddedPostgres
from api.database.engine import create_engine
from api.database.migrate import migrate
from api.letters.store import TextStore
from api.services import Published, publish_letters
from tests.lasting_data import lasting_data
from tests.servers import remove, servers

pytest_plugins = ("tests.app_fixtures",)

PREFIX = "undersigned-tests-"
FOLDER = pytest.StashKey[Path]()
# Of several sessions one after the other (tests/mutants.py): who made it ends it.
SHARED = os.environ.get("UNDERSIGNED_TESTS_FOLDER")
TEMPLATE = "migrated"
SHIPPED = ("bundles", "letter_texts")

ENDS_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = %s AND usename = session_user AND pid <> pg_backend_pid()
"""

# A row that is added, changed or deleted leaves a note; it has no key that writers could wait for.
COPY_SHIPPED = """
CREATE SCHEMA shipped;
CREATE TABLE shipped.changed (name name NOT NULL);
GRANT USAGE ON SCHEMA shipped TO PUBLIC;
GRANT INSERT ON shipped.changed TO PUBLIC;
CREATE FUNCTION shipped.note() RETURNS trigger LANGUAGE plpgsql
AS 'BEGIN INSERT INTO shipped.changed VALUES (TG_TABLE_NAME); RETURN NULL; END';
"""

COPY_TABLE = """
CREATE TABLE shipped.{0} AS TABLE {0};
CREATE TRIGGER note_row AFTER INSERT OR UPDATE OR DELETE ON {0}
    FOR EACH ROW EXECUTE FUNCTION shipped.note();
CREATE TRIGGER note_truncation AFTER TRUNCATE ON {0}
    FOR EACH STATEMENT EXECUTE FUNCTION shipped.note();
"""

EMPTY = """
DO $$
DECLARE one text; filled boolean; many boolean; few text[] := '{}'; names text[] := '{}';
BEGIN
    FOR one IN SELECT quote_ident(tablename) FROM pg_tables
               WHERE schemaname = 'public' AND tablename <> 'alembic_version'
                 AND tablename NOT IN (SELECT tablename FROM pg_tables
                                       WHERE schemaname = 'shipped') LOOP
        EXECUTE 'SELECT EXISTS (SELECT FROM ' || one || '),
                        EXISTS (SELECT FROM ' || one || ' OFFSET 100)' INTO filled, many;
        IF many OR filled AND one IN (SELECT tgrelid::regclass::text FROM pg_trigger
                                      WHERE NOT tgisinternal AND tgtype & 8 = 8) THEN
            names := names || one;
        ELSIF filled THEN
            few := few || one;
        END IF;
    END LOOP;
    IF names <> '{}' THEN
        EXECUTE 'TRUNCATE ' || array_to_string(names || few, ', ') || ' CASCADE';
    ELSIF few <> '{}' THEN
        -- One statement, so that no row misses another, and a third of the time of TRUNCATE.
        EXECUTE 'WITH ' || (SELECT string_agg(format('d%s AS (DELETE FROM %s)', number, name), ', ')
                            FROM unnest(few) WITH ORDINALITY AS each(name, number)) || ' SELECT';
    END IF;
    PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
    FOR one IN SELECT DISTINCT name FROM shipped.changed LOOP
        EXECUTE format('DELETE FROM %1$s WHERE digest NOT IN (
                            SELECT digest FROM (TABLE %1$s INTERSECT TABLE shipped.%1$s) AS same)',
                       one);
        EXECUTE format('INSERT INTO %1$s (TABLE shipped.%1$s EXCEPT TABLE %1$s)', one);
    END LOOP;
    IF FOUND THEN TRUNCATE shipped.changed; END IF;
END $$
"""


def pytest_configure(config: pytest.Config) -> None:
    """Name the session's folder; workers are told theirs by the process that runs them."""
    told = getattr(config, "workerinput", {}).get("undersigned_folder")
    config.stash[FOLDER] = Path(told or SHARED or tempfile.mkdtemp(prefix=PREFIX))
    data = config.stash[FOLDER] / "data"
    os.environ["UNDERSIGNED_DATA_DIR"] = str(data)  # for this process, and all that it starts
    if told is None and not data.exists():
        lasting_data(data)
    if told is None and SHARED is None:
        _end_forgotten_sessions()
        (config.stash[FOLDER] / "session").write_text(str(os.getpid()))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: nobody need look for garbage in it."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: pytest.Item) -> None:
    node.workerinput["undersigned_folder"] = str(node.config.stash[FOLDER])  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and SHARED is None:
        _end(config.stash[FOLDER])


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config, published: Published) -> EmbeddedPostgres:
    """The session's server, started or adopted, with a migrated template database."""
    folder = pytestconfig.stash[FOLDER]
    with _one_worker_at_a_time(folder):
        server = EmbeddedPostgres(folder / "var", fsync=False).start()
        if not (folder / "migrated").exists():
            _fill(_create_database(server.url, TEMPLATE), published)
            (folder / "migrated").touch()
    return server


@pytest.fixture(scope="session")
def worker_url(postgres: EmbeddedPostgres, pytestconfig: pytest.Config) -> str:
    """The owner's URL of this worker's database, a clone of the migrated template."""
    name = f"test_{getattr(pytestconfig, 'workerinput', {}).get('workerid', 'alone')}"
    with _one_worker_at_a_time(pytestconfig.stash[FOLDER]):
        return _create_database(postgres.url, name, TEMPLATE)


@pytest.fixture(scope="session")
def kept_url(postgres: EmbeddedPostgres, pytestconfig: pytest.Config) -> str:
    """The owner's URL of another clone, which no test empties."""
    name = f"kept_{getattr(pytestconfig, 'workerinput', {}).get('workerid', 'alone')}"
    with _one_worker_at_a_time(pytestconfig.stash[FOLDER]):
        return _create_database(postgres.url, name, TEMPLATE)


@pytest.fixture(scope="session")
def _cleaner(worker_url: str) -> Iterator[psycopg.Connection]:
    options = {"options": "-c lock_timeout=5000 -c client_min_messages=warning"}
    arguments = {**connect_kwargs(worker_url), **options}
    with psycopg.connect(**arguments, autocommit=True) as connection:
        yield connection


@pytest.fixture
def owner_url(worker_url: str, _cleaner: psycopg.Connection) -> Iterator[str]:
    """The URL of a migrated database, logging in as the owner of its tables; emptied after."""
    yield worker_url
    _cleaner.execute(EMPTY)


@pytest.fixture
def database_url(owner_url: str) -> str:
    """What ``DATABASE_URL`` would hold."""
    return owner_url


@pytest.fixture
async def engine(owner_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine in the app role, as the API and the worker have it."""
    made = create_engine(owner_url)
    yield made
    await made.dispose()


@pytest.fixture
def empty_database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The owner's URL of a database without any table, dropped after the test."""
    name = f"empty_{os.getpid()}"
    yield _create_database(postgres.url, name)
    with psycopg.connect(**connect_kwargs(postgres.url), autocommit=True) as connection:
        _drop_database(connection, name)


@pytest.fixture(scope="session")
def pattern(pytestconfig: pytest.Config) -> Path:
    """The home of a cluster that was just made, of which others are copies."""
    folder = pytestconfig.stash[FOLDER]
    with _one_worker_at_a_time(folder):
        server = EmbeddedPostgres(folder / "pattern", fsync=False)
        if not (folder / "pattern").exists():
            server.start().stop()
        return server.locate().place.home


@pytest.fixture
def make_server(pattern: Path) -> Iterator[Callable[[Path], EmbeddedPostgres]]:
    """Make an embedded server for a state folder, not started; removed with its data after."""
    with servers(pattern) as make:
        yield make


@pytest.fixture
def make_new_server() -> Iterator[Callable[[Path], EmbeddedPostgres]]:
    """The same for tests of how a cluster is made."""
    with servers() as make:
        yield make


def _fill(url: str, published: Published) -> None:
    """Migrate a database and give it the shipped letters, with a copy to compare them to."""

    async def publish() -> None:
        engine = create_engine(url)
        await publish_letters(TextStore(engine), published.catalog)
        await engine.dispose()

    migrate(url)
    asyncio.run(publish())
    with psycopg.connect(**connect_kwargs(url), autocommit=True) as connection:
        connection.execute(COPY_SHIPPED)
        for table in SHIPPED:
            connection.execute(sql.SQL(COPY_TABLE).format(sql.Identifier(table)))


def _create_database(url: str, name: str, template: str = "template1") -> str:
    copy = sql.SQL("CREATE DATABASE {0} TEMPLATE {1}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with psycopg.connect(**connect_kwargs(url), autocommit=True) as connection:
        _drop_database(connection, name)
        connection.execute(copy)
    return url.replace("@/undersigned?", f"@/{name}?")


def _drop_database(connection: psycopg.Connection, name: str) -> None:
    """End the owner's own sessions and drop the database, if there is one.

    ``WITH (FORCE)`` is refused to the owner while PostgreSQL's own autovacuum is at work there;
    a plain drop ends that by itself.
    """
    connection.execute(ENDS_SESSIONS, [name])
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


@contextmanager
def _one_worker_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _end_forgotten_sessions() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            pid = int((folder / "session").read_text())
            own = folder.stat().st_uid == os.geteuid()
        except (OSError, ValueError):
            continue  # another user's, or just being made
        if own and not psutil.pid_exists(pid):
            _end(folder)


def _end(folder: Path) -> None:
    """Stop the session's server, if it ever ran, and remove all that it kept."""
    for state in (folder / "var", folder / "pattern"):
        if (state / "postgres").exists():
            remove(EmbeddedPostgres(state, fsync=False).locate())
    shutil.rmtree(folder, ignore_errors=True)  # another session may be at it
