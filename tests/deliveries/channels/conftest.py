"""The app with a stand-in for Congress behind it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.settings import Settings
from tests.deliveries.channels.sandboxed import Running, running


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
