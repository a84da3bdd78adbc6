"""A running stand-in for both chambers, over real HTTP, and settings to reach it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from pydantic import SecretStr

from api.database.engine import create_engine
from api.deliveries.channels.cwc.chambers import HOUSE, Chamber, Endpoints
from api.deliveries.channels.cwc.channel import CwcChannel
from api.deliveries.channels.cwc.client import CwcClient
from api.deliveries.channels.cwc.offices import OfficeLists
from api.sandbox.app import Sandbox
from api.sandbox.script import ChamberScript, Playing
from api.services import now
from api.settings import ChamberSettings, HouseSettings, SenateSettings
from tests.times import Stopwatch

KEY = "planted-key-4711"
CREDENTIALS: dict[str, Any] = {
    "key": SecretStr(KEY),
    "agent": "Example Campaigns, Inc.",
    "contact_name": "Delivery Desk",
    "contact_email": "desk@example.org",
    "contact_phone": "202-555-0143",
    "ack_email": "acks@example.org",
}


class Running:
    """The stand-in, its address, and what it took."""

    def __init__(self, sandbox: Sandbox, url: str) -> None:
        self.sandbox = sandbox
        self.url = url
        self.watch = Stopwatch()

    def play(self, chamber: str, **script: Any) -> None:
        made = ChamberScript.model_validate({"keys": (KEY,), **script})
        self.sandbox.playing[chamber] = Playing(made)

    def keep_bodies(self) -> list[tuple[str, bytes]]:
        """Every message that is taken from now on, with its chamber."""
        kept: list[tuple[str, bytes]] = []
        add = self.sandbox.ledger.add

        def keep(chamber: str, environment: str, body: bytes, **facts: str) -> None:
            kept.append((chamber, body))
            add(chamber, environment, body, **facts)

        self.sandbox.ledger.add = keep  # type: ignore[method-assign]
        return kept

    def keep_times(self) -> list[float]:
        """When each message that is taken from now on came, by ``watch``."""
        kept: list[float] = []
        add = self.sandbox.ledger.add

        def keep(chamber: str, environment: str, body: bytes, **facts: str) -> None:
            kept.append(self.watch.wall)
            add(chamber, environment, body, **facts)

        self.sandbox.ledger.add = keep  # type: ignore[method-assign]
        return kept

    def taken(self, chamber: str) -> list[dict[str, Any]]:
        return [entry for entry in self.sandbox.ledger.entries if entry["chamber"] == chamber]

    def house(self, **other: Any) -> HouseSettings:
        return HouseSettings(**{**_credentials(self.url), **other})

    def senate(self, **other: Any) -> SenateSettings:
        return SenateSettings(**{**_credentials(self.url), **other})


def _credentials(url: str) -> dict[str, Any]:
    return {**CREDENTIALS, "sandbox_url": url, "windows": ""}


def chamber_settings(**other: Any) -> ChamberSettings:
    """Credentials that reach nobody."""
    return HouseSettings(**{**_credentials("http://127.0.0.1:9"), **other})


@asynccontextmanager
async def running() -> AsyncIterator[Running]:
    sandbox = Sandbox()
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(sandbox.app, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    made = Running(sandbox, f"http://127.0.0.1:{listener.getsockname()[1]}")
    made.play("house")
    made.play("senate", objects=True)
    try:
        yield made
    finally:
        server.should_exit = server.force_exit = True
        await serving


def unreached(chamber: Chamber, **other: Any) -> CwcChannel:
    """A channel that never sends, for tests of what happens before that."""
    kind = HouseSettings if chamber is HOUSE else SenateSettings
    settings = kind(**{**_credentials("http://127.0.0.1:9"), **other})
    client = CwcClient(Endpoints.of(chamber, settings, production=False), settings)
    return CwcChannel(
        chamber, settings, client, OfficeLists(create_engine("postgresql:///"), {}, {}, now)
    )
