"""Every POST of organizers, present and future: with a key, it is done once."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import text

from api.database.session import transaction
from api.organizers import routes as organizers
from api.organizers.access import organizer
from api.organizers.tokens import Scope
from api.public.dependencies import get_session
from api.public.repeats import GuardedRoute, RepeatableRoute, begin_once
from api.security.identifiers import new_id
from api.services import Services
from tests.app_fixtures import Outbox
from tests.organizers.test_access import leaves
from tests.organizers.test_records import RECORD
from tests.organizers.tokens import URL, bearer, refused
from tests.sign_ons.signing import LETTER, confirm, person, sign
from tests.sign_ons.test_organizations import organization

HERE = "/campaigns/{slug}"
STOP = {"kind": "campaign", "name": LETTER, "reason": "a test"}
# Path below the organizers' -> a body that is taken, and another one that is none the less read.
POSTS: Mapping[str, tuple[Any, Any]] = {
    "/sign-ons/{sign_on_id}/decision": (
        {"what": "name", "shown": False},
        {"what": "name", "shown": True, "up_to": 40},
    ),
    f"{HERE}/moderation/decisions": (
        {"ids": [str(new_id())], "up_to": 1, "what": "name", "shown": True},
        {"ids": [str(new_id())], "up_to": 1, "what": "name", "shown": False},
    ),
    f"{HERE}/moderation/pass": ({"up_to": 1}, {"up_to": 2}),
    "/organizations/{organization_id}/approve": ({"lead": False}, {"lead": True}),
    "/organizations/{organization_id}/refuse": ({}, {"other": 1}),
    "/organizations/{organization_id}/undo": ({}, {"other": 1}),
    f"{HERE}/handed-in": ({"to": "A", "on": "2026-03-01"}, {"to": "B", "on": "2026-03-01"}),
    "/records": (RECORD, {**RECORD, "title": "Another bill of this test"}),
    f"{HERE}/suspects/release": ({"reason": "rate"}, {"reason": "watched"}),
    f"{HERE}/watchlist": ({"domain": "example.net"}, {"domain": "example.com"}),
    f"{HERE}/invalidations/preview": ({"state": "CA"}, {"state": "NY"}),
    f"{HERE}/invalidations": ({"state": "NY", "expected": 0}, {"state": "MA", "expected": 0}),
    "/invalidations/{invalidation_id}/cancel": ({}, {"other": 1}),
    "/invalidations/{invalidation_id}/undo": ({}, {"other": 1}),
    "/deliveries/acts": ({"act": "retry"}, {"act": "release"}),
    "/deliveries/stops": (STOP, {**STOP, "reason": "another"}),
    "/deliveries/resumes": (STOP, {**STOP, "reason": "another"}),
}

Fill = Callable[[str], str]


@pytest.fixture
async def fill(client: httpx.AsyncClient, services: Services, outbox: Outbox) -> Fill:
    """Puts ids that exist into a path: of a name that waits, an organization, an invalidation."""
    await sign(client, person(given_name="4 Real"))
    await confirm(client, outbox)
    await sign(client, organization(email="bo@example.org"))
    await confirm(client, outbox)
    headers = await bearer(services, Scope.INVALIDATION)
    begun = await client.post(
        f"{URL}/campaigns/{LETTER}/invalidations",
        headers=headers,
        json={"state": "CA", "expected": 1},
    )
    ids = {"slug": LETTER, "invalidation_id": begun.json()["id"]}
    async with transaction(services.engine) as session:
        for name, table in (("sign_on_id", "sign_ons"), ("organization_id", "organizations")):
            ids[name] = str(await session.scalar(text(f"SELECT id FROM {table}")))
    return lambda path: f"{URL}{path.format(**ids)}"


async def audited(services: Services) -> int:
    async with transaction(services.engine) as session:
        return int(await session.scalar(text("SELECT count(*) FROM audit")) or 0)


def test_every_post_is_in_the_table(app: FastAPI) -> None:
    known = {
        path.removeprefix(URL)
        for path, methods in app.openapi()["paths"].items()
        if path.startswith(URL) and "post" in methods
    }
    assert known == set(POSTS)


def test_every_route_is_of_the_class_that_does_it(app: FastAPI) -> None:
    assert {type(route) for route in leaves(organizers.router)} == {GuardedRoute}
    for path, methods in app.openapi()["paths"].items():
        if path.startswith(URL) and "post" in methods:
            names = [each["name"] for each in methods["post"].get("parameters", ())]
            assert "Idempotency-Key" in names, path


def taken(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    """What a route depends on, in the order in which it is called."""
    for each in dependant.dependencies:
        yield from taken(each)
        yield each.call


def test_every_route_begins_once_and_before_it_has_a_connection() -> None:
    entered = organizer(Scope.STATS).__code__
    for route in leaves(organizers.router):
        assert isinstance(route, APIRoute)
        calls = [*taken(route.dependant)]
        enters = [n for n, call in enumerate(calls) if getattr(call, "__code__", 0) is entered]
        assert len(enters) == 1, route.path
        assert get_session not in calls[: enters[0]], route.path


@pytest.mark.timeout(10)
async def test_a_request_that_begins_twice_fails_and_does_not_wait_for_itself(
    app: FastAPI, client: httpx.AsyncClient, services: Services
) -> None:
    twice = APIRouter(route_class=RepeatableRoute)

    @twice.post("/api/twice")
    async def begin_again(request: Request) -> None:
        await begin_once(request)

    app.include_router(twice)
    answer = await client.post("/api/twice", headers={"Idempotency-Key": "one"})
    assert refused(answer) == (500, "internal_error")
    async with transaction(services.engine) as session:
        assert not (await session.scalars(text("SELECT key_hash FROM idempotency"))).all()


async def test_the_same_key_is_done_once_and_with_another_body_a_conflict(
    client: httpx.AsyncClient, services: Services, fill: Fill
) -> None:
    mine = await bearer(services)
    for number, (path, (body, other)) in enumerate(POSTS.items()):
        headers, url = {**mine, "Idempotency-Key": f"key-{number}"}, fill(path)
        first = await client.post(url, headers=headers, json=body)
        assert first.status_code < 300, (path, first.text)
        done = await audited(services)
        again = await client.post(url, headers=headers, json=body)
        assert (again.status_code, again.content) == (first.status_code, first.content), path
        assert again.headers.get("content-type") == first.headers.get("content-type")
        conflict = await client.post(url, headers=headers, json=other)
        assert refused(conflict) == (422, "idempotency_conflict"), path
        assert await audited(services) == done, path


async def test_two_at_once_are_done_once(client: httpx.AsyncClient, services: Services) -> None:
    headers = {**await bearer(services), "Idempotency-Key": "one"}
    url, body = f"{URL}/campaigns/{LETTER}/handed-in", {"to": "A", "on": "2026-03-01"}
    answers = await asyncio.gather(
        *(client.post(url, headers=headers, json=body) for _ in range(8))
    )
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (201, answers[0].content)
    }
    assert len((await client.get(url, headers=headers)).json()["items"]) == 1


async def test_what_failed_may_be_repeated(client: httpx.AsyncClient, services: Services) -> None:
    headers = {**await bearer(services), "Idempotency-Key": "one"}
    url = f"{URL}/campaigns/{LETTER}/invalidations"
    body = {"state": "CA", "expected": 7}
    for _ in range(2):
        answer = await client.post(url, headers=headers, json=body)
        assert refused(answer) == (409, "number_changed")
    assert (
        await client.post(url, headers=headers, json={**body, "expected": 0})
    ).status_code == 202


async def test_an_answer_is_for_its_token_and_lies_sealed(
    client: httpx.AsyncClient, services: Services
) -> None:
    url, body = f"{URL}/campaigns/{LETTER}/handed-in", {"to": "Rosa Example", "on": "2026-03-01"}
    key = {"Idempotency-Key": "one"}
    mine, other = await bearer(services), await bearer(services)
    first = await client.post(url, headers={**mine, **key}, json=body)
    second = await client.post(url, headers={**other, **key}, json=body)
    assert first.json()["id"] != second.json()["id"]
    async with transaction(services.engine) as session:
        kept = (await session.scalars(text("SELECT answer FROM idempotency"))).all()
        await session.execute(text("UPDATE api_tokens SET scopes = '[]'"))
    assert len(kept) == 2
    assert not any(b"Rosa" in bytes(answer) for answer in kept)
    assert refused(await client.post(url, headers={**mine, **key}, json=body)) == (
        403,
        "scope_missing",
    )


async def test_a_key_that_cannot_be_used_is_refused(
    client: httpx.AsyncClient, services: Services
) -> None:
    headers = {**await bearer(services), "Idempotency-Key": "x" * 256}
    answer = await client.post(f"{URL}/deliveries/acts", headers=headers, json={"act": "retry"})
    assert refused(answer) == (400, "idempotency_key_malformed")
