"""The check of answers that the other tests rely on notices each kind of fault."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.app_fixtures import CAMPAIGN, contract
from tests.contract import BrokenContract

COUNTS = f"/api/v1/campaigns/{CAMPAIGN}/counts"
PROBLEM = {
    "type": "about:blank",
    "title": "No",
    "status": 404,
    "detail": "No.",
    "code": "not_found",
}
HELD = {"etag": '"1"', "cache-control": "public, max-age=5"}
JSON, PROBLEMS = "application/json", "application/problem+json"


def check(status: int, body: Any, kind: str = JSON, method: str = "GET", **headers: str) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {**({"content-type": kind} if kind else {}), **headers}
    response = httpx.Response(status, content=content, headers=told)
    contract().check(httpx.Request(method, f"http://test{COUNTS}"), response)


@pytest.fixture
async def counts(client: httpx.AsyncClient) -> dict[str, Any]:
    body: dict[str, Any] = (await client.get(COUNTS)).json()
    return body


async def test_what_is_documented_passes(app: FastAPI, counts: dict[str, Any]) -> None:
    check(200, counts, **HELD)
    check(304, b"", "", **HELD)
    check(404, PROBLEM, PROBLEMS)
    check(500, {**PROBLEM, "status": 500, "code": "internal_error"}, PROBLEMS)
    check(200, b"", "", "HEAD", **HELD)


async def test_a_status_that_is_not_documented(app: FastAPI) -> None:
    with pytest.raises(BrokenContract, match="201 is not documented"):
        check(201, {})


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a field too many": ({"email": "ani@example.org"}, "email"),
    "another type": ({"persons": "3"}, "persons: .*integer"),
    "no number": ({"persons": None}, "persons: null"),
    "no time": ({"as_of": "yesterday"}, "as_of: .*date-time"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_body_that_is_not_the_documented_one(counts: dict[str, Any], name: str) -> None:
    fault, message = FAULTS[name]
    with pytest.raises(BrokenContract, match=message):
        check(200, {**counts, **fault}, **HELD)


async def test_a_body_that_lacks_a_field(counts: dict[str, Any]) -> None:
    del counts["persons"]
    with pytest.raises(BrokenContract, match="persons"):
        check(200, counts, **HELD)


async def test_a_header_that_is_missing(counts: dict[str, Any]) -> None:
    with pytest.raises(BrokenContract, match="the header ETag is missing"):
        check(200, counts, **{"cache-control": "no-store"})


async def test_a_body_of_another_kind(counts: dict[str, Any]) -> None:
    with pytest.raises(BrokenContract, match="text/html is not documented"):
        check(200, counts, "text/html", **HELD)
    with pytest.raises(BrokenContract, match="application/json is not documented"):
        check(304, counts, **HELD)


async def test_a_problem_that_this_route_does_not_document(app: FastAPI) -> None:
    with pytest.raises(BrokenContract, match="the code letter_changed is not documented"):
        check(404, {**PROBLEM, "code": "letter_changed"}, PROBLEMS)
    with pytest.raises(BrokenContract, match="the code token_gone is not documented"):
        check(410, {**PROBLEM, "status": 410, "code": "token_gone"}, PROBLEMS)
