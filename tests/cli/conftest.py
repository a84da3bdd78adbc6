"""``undersigned serve`` for tests of the command."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.database.embedded import EmbeddedPostgres
from tests.cli.running import Serve


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Serve]]:
    """Start ``undersigned serve`` on a state folder of the test's own; ended and removed after."""
    started: list[Serve] = []

    def start(*arguments: str, state: str = "var", **environment: str) -> Serve:
        log = tmp_path / f"log-{len(started)}"
        started.append(Serve(tmp_path / state, log, *arguments, **environment))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.stop()
    for state in {one.state for one in started}:
        if (state / "postgres").exists():
            server = EmbeddedPostgres(state).locate()
            server.stop()
            shutil.rmtree(server.place.home, ignore_errors=True)
