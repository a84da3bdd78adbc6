"""Commands' work on the configured database: with an engine, or as one transaction."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.cli.database import database, known_url
from api.database.session import transaction
from api.security.keys import KeyRing
from api.settings import Settings
from api.supporters.vault import Vault

ACTOR = "cli"
T = TypeVar("T")
Work = Callable[[AsyncEngine, Settings], Awaitable[T]]
PlainStep = Callable[[AsyncSession], Awaitable[T]]
Step = Callable[[AsyncSession, Vault, KeyRing], Awaitable[T]]


def plain(text: str) -> str:
    """One line that cannot move the cursor or hide what stands before it."""
    return "".join(character if character.isprintable() else " " for character in text)


def run(work: "Work[T]") -> T:
    """Work with the app's login, on settings that have its URL."""
    from api.database.engine import create_engine
    from api.database.roles import session_role

    async def working(settings: Settings) -> T:
        url = known_url(settings)
        engine = create_engine(url, await session_role(url))
        try:
            return await work(engine, settings)
        finally:
            await engine.dispose()

    with database(Settings()) as settings:
        return asyncio.run(working(settings))


def run_plain_step(step: "PlainStep[T]") -> T:
    """One transaction that needs no keys."""

    async def work(engine: AsyncEngine, _: Settings) -> T:
        async with transaction(engine) as session:
            return await step(session)

    return run(work)


def run_step(step: "Step[T]") -> T:
    """One transaction with the keys of this installation. Raises KeyRingError without them."""

    async def work(engine: AsyncEngine, settings: Settings) -> T:
        keys = open_keys(settings)
        async with transaction(engine) as session:
            return await step(session, Vault(keys), keys)

    return run(work)


def open_keys(settings: Settings) -> KeyRing:
    """The key ring of this installation, whatever campaigns it has keys for."""
    from api.security.keys import open_key_ring

    return open_key_ring(settings.key_ring_file, production=settings.production, campaigns=())
