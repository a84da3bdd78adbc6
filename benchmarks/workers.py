"""Bulk delivery: real worker processes that empty the outbox into files."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
import psycopg
from pydantic import SecretStr

from api.database.connection import connect_kwargs
from api.database.embedded import EmbeddedPostgres
from api.database.engine import create_engine
from api.database.migrate import migrate
from api.security.keys import KeyRing
from api.settings import Settings
from api.supporters.vault import Vault
from benchmarks.servers import state_folder
from tests.deliveries.queued import CAMPAIGN, queue

# As long as a usual letter, with its envelope.
LETTER = ("Line of a letter of some three hundred and fifty words in all.\n" * 34).encode()
LEFT = "SELECT count(*) FROM deliveries WHERE status IN ('queued', 'sending', 'retrying')"
MEASURE_SECONDS = 0.2


@dataclass
class Emptied:
    """One run that empties the outbox. ``sizes`` are the largest worker's megabytes, one for each
    tenth of the letters; ``web`` and ``database`` are seconds of processor time."""

    letters: int
    seconds: float = 0.0
    web: float = 0.0
    database: float = 0.0
    sizes: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return self.letters / self.seconds


def emptying(letters: int, workers: int) -> Emptied:
    """Queue ``letters``, start the workers, and measure from the first letter to the last."""
    with state_folder() as state:
        settings = Settings(state_dir=state)
        keys = KeyRing.create(settings.key_ring_file)
        keys.fill_in([CAMPAIGN])
        server = EmbeddedPostgres(state).start()
        try:
            migrate(server.url)
            asyncio.run(_queue(server.url, Vault(keys), letters))
            known = settings.model_copy(update={"database_url": SecretStr(server.url)})
            with _working(known, workers) as processes:
                return _measure(server, processes, letters)
        finally:
            server.stop()


def report(emptied: Emptied) -> None:
    """Rate, CPU time per letter, and the workers' memory from the first tenth on."""
    print(f"\n### Bulk: {emptied.letters:,} letters to files, two workers\n")
    each = 1000 / emptied.letters
    sizes = emptied.sizes
    for name, value in (
        ("letters a second", f"{emptied.per_second:,.0f}"),
        ("CPU ms a letter, workers", f"{emptied.web * each:.3f}"),
        ("CPU ms a letter, PostgreSQL", f"{emptied.database * each:.3f}"),
        ("the larger worker's memory, each tenth, MB", " ".join(f"{size:.0f}" for size in sizes)),
    ):
        print(f"- {name}: {value}", flush=True)


async def _queue(url: str, vault: Vault, letters: int) -> None:
    engine = create_engine(url)
    await queue(engine, vault, letters, payload=LETTER)
    await engine.dispose()


@contextmanager
def _working(settings: Settings, workers: int) -> Iterator[list[psutil.Process]]:
    """Workers as ``serve`` runs them; they end when their standard input does."""
    assert settings.database_url is not None
    environment = {
        **os.environ,
        "UNDERSIGNED_STATE_DIR": str(settings.state_dir),
        "UNDERSIGNED_LOG_LEVEL": "error",
        "DATABASE_URL": settings.database_url.get_secret_value(),
    }
    command = (sys.executable, "-m", "api.cli.child", "worker")
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, start_new_session=True)
        for _ in range(workers)
    ]
    try:
        yield [psutil.Process(one.pid) for one in started]
    finally:
        for one in started:
            one.terminate()
            one.wait(30)


def _measure(server: EmbeddedPostgres, workers: list[psutil.Process], letters: int) -> Emptied:
    emptied = Emptied(letters)
    with psycopg.connect(**connect_kwargs(server.url), autocommit=True) as connection:
        while (left := _left(connection)) == letters:
            time.sleep(MEASURE_SECONDS / 10)
        first, began = letters - left, time.perf_counter()
        web, database = _spent(workers), _spent_by_server(server)
        while left:
            time.sleep(MEASURE_SECONDS)
            left = _left(connection)
            while len(emptied.sizes) < (letters - left) * 10 // letters:
                emptied.sizes.append(max(one.memory_info().rss for one in workers) / 2**20)
    emptied.seconds = (time.perf_counter() - began) * letters / (letters - first)
    emptied.web = _spent(workers) - web
    emptied.database = _spent_by_server(server) - database
    return emptied


def _left(connection: psycopg.Connection) -> int:
    row = connection.execute(LEFT).fetchone()
    assert row is not None
    return int(row[0])


def _spent(processes: list[psutil.Process]) -> float:
    return sum(t.user + t.system for t in (one.cpu_times() for one in processes))


def _spent_by_server(server: EmbeddedPostgres) -> float:
    assert server.pid is not None
    main = psutil.Process(server.pid)
    ended = main.cpu_times()
    return _spent([main, *main.children()]) + ended.children_user + ended.children_system
