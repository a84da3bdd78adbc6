"""The product as the tests run it: real campaigns, real PostgreSQL, the app in this process."""

from collections.abc import AsyncIterator, Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from api.campaigns.checked import Checked
from api.confirmation.own_links import queue_asked
from api.database.session import transaction
from api.deliveries.schedule import deliver_due
from api.main import create_app
from api.services import Published, Services, load_published, make_mailer
from api.settings import Settings
from tests.clocks import LoopClock
from tests.contract import Contract, HeldToContract

CAMPAIGN = "reverse-907-waiver"

Body = dict[str, Any]
ROUTES: list[BaseRoute] = []
DOCUMENT: Body = {}


@pytest.fixture(scope="session")
def defaults() -> Settings:
    """Read once: to read the environment for each test took a quarter of a test's start."""
    return Settings()


@pytest.fixture(scope="session")
def published(defaults: Settings) -> Published:
    """The shipped data and campaigns, read once; what one process has checked others need not."""
    return load_published(defaults, Checked.load(defaults.data_dir.parent))


@pytest.fixture
def settings(defaults: Settings, tmp_path: Path, owner_url: str) -> Settings:
    own = {"state_dir": tmp_path / "var", "database_url": SecretStr(owner_url)}
    return defaults.model_copy(update=own)


def make_app(settings: Settings, published: Published) -> FastAPI:
    """A new app with the routes of the first of this process: FastAPI prepares routes at their
    first request, which takes longer than all the rest of a start."""
    made = create_app(settings, published)
    if not ROUTES:
        ROUTES.extend(made.router.routes)
        DOCUMENT.update(made.openapi())
    made.router.routes, made.openapi_schema = [*ROUTES], DOCUMENT
    return made


@cache
def contract() -> Contract:
    """What the OpenAPI document of the apps of this process says."""
    return Contract(DOCUMENT)


def transport_to(app: ASGIApp, **options: Any) -> HeldToContract:
    """Calls an app of ``make_app``; its answers are held to the OpenAPI document."""
    return HeldToContract(contract(), app, **options)


@pytest.fixture
async def app(settings: Settings, published: Published) -> AsyncIterator[FastAPI]:
    made = make_app(settings, published)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
def services(app: FastAPI) -> Services:
    services: Services = app.state.services
    return services


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = transport_to(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


@pytest.fixture
def form() -> Callable[..., Body]:
    """A whole submission; keyword arguments replace the supporter's fields, ``top`` others."""

    def make(top: Body | None = None, **supporter: Any) -> Body:
        person = {
            "given_name": "Ani",
            "family_name": "Petrosyan",
            "email": "ani@example.org",
            "zip": "91204",
            "city": "Glendale",
        }
        return {"supporter": {**person, **supporter}, "district": "CA-30", **(top or {})}

    return make


@pytest.fixture
async def loop_clock() -> LoopClock:
    """Lets the event loop's time go on, so that nobody waits for a timeout."""
    return LoopClock()


class Outbox:
    """What the worker wrote in development: mails and letters as files."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.folder = services.settings.outbox_dir
        self._parsed: dict[Path, EmailMessage] = {}

    async def own_data(self, client: httpx.AsyncClient, campaign: str, email: str) -> str:
        """The token of an opened link to the data of ``email``."""
        asked = {"campaign": campaign, "email": email}
        answer = await client.post("/api/v1/self-service/links", json=asked)
        assert answer.status_code == 202, answer.text
        await self.send_mails()
        link = {"token": self.tokens("self-service")[-1]}
        opened = await client.post("/api/v1/self-service/open", json=link)
        assert opened.status_code == 200, opened.text
        return str(opened.json()["token"])

    async def work(self) -> None:
        """Do what a worker would do, until nothing is due."""
        await self.send_mails()
        services = self.services
        while await deliver_due(services.engine, services.router, services.vault, services.seats):
            pass

    async def send_mails(self) -> None:
        async with transaction(self.services.engine) as session:
            await queue_asked(session)
        mailer = make_mailer(self.services)
        while await mailer.send_due():
            pass

    @property
    def mails(self) -> list[EmailMessage]:
        files = sorted(
            (self.folder / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns
        )
        for path in files:
            if path not in self._parsed:
                self._parsed[path] = message_from_bytes(path.read_bytes(), policy=policy.default)
        return [self._parsed[path] for path in files]

    async def days_pass(self) -> None:
        """Mails went out so long ago that they count in no budget any more."""
        async with transaction(self.services.engine) as session:
            past = text("UPDATE mail_budget SET at = at - interval '25 hours'")
            await session.execute(past)

    @property
    def letters(self) -> dict[str, str]:
        """The letters by their seat."""
        texts = [path.read_text() for path in (self.folder / "letters").glob("*.txt")]
        return {text.split("\n", 1)[0].removeprefix("Seat: "): text for text in texts}

    def tokens(self, page: str) -> list[str]:
        """The tokens of all links to ``page`` ("confirm", "me", "self-service", "unsubscribe"),
        oldest first."""
        found = []
        for mail in self.mails:
            part = mail.get_body(("plain",))
            assert part is not None
            words = part.get_content().split()
            found += [word.rsplit("/", 1)[1] for word in words if f"/{page}/" in word]
        return found


@pytest.fixture
def outbox(services: Services) -> Outbox:
    return Outbox(services)
