"""Builds the web app: the public API and the pages over the same services."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, DBAPIError
from starlette.exceptions import HTTPException
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp

from api import logs, pages, widget
from api.database.session import is_outage
from api.edge import Edge, Shortcut, Unexpected
from api.errors import DomainError, NotFound, TooLarge, Unavailable, unstorable
from api.gate import AddressTooLong, CrossSite, Gate, MalformedRequest, WrongHost
from api.limiting import Limited
from api.organizers import routes as organizers
from api.problems import from_validation, problem
from api.public import (
    campaigns,
    confirmations,
    health,
    metrics,
    openapi,
    records,
    self_service,
    sign_ons,
    submissions,
)
from api.security.keys import KeyMissing
from api.security.sealing import SealBroken
from api.services import Published, started
from api.settings import Settings


class BadRequest(DomainError):
    """A request that the framework could not read, such as one with a broken header."""


class MethodNotAllowed(DomainError):
    status = 405
    code = "method_not_allowed"
    title = "This address takes other methods"


# What is answered before a route is reached, or where one fails.
ANYWHERE = (
    BadRequest,
    MalformedRequest,
    CrossSite,
    MethodNotAllowed,
    TooLarge,
    AddressTooLong,
    WrongHost,
    Unexpected,
    Unavailable,
    KeyMissing,
    SealBroken,
)


def create_app(settings: Settings, published: Published | None = None) -> FastAPI:
    """The app; its services start with it and end with it."""
    logs.configure(settings.log_level, json=settings.production)
    app = App(
        settings,
        title="Undersigned",
        version="1",
        license_info={"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        docs_url=None,
        redoc_url=None,
        # Operation ids, which generators of clients make names from: stable, whatever the path.
        generate_unique_id_function=lambda route: route.name,
        # Such redirects would go to the Host that a request names, with its token, over http.
        redirect_slashes=False,
        # Telemetry would export the messages of exceptions, and slow down each request.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        lifespan=partial(_lifespan, settings, published),
    )
    app.router.routes.append(submissions.route)
    for module in (
        campaigns,
        sign_ons,
        records,
        confirmations,
        self_service,
        organizers,
        health,
        metrics,
    ):
        app.include_router(module.router)
    openapi.install(app, anywhere=ANYWHERE)
    pages.install(app, settings)
    widget.install(app)
    kinds = (DomainError, HTTPException, RequestValidationError, ClientDisconnect, DBAPIError)
    for kind in kinds:
        app.add_exception_handler(kind, answer)
    return app


class App(FastAPI):
    """FastAPI with our edge around all its own layers, and the shortcut before them.

    The embedding headers are added around the edge, so that its own answers have them too.
    """

    def __init__(self, settings: Settings, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.gate = Gate(settings.public_url, strict=settings.production)

    def build_middleware_stack(self) -> ASGIApp:
        framework = super().build_middleware_stack()
        # FastAPI's outermost layer would answer "Internal Server Error" before the edge can.
        assert isinstance(framework, ServerErrorMiddleware)
        inner = framework.app
        short = Shortcut(inner, route=submissions.route, answer=answer)
        limited = Limited(short, refuse=refuse)
        return widget.Embedding(Edge(limited, render=render, gate=self.gate))


@asynccontextmanager
async def _lifespan(
    settings: Settings, published: Published | None, app: FastAPI
) -> AsyncIterator[None]:
    async with started(settings, published) as services:
        app.state.services = services
        yield


def render(request: Request, error: DomainError) -> Response:
    """Render an error in the way of the part of the site that it happened in."""
    response = _rendered(request, error)
    if error.status == MethodNotAllowed.status and response.status_code == error.status:
        response.headers["Allow"] = ", ".join(allowed(request))
    return response


def allowed(request: Request) -> list[str]:
    """The methods that this address takes; HEAD is GET without a body."""
    found = [
        method
        for method in ("GET", "POST", "DELETE")
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    ]
    return ["HEAD", *found] if "GET" in found else found


def _rendered(request: Request, error: DomainError) -> Response:
    if _for_programs(request):
        return problem(error)
    if error.status == MethodNotAllowed.status and (way := pages.way_back(request)):
        return RedirectResponse(way, 303)
    return pages.error_page(request, error)


def _for_programs(request: Request) -> bool:
    path: str = request.scope["path"]
    return path.startswith("/api/") or path in {"/healthz", "/readyz", "/metrics", "/oembed"}


async def refuse(request: Request, error: DomainError) -> Response:
    """The answer to a request that was refused early: a page keeps what was posted to it."""
    if _for_programs(request) or request.method != "POST":
        return render(request, error)
    try:
        return await pages.kept_page(request, error)
    except (DomainError, ClientDisconnect) as unread:
        return answer(request, unread)


def answer(request: Request, error: Exception) -> Response:
    """The answer for an exception of a route. Reraises unexpected ones."""
    return render(request, _domain_error(error))


def _domain_error(error: Exception) -> DomainError:
    match error:
        case DomainError():
            return error
        case HTTPException():
            return _framework_error(error)
        case RequestValidationError():
            return from_validation(error)
        case ClientDisconnect():  # not our fault, so it must not raise an alarm
            return BadRequest("The connection ended before the body did.")
        case DataError():
            return unstorable()
        case DBAPIError() if is_outage(error):
            return Unavailable("The database does not answer: try again in a minute.")
    raise error


def _framework_error(error: HTTPException) -> DomainError:
    if error.status_code == MethodNotAllowed.status:
        return MethodNotAllowed("See the API's description at /docs.")
    if error.status_code == BadRequest.status:
        return BadRequest("The body cannot be read: check how it is encoded.")
    return NotFound("Check the address, or begin at the list of campaigns.")
