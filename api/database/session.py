"""One unit of work: one session, one transaction, one commit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.errors import Unavailable


@asynccontextmanager
async def session_scope(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Give a session; commit when the block ends well, roll back when it raises.

    Raises Unavailable when the database is away, at the commit too: then nothing is known to
    be stored.
    """
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session
            await session.commit()
    except (InterfaceError, OperationalError, PoolTimeoutError) as error:
        if isinstance(error, PoolTimeoutError) or error.connection_invalidated or is_outage(error):
            raise Unavailable("The database does not answer. Please try again shortly.") from error
        raise


def is_outage(error: DBAPIError) -> bool:
    """Tell an unreachable or restarting database from an error of the statement itself.

    SQLSTATE classes 08 (connection) and 57P (operator intervention); none without an answer, or
    where the driver refused a value by itself, which is a DataError.
    """
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, InterfaceError | OperationalError)
    return bool(state.startswith(("08", "57P")))
