"""What routes are given: the started services, and one transaction a request."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.session import session_scope
from api.services import Services, services_of


async def get_services(request: Request) -> Services:
    # Async though it waits for nothing: FastAPI sends a plain function to a thread.
    return services_of(request)


ServicesDep = Annotated[Services, Depends(get_services)]


def share_connection(request: Request, connection: AsyncConnection) -> None:
    """Let a route work in a transaction that was begun for its request, and is committed there."""
    request.state.connection = connection


async def get_connection(request: Request, services: ServicesDep) -> AsyncIterator[AsyncConnection]:
    """One request, one transaction, one commit: before the answer goes out, not after."""
    shared: AsyncConnection | None = getattr(request.state, "connection", None)
    if shared is not None:
        yield shared
        return
    async with session_scope(services.engine) as session:
        yield await session.connection()


# "function": a commit that fails is an error and not a success already sent.
ConnectionDep = Annotated[AsyncConnection, Depends(get_connection, scope="function")]
