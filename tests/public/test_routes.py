"""Logs and metrics name a request by its route's path, so each route has its whole path."""

from fastapi import FastAPI
from starlette.routing import Match
from starlette.types import Scope

from tests.gate.test_senders import leaves


def taken(app: FastAPI, method: str, path: str) -> bool:
    scope: Scope = {"type": "http", "method": method, "path": path, "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in app.routes)


async def test_the_path_of_every_route_is_one_that_the_app_takes(app: FastAPI) -> None:
    """A router within a router that adds the prefix would leave it out of the route's own path."""
    found = {
        (method, route.path)  # type: ignore[attr-defined]
        for route in leaves(app.routes)
        for method in getattr(route, "methods", None) or ()
    }
    assert len(found) > 80
    assert {one for one in found if not taken(app, *one)} == set()
    paths = {path for _, path in found}
    assert set(app.openapi()["paths"]) <= paths
