"""SQLAlchemy's engine over psycopg 3, for everything off the accept path."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from api.database.connection import connect, connect_kwargs
from api.database.roles import APP_ROLE

__all__ = ["connect", "connect_kwargs", "create_engine"]


def create_engine(
    url: str, role: str | None = APP_ROLE, *, size: int = 5, overflow: int = 10
) -> AsyncEngine:
    """Return an engine whose connections are in ``role`` (None: whom the URL names).

    A pooled connection is tested before use (pre-ping), so that after a restart of PostgreSQL a
    request reconnects and does not fail; new connections wait until the restart is over. ``size``
    and ``overflow`` limit the connections of this process.
    """
    return create_async_engine(
        "postgresql+psycopg://",
        async_creator=partial(connect, url, role),
        pool_pre_ping=True,
        pool_size=size,
        max_overflow=overflow,
        pool_timeout=10,
        pool_recycle=1800,
    )
