"""``POST …/submissions`` is a bare route, which FastAPI neither checks nor documents: its body,
its answer, its errors and its headers are held to the OpenAPI document here."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.limits.buckets import BUCKETS, LIMITED
from api.problems import MEDIA_TYPE
from api.public.answers import ProblemAnswer, SubmissionAnswer
from api.public.submissions import PATH
from api.services import Services
from api.submissions.forms import SubmissionForm
from tests.app_fixtures import CAMPAIGN, Body

URL = PATH.replace("{slug}", CAMPAIGN)
JSON = {"Content-Type": "application/json"}

Make = Callable[..., Body]
Answer = Awaitable[httpx.Response]


@pytest.fixture
def operation(app: FastAPI) -> dict[str, Any]:
    found: dict[str, Any] = app.openapi()["paths"][PATH]["post"]
    return found


def model_of(part: dict[str, Any], media_type: str = "application/json") -> str:
    name: str = part["content"][media_type]["schema"]["$ref"].rpartition("/")[2]
    return name


def required(model: type[SubmissionForm], *path: str) -> list[str]:
    schema = model.model_json_schema()
    part = schema if not path else schema["$defs"]["SupporterForm"]
    fields: list[str] = part["required"]
    return fields


async def test_the_answer_is_the_documented_one(
    client: httpx.AsyncClient, form: Make, operation: dict[str, Any]
) -> None:
    answer = await client.post(URL, json=form())
    assert answer.status_code == 202
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert model_of(operation["responses"]["202"]) == SubmissionAnswer.__name__
    told = SubmissionAnswer.model_validate_json(answer.content)
    assert told.model_dump(mode="json", exclude_unset=True) == answer.json()


async def test_the_documented_body_is_the_one_that_is_read(
    app: FastAPI, client: httpx.AsyncClient, form: Make, operation: dict[str, Any]
) -> None:
    assert model_of(operation["requestBody"]) == SubmissionForm.__name__
    documented = app.openapi()["components"]["schemas"][SubmissionForm.__name__]
    assert documented["required"] == required(SubmissionForm)
    for name in required(SubmissionForm, "supporter"):
        whole = form()
        del whole["supporter"][name]
        problem = (await client.post(URL, json=whole)).json()
        assert [error["field"] for error in problem["errors"]] == [f"supporter.{name}"]
    unknown = await client.post(URL, json=form(top={"nobody_knows": 1}))
    assert unknown.json()["errors"][0]["field"] == "nobody_knows"


async def test_a_documented_header_is_read(
    client: httpx.AsyncClient, form: Make, operation: dict[str, Any]
) -> None:
    named = [each["name"] for each in operation["parameters"] if each["in"] == "header"]
    assert named == ["Idempotency-Key"]
    key = {"Idempotency-Key": "a-key-of-a-test"}
    first, second = [await client.post(URL, json=form(), headers=key) for _ in range(2)]
    assert first.content == second.content
    assert (await client.post(URL, json=form())).content != first.content


async def _too_many(client: httpx.AsyncClient, *_: object) -> httpx.Response:
    """The bucket fills a little while it is emptied."""
    for _n in range(2 * BUCKETS[LIMITED[f"POST {PATH}"]].capacity):
        answer = await client.post(URL, content=b"{", headers=JSON)
        if answer.status_code == 429:
            break
    return answer


async def _no_database(client: httpx.AsyncClient, services: Services, form: Body) -> httpx.Response:
    await services.intake.close()
    return await client.post(URL, json=form)


PROVOKED: dict[str, Callable[[httpx.AsyncClient, Services, Body], Answer]] = {
    "400": lambda client, _, __: client.post(URL, content=b"{", headers=JSON),
    "404": lambda client, _, form: client.post(URL.replace(CAMPAIGN, "nowhere"), json=form),
    "409": lambda client, _, form: client.post(URL, json={**form, "approval": "of-another"}),
    "413": lambda client, _, form: client.post(URL, json={**form, "story": "a" * 70_000}),
    "415": lambda client, _, __: client.post(URL, content=b"{}"),
    "422": lambda client, _, __: client.post(URL, json={}),
    "429": _too_many,
    "503": _no_database,
}


@pytest.mark.parametrize("status", PROVOKED)
async def test_an_error_is_the_documented_one(
    client: httpx.AsyncClient,
    services: Services,
    form: Make,
    operation: dict[str, Any],
    status: str,
) -> None:
    answer = await PROVOKED[status](client, services, form())
    assert answer.status_code == int(status), answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert ("retry-after" in answer.headers) == (status in {"429", "503"})
    assert model_of(operation["responses"][status], MEDIA_TYPE) == ProblemAnswer.__name__
    problem = ProblemAnswer.model_validate_json(answer.content)
    assert problem.status == int(status)
    assert problem.detail.endswith(".")


def test_every_documented_error_is_provoked_here(operation: dict[str, Any]) -> None:
    assert {status for status in operation["responses"] if status >= "400"} - {"default"} == set(
        PROVOKED
    )
