"""The engine connects in the app role and outlives a restart of its connections."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.connection import connect
from api.database.embedded import EmbeddedPostgres
from api.database.migrate import migrate
from api.database.roles import APP_ROLE, session_role
from api.database.session import transaction


async def test_connections_are_in_the_app_role(engine: AsyncEngine) -> None:
    async with transaction(engine) as session:
        row = (await session.execute(text("SELECT current_user, session_user"))).one()
    assert tuple(row) == ("undersigned_app", "undersigned_owner")


async def test_a_start_waits_for_a_database_longer_than_a_request_does(
    tmp_path: Path, make_server: Callable[[Path], EmbeddedPostgres]
) -> None:
    server = await asyncio.to_thread(make_server(tmp_path / "var").start)
    await asyncio.to_thread(migrate, server.url)
    await asyncio.to_thread(server.stop)
    start = asyncio.create_task(session_role(server.url))
    with pytest.raises(psycopg.OperationalError):
        await connect(server.url)
    assert not start.done()
    await asyncio.to_thread(server.start)
    assert await start == APP_ROLE
