"""The dependencies of routes: the started services, and one transaction per request."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.session import session_scope
from api.services import Services, services_of


async def get_services(request: Request) -> Services:
    # Async although it does not wait: FastAPI would run a plain function in a thread.
    return services_of(request)


ServicesDep = Annotated[Services, Depends(get_services)]


def share_session(request: Request, session: AsyncSession) -> None:
    """Make a route use the transaction that was begun for its request, and is committed there."""
    request.state.session = session


async def get_session(request: Request, services: ServicesDep) -> AsyncIterator[AsyncSession]:
    """One transaction per request, committed before the answer is sent."""
    shared: AsyncSession | None = getattr(request.state, "session", None)
    if shared is not None:
        yield shared
        return
    async with session_scope(services.engine) as session:
        yield session


# scope="function": a commit that fails is an error, and not a success that was sent already.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
