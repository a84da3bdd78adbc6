"""Embedded servers of the tests' own, removed with their data when they are done with."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from api.database.embedded import EmbeddedPostgres


@contextmanager
def servers() -> Iterator[Callable[[Path], EmbeddedPostgres]]:
    """Makes an embedded server for a state folder, not started; ended and removed after."""
    made: list[EmbeddedPostgres] = []

    def make(state: Path) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(state, fsync=False))
        return made[-1]

    try:
        yield make
    finally:
        for server in made:
            server.stop()
            if server.located and server.place.home.exists():
                for short in server.place.home.glob("socket-*"):
                    shutil.rmtree(short.readlink(), ignore_errors=True)
                shutil.rmtree(server.place.home)
