"""One unit of work: one session, one transaction, one commit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.errors import Unavailable

_held: ContextVar[bool] = ContextVar("held", default=False)


def holds_connection() -> bool:
    """Whether this task is within a unit of work. Whatever computes or waits asserts that it is
    not, so that a route that holds a connection meanwhile fails in its first test."""
    return _held.get()


@asynccontextmanager
async def session_scope(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Give a session; commit when the block ends well, roll back when it raises.

    Raises Unavailable when the database is away, at the commit too: then nothing is known to
    be stored.
    """
    outside = _held.get()
    _held.set(True)
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session
            await session.commit()
    except (InterfaceError, OperationalError, PoolTimeoutError) as error:
        if isinstance(error, PoolTimeoutError) or error.connection_invalidated or is_outage(error):
            raise Unavailable("The database does not answer. Please try again shortly.") from error
        raise
    finally:
        _held.set(outside)


@asynccontextmanager
async def connection_scope(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """The same for statements alone. Raises Unavailable as well."""
    async with session_scope(engine) as session:
        yield await session.connection()


def is_outage(error: DBAPIError) -> bool:
    """Tell an unreachable or restarting database from an error of the statement itself.

    SQLSTATE classes 08 (connection) and 57P (operator intervention); none without an answer, or
    where the driver refused a value by itself, which is a DataError.
    """
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, InterfaceError | OperationalError)
    return bool(state.startswith(("08", "57P")))
