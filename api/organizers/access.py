"""Authentication and authorization for every organizer's route."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from api.database.session import session_scope
from api.errors import DomainError
from api.organizers import tokens
from api.organizers.tokens import Scope
from api.problems import problems
from api.public.dependencies import ServicesDep
from api.public.repeats import GuardedRoute, begin_once
from api.security.hashing import daily_key, keyed_hash
from api.services import Services, client_of, now

bearer = HTTPBearer(
    auto_error=False, description="A token made by `undersigned token create --scope …`."
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


class TokenNeeded(DomainError):
    status = 401
    code = "token_needed"
    title = "This is for organizers"


class ScopeMissing(DomainError):
    status = 403
    code = "scope_missing"
    title = "This token may not do that"


class TooManyWrongTokens(DomainError):
    status = 429
    code = "too_many_wrong_tokens"
    title = "Too many wrong tokens came from here"


@dataclass(frozen=True, slots=True)
class Organizer:
    """Who sent a request, by their token's id. ``actor`` is their name in the audit log."""

    token_id: UUID

    @property
    def actor(self) -> str:
        return f"token:{self.token_id}"


def make_router(path: str = "") -> APIRouter:
    """A router for organizers' routes below ``path``; each of them takes ``organizer(scope)``."""
    return APIRouter(
        prefix=f"/api/v1/organizer{path}",
        tags=["organizers"],
        route_class=GuardedRoute,
        responses=problems(TokenNeeded, ScopeMissing, TooManyWrongTokens),
    )


def organizer(scope: Scope) -> Callable[..., Awaitable[Organizer]]:
    """A dependency that lets tokens with this scope in; name it before a route's body.

    It raises TokenNeeded, ScopeMissing or TooManyWrongTokens, before anything else is looked at;
    then what ``begin_once`` raises.
    """

    async def enter(request: Request, services: ServicesDep, given: Credentials) -> Organizer:
        if given is None:
            raise TokenNeeded("Send a token: Authorization: Bearer …")
        async with session_scope(services.engine) as session:
            client = _client(request, services)
            found = await tokens.find(session, given.credentials, client)
        if found.barred:
            raise TooManyWrongTokens("This token is wrong, too. A right one is taken at any time.")
        if found.id is None:
            raise TokenNeeded("There is no such token, or it was revoked.")
        if scope not in found.scopes:
            raise ScopeMissing(f"It needs the scope {scope}: make another token.")
        await begin_once(request, str(found.id))
        return Organizer(found.id)

    return enter


def _client(request: Request, services: Services) -> bytes:
    key = daily_key(services.keys.purpose("clients"), now().date())
    return keyed_hash(key, "wrong_tokens", client_of(request) or "")
