"""Builds the web app: the public API and the pages over the same services."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api import logs, pages
from api.database.session import is_outage
from api.edge import Edge
from api.errors import DomainError, NotFound, Unavailable
from api.organizers import routes as organizers
from api.public import (
    campaigns,
    confirmations,
    health,
    metrics,
    openapi,
    sign_ons,
    submissions,
)
from api.public.problems import from_validation, problem
from api.services import Published, started
from api.settings import Settings


class BadRequest(DomainError):
    """What the framework could not read, such as a broken multipart form."""


class MethodNotAllowed(DomainError):
    status = 405
    code = "method_not_allowed"
    title = "This address takes other methods"


def create_app(settings: Settings, published: Published | None = None) -> FastAPI:
    """The app; its services start with it and end with it."""
    logs.configure(settings.log_level, json=settings.production)
    app = FastAPI(
        title="Undersigned",
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=partial(_lifespan, settings, published),
    )
    app.router.routes.append(submissions.route)
    for module in (campaigns, sign_ons, confirmations, organizers, health, metrics):
        app.include_router(module.router)
    openapi.install(app)
    pages.install(app, settings)
    _install_errors(app)
    app.add_middleware(Edge, render=render, https=settings.public_url.startswith("https:"))
    return app


@asynccontextmanager
async def _lifespan(
    settings: Settings, published: Published | None, app: FastAPI
) -> AsyncIterator[None]:
    async with started(settings, published) as services:
        app.state.services = services
        # Tables, texts and routes live as long as the process: the collector need not see them.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        yield


def render(request: Request, error: DomainError) -> Response:
    """An error as the part of the site that it happened in shows errors."""
    path = request.url.path
    if path.startswith("/api/") or path in {"/healthz", "/readyz", "/metrics"}:
        return problem(error)
    return pages.error_page(request, error)


def _install_errors(app: FastAPI) -> None:
    def from_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return render(request, _domain_error(error))

    def from_body(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return render(request, from_validation(error))

    def from_domain(request: Request, error: Exception) -> Response:
        assert isinstance(error, DomainError)
        return render(request, error)

    def from_database(request: Request, error: Exception) -> Response:
        assert isinstance(error, DBAPIError)
        if not is_outage(error):  # type: ignore[arg-type]
            raise error
        return render(request, Unavailable("The database does not answer: try again in a minute."))

    app.add_exception_handler(HTTPException, from_http)
    app.add_exception_handler(RequestValidationError, from_body)
    app.add_exception_handler(DomainError, from_domain)
    app.add_exception_handler(DBAPIError, from_database)


def _domain_error(error: HTTPException) -> DomainError:
    if error.status_code == MethodNotAllowed.status:
        return MethodNotAllowed("See the API's description at /docs.")
    if error.status_code == BadRequest.status:
        return BadRequest("The body cannot be read: check how it is encoded.")
    return NotFound("Check the address, or begin at the list of campaigns.")
