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

    A connection is tried before it is lent out, so that a restart of PostgreSQL costs a
    reconnect and not a failed request; new connections wait the restart out. ``size`` and
    ``overflow`` bound the connections of this process.
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
