"""The app as ``serve`` serves it, for a proxy before it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from api.cli.http import BoundedProtocol
from api.main import create_app
from api.services import Published
from api.settings import Settings
from tests.deploy.running import SITE


@pytest.fixture
def settings(tmp_path: Path, owner_url: str) -> Settings:
    return Settings(
        state_dir=tmp_path / "var",
        DATABASE_URL=SecretStr(owner_url),
        public_url=SITE,
        trusted_proxies=("127.0.0.1",),
    )


@pytest.fixture
async def app(settings: Settings, published: Published) -> AsyncIterator[FastAPI]:
    made = create_app(settings, published)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def server(app: FastAPI) -> AsyncIterator[uvicorn.Server]:
    """The app, as ``serve`` serves it."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, http=BoundedProtocol, lifespan="off", log_config=None, proxy_headers=False
    )
    made = uvicorn.Server(config)
    serving = asyncio.create_task(made.serve(sockets=[listener]))
    while not made.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield made
    made.should_exit = True
    await serving
