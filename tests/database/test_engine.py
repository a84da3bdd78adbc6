"""The engine connects in the app role and outlives a restart of its connections."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine


async def test_connections_are_in_the_app_role(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        row = (await connection.execute(text("SELECT current_user, session_user"))).one()
    assert tuple(row) == ("undersigned_app", "undersigned_owner")
