"""A real browser on a real server: Debian's chromium, which is never downloaded from elsewhere.

``make test`` uses its headless shell where it is installed: the same version, engine and network
code without the browser's windows, and a page costs a quarter of the work. ``make test-browser``
and the screenshots use the whole browser.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, async_playwright

from api.services import Published
from api.settings import Settings
from tests.browser.hosts import Hosts, hosting
from tests.browser.matrix import WHOLE
from tests.browser.stage import Stage, staged
from tests.waiting import until

CHROMIUM = Path("/usr/bin/chromium")
SHELL = Path("/usr/bin/chromium-headless-shell")
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
    found = installed()
    if found is None:
        pytest.skip(f"there is no {CHROMIUM}: on Debian, install the package chromium")
    return found


def installed() -> Path | None:
    """The browser to use; for ``make test`` the headless shell is enough."""
    wanted = (CHROMIUM,) if WHOLE else (SHELL, CHROMIUM)
    return next((path for path in wanted if path.exists()), None)


@pytest.fixture
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield made
        await made.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_browser(chromium: Path) -> AsyncIterator[Browser]:
    """One for all tests of a worker that run in the session's loop."""
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield made
        await made.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(
    kept_url: str, tmp_path_factory: pytest.TempPathFactory, published: Published
) -> AsyncIterator[Stage]:
    """Shared, so tests only read it: what a test changes, it makes itself."""
    async with staged(kept_url, tmp_path_factory.mktemp("stage"), published) as made:
        yield made


@pytest.fixture
def free_socket() -> socket.socket:
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    return made


@pytest.fixture
def settings(settings: Settings, free_socket: socket.socket) -> Settings:
    """The usual settings, with the server's real address."""
    url = f"http://127.0.0.1:{free_socket.getsockname()[1]}"
    return settings.model_copy(update={"public_url": url})


@pytest.fixture
async def site(app: FastAPI, settings: Settings, free_socket: socket.socket) -> AsyncIterator[str]:
    """The address of the app, served to browsers."""
    config = uvicorn.Config(app, lifespan="off", log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[free_socket]))
    await until(lambda: server.started)
    yield settings.public_url
    server.should_exit = True
    await serving


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report conspicuously what was skipped."""
    if installed() is None:
        terminalreporter.section("NO BROWSER TESTS RAN", sep="!", red=True)
        terminalreporter.line(f"There is no {CHROMIUM}: on Debian, install it as root.")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hosts(stage: Stage) -> AsyncIterator[Hosts]:
    """Other sites, on other origins."""
    async with hosting(stage) as made:
        yield made
