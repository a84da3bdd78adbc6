"""``undersigned serve`` for tests of the command."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest

from api import services
from api.campaigns.checked import Checked
from api.database.embedded import EmbeddedPostgres
from api.services import Published
from api.settings import ROOT, Settings
from api.targets import dataset
from api.targets.congress import Directory
from tests.cli.running import Serve
from tests.servers import remove

SHIPPED = (ROOT / "campaigns", ROOT / "templates")


@cache
def _digest(data_dir: Path) -> str:
    return dataset.read(data_dir).digest


@pytest.fixture(autouse=True, scope="session")
def _read_once(published: Published, defaults: Settings) -> Iterator[None]:
    """To read and check the shipped campaigns takes seconds: commands share what was read."""
    read = services.load_published

    @cache
    def once(data_dir: Path) -> Published:
        return published if data_dir == defaults.data_dir else read(Settings(data_dir=data_dir))

    def shared(
        settings: Settings, checked: Checked | None = None, directory: Directory | None = None
    ) -> Published:
        shipped = (settings.campaigns_dir, settings.templates_dir) == SHIPPED
        if shipped and (directory is None or directory.digest == _digest(settings.data_dir)):
            return once(settings.data_dir)
        return read(settings, checked, directory)

    with patch.object(services, "load_published", shared):
        yield


@pytest.fixture
def serve(tmp_path: Path, pattern: Path) -> Iterator[Callable[..., Serve]]:
    """Start ``undersigned serve`` on a state folder of the test's own; ended and removed after.

    With the stand-in its new cluster is a copy, save with ``PATTERN=""``.
    """
    started: list[Serve] = []

    def start(*arguments: str, state: str = "var", **environment: str) -> Serve:
        log = tmp_path / f"log-{len(started)}"
        given = {"PATTERN": str(pattern), **environment}
        started.append(Serve(tmp_path / state, log, *arguments, **given))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.stop()
    for state in {one.state for one in started}:
        if (state / "postgres").exists():
            remove(EmbeddedPostgres(state).locate())
