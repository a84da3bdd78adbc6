"""One transaction of a command on the configured database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from api.cli.database import database, known_url
from api.security.keys import KeyRing
from api.settings import Settings
from api.supporters.vault import Vault

ACTOR = "cli"
T = TypeVar("T")
Step = Callable[[AsyncConnection, Vault, KeyRing], Awaitable[T]]


def plain(text: str) -> str:
    """One line that cannot move the cursor or hide what stands before it."""
    return "".join(character if character.isprintable() else " " for character in text)


def run_step(step: "Step[T]") -> T:
    """One transaction on the configured database."""
    from api.database.engine import create_engine
    from api.database.roles import session_role
    from api.security.keys import open_key_ring

    async def work(settings: Settings) -> T:
        url = known_url(settings)
        engine = create_engine(url, await session_role(url))
        ring, production = settings.key_ring_file, settings.production
        keys = open_key_ring(ring, production=production, campaigns=())
        try:
            async with engine.begin() as connection:
                return await step(connection, Vault(keys), keys)
        finally:
            await engine.dispose()

    with database(Settings()) as settings:
        return asyncio.run(work(settings))
