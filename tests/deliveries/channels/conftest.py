"""The app with a stand-in for Congress behind it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.settings import ChamberSettings, Settings
from tests.deliveries.channels.sandboxed import Running, running


@pytest.fixture(autouse=True)
def stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox stands in for the real systems, which no test may speak to. What people are told
    of a sandbox is tested in ``test_sandboxes.py``."""
    monkeypatch.setattr(ChamberSettings, "system", property(lambda own: own.environment))


@pytest.fixture
async def congress() -> AsyncIterator[Running]:
    async with running() as made:
        yield made


@pytest.fixture
def settings(tmp_path: Path, owner_url: str, congress: Running) -> Settings:
    return Settings(
        state_dir=tmp_path / "var",
        DATABASE_URL=SecretStr(owner_url),
        cwc_house=congress.house(environment="production"),
        cwc_senate=congress.senate(environment="production"),
    )
