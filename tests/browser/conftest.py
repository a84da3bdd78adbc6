"""A real browser on a real server: Debian's chromium, which is never downloaded."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, async_playwright

from api.partners.registry import PartnerEntry, add_partner
from api.services import Services
from api.settings import Settings
from tests.browser.hosts import Host, hosting

Register = Callable[..., Awaitable[None]]

CHROMIUM = Path("/usr/bin/chromium")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: needs Debian's chromium")


@pytest.fixture(scope="session")
def chromium() -> Path:
    if not CHROMIUM.exists():
        pytest.skip("there is no /usr/bin/chromium: on Debian, install the package chromium")
    return CHROMIUM


@pytest.fixture
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield made
        await made.close()


@pytest.fixture
def free_socket() -> socket.socket:
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    return made


@pytest.fixture
def settings(settings: Settings, free_socket: socket.socket) -> Settings:
    """As everywhere, with the address that the server is really at."""
    url = f"http://127.0.0.1:{free_socket.getsockname()[1]}"
    return settings.model_copy(update={"public_url": url})


@pytest.fixture
async def site(app: FastAPI, settings: Settings, free_socket: socket.socket) -> AsyncIterator[str]:
    """The address of the app, served to browsers."""
    config = uvicorn.Config(app, lifespan="off", log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[free_socket]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield settings.public_url
    server.should_exit = True
    await serving


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was left out."""
    if not CHROMIUM.exists():
        terminalreporter.section("NO BROWSER TESTS RAN", sep="!", red=True)
        terminalreporter.line("There is no /usr/bin/chromium: on Debian, install it as root.")


@pytest.fixture
async def partner_site() -> AsyncIterator[Host]:
    """A site of the partner ``acme``, whose form stands in a frame unless a test says more."""
    async with hosting("localhost") as host:
        yield host


@pytest.fixture
async def stranger_site() -> AsyncIterator[Host]:
    async with hosting("127.0.0.1") as host:
        yield host


@pytest.fixture
def register(services: Services, partner_site: Host) -> Register:
    """Make the partner's site known, inline or not."""

    async def add(*, inline: bool = False) -> None:
        partner = PartnerEntry("acme", "Acme Society", (partner_site.origin,), inline)
        async with services.engine.begin() as connection:
            await add_partner(connection, partner, actor="test")
        await services.partners.read()

    return add
