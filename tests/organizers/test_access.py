"""Nobody enters an organizer's route without a token, and a token does what its scope says."""

import re
from collections.abc import Iterator

import httpx
from fastapi import APIRouter, FastAPI
from sqlalchemy import text
from starlette.routing import BaseRoute

from api.database.session import transaction
from api.organizers import routes as organizers
from api.organizers import tokens
from api.organizers.tokens import WRONG_MAX, Scope
from api.services import Services
from tests.app_fixtures import CAMPAIGN
from tests.organizers.tokens import URL, bearer, refused

STATS = f"{URL}/campaigns/{CAMPAIGN}/stats"
REAL = {"slug": CAMPAIGN}


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and path of every organizer's route, whoever added it."""
    for path, methods in app.openapi()["paths"].items():
        if path.startswith(URL):
            filled = re.sub(r"\{(\w+)\}", lambda match: REAL.get(match[1], "0"), path)
            yield from ((method.upper(), filled) for method in methods)


def leaves(router: APIRouter) -> Iterator[BaseRoute]:
    for route in router.routes:
        nested = getattr(route, "original_router", None)
        yield from [route] if nested is None else leaves(nested)


def test_no_route_of_organizers_is_hidden_from_this_test(app: FastAPI) -> None:
    assert len([*leaves(organizers.router)]) == len([*routes(app)]) > 0


async def test_every_route_asks_for_a_token_and_for_a_scope(
    app: FastAPI, client: httpx.AsyncClient, services: Services
) -> None:
    """Whatever the body is: without access, nobody learns anything of what is inside."""
    nothing = await bearer(services)
    async with transaction(services.engine) as session:
        await session.execute(text("UPDATE api_tokens SET scopes = '[]'"))
    for method, path in routes(app):
        for content in (b"", b"{}", b"["):
            answer = await client.request(method, path, content=content)
            assert refused(answer) == (401, "token_needed"), (method, path)
            assert answer.headers["www-authenticate"] == "Bearer"
            answer = await client.request(method, path, content=content, headers=nothing)
            assert refused(answer) == (403, "scope_missing"), (method, path)


async def test_a_token_does_what_its_scope_says_and_no_more(
    app: FastAPI, client: httpx.AsyncClient, services: Services
) -> None:
    """Each route lets exactly one scope in."""
    headers = {scope: await bearer(services, scope) for scope in Scope}
    for method, path in routes(app):
        entered = set()
        for scope, header in headers.items():
            answer = await client.request(method, path, headers=header)
            assert answer.status_code not in {401, 429}, answer.text
            if answer.status_code != 403:
                entered.add(scope)
        assert len(entered) == 1, (method, path, entered)


async def test_a_revoked_token_and_what_never_was_one(
    client: httpx.AsyncClient, services: Services
) -> None:
    good = await bearer(services, Scope.STATS)
    assert (await client.get(STATS, headers=good)).status_code == 200
    async with transaction(services.engine) as session:
        listed = await tokens.list_tokens(session)
        assert [(each.name, each.scopes) for each in listed] == [("a test", ["stats"])]
        assert listed[0].used is not None
        assert (listed[0].used.minute, listed[0].used.second) == (0, 0)
        await tokens.revoke(session, listed[0].id, actor="test")
    assert refused(await client.get(STATS, headers=good)) == (401, "token_needed")
    for value in ("Bearer", "Bearer x", "Basic eDp5", "Bearer \udce9"):
        header = [(b"Authorization", value.encode("utf-8", "surrogateescape"))]
        assert refused(await client.get(STATS, headers=header)) == (401, "token_needed")
    async with transaction(services.engine) as session:
        actions = await session.execute(text("SELECT action FROM audit ORDER BY seq"))
        assert [row.action for row in actions] == ["token.create", "token.revoke"]


async def test_wrong_tokens_bar_wrong_ones_and_never_a_right_one(
    client: httpx.AsyncClient, services: Services
) -> None:
    """Others behind the same address, or somebody on the same machine, cannot lock anyone out."""
    good, wrong = await bearer(services, Scope.STATS), {"Authorization": "Bearer a-guess"}
    for _ in range(WRONG_MAX):
        assert (await client.get(STATS, headers=wrong)).status_code == 401
    answer = await client.get(STATS, headers=wrong)
    assert refused(answer) == (429, "too_many_wrong_tokens")
    assert answer.headers["retry-after"] == "600"
    assert (await client.get(STATS, headers=good)).status_code == 200
    async with transaction(services.engine) as session:
        earlier = "UPDATE wrong_tokens SET since = since - interval '10 minutes'"
        await session.execute(text(earlier))
    assert (await client.get(STATS, headers=wrong)).status_code == 401
