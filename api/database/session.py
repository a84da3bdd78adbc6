"""One unit of work: one session, one transaction, one commit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, Final, cast

from sqlalchemy import CursorResult, Executable, Result, TextClause
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.errors import Unavailable

# Execution options. Of a query: what this session read before may be older than the lock that it
# holds now.
AS_IT_IS: Final = {"populate_existing": True}
# Of an UPDATE or DELETE: the session has not loaded these rows, or does not look at them again.
NOT_LOADED: Final = {"synchronize_session": False}

_held: ContextVar[bool] = ContextVar("held", default=False)


def holds_connection() -> bool:
    """Whether this task is inside a unit of work.

    Code that computes or waits for long asserts that it is not, so that a route that keeps a
    database connection meanwhile fails in its first test.
    """
    return _held.get()


class Session(AsyncSession):
    """SQLModel's session, with ``execute`` for SQL that is written as text.

    It runs on the connection, without the ORM. What was added to the session or changed in its
    objects is not stored before such a statement: ``flush`` first.
    """

    async def execute(
        self, statement: Executable, params: Any = None, **options: Any
    ) -> Result[*tuple[Any, ...]]:
        if isinstance(statement, TextClause):
            return await (await self.connection()).execute(statement, params)
        return await super().execute(statement, params, **options)


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Open a session; commit when the block ends, roll back when it raises.

    For workers, commands and tasks in the background: what the database raises is not translated.
    """
    async with Session(engine, expire_on_commit=False) as session:
        yield session
        await session.commit()


@asynccontextmanager
async def session_scope(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Open a session for a request: a ``transaction`` whose outages are reported as such.

    Raises Unavailable when the database cannot be reached. If that happens at the commit, it is
    not known whether anything was stored.
    """
    outside = _held.get()
    _held.set(True)
    try:
        async with transaction(engine) as session:
            yield session
    except (InterfaceError, OperationalError, PoolTimeoutError) as error:
        if isinstance(error, PoolTimeoutError) or error.connection_invalidated or is_outage(error):
            raise Unavailable("The database does not answer. Please try again shortly.") from error
        raise
    finally:
        _held.set(outside)


def changed_rows(result: Result[*tuple[Any, ...]]) -> int:
    """How many rows an INSERT, UPDATE or DELETE written as text changed."""
    return cast("CursorResult[*tuple[Any, ...]]", result).rowcount


def is_outage(error: DBAPIError) -> bool:
    """Whether an error means that the database is unreachable or restarting.

    True for SQLSTATE classes 08 (connection) and 57P (operator intervention), and where there was
    no answer at all. False for errors of a statement, and for a value that the driver itself
    refused (a DataError without a SQLSTATE).
    """
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, InterfaceError | OperationalError)
    return bool(state.startswith(("08", "57P")))
