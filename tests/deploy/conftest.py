"""The app as ``serve`` serves it, for a proxy before it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from api.settings import Settings
from tests.deploy.running import SITE
from tests.serving import serving


@pytest.fixture
def settings(tmp_path: Path, owner_url: str) -> Settings:
    return Settings(
        state_dir=tmp_path / "var",
        DATABASE_URL=SecretStr(owner_url),
        public_url=SITE,
        trusted_proxies=("127.0.0.1",),
    )


@pytest.fixture
async def server(app: FastAPI) -> AsyncIterator[uvicorn.Server]:
    async with serving(app) as made:
        yield made
