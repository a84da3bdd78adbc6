"""The two forms that strangers send, held to the OpenAPI document: body, answer, errors, headers.

``POST …/submissions`` is a bare route, which FastAPI neither checks nor documents, and
``POST …/sign-ons`` reads its body itself. That each answer fits the document is checked wherever a
test's client gets one (``tests/contract.py``); here each documented error is provoked.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import text

from api.database.session import transaction
from api.limits.buckets import BUCKETS, LIMITED
from api.problems import MEDIA_TYPE
from api.public.answers import ProblemAnswer, SignedAnswer, SubmissionAnswer
from api.public.submissions import PATH as SUBMISSIONS
from api.services import Services
from tests.app_fixtures import CAMPAIGN, Body
from tests.sign_ons.signing import LETTER, person

SIGN_ONS = SUBMISSIONS.replace("/submissions", "/sign-ons")
JSON = {"Content-Type": "application/json"}
KEY = {"Idempotency-Key": "a-key-of-a-test"}

Make = Callable[..., Body]


@dataclass(frozen=True, slots=True)
class Sending:
    """One of the two routes, with a body that it takes."""

    client: httpx.AsyncClient
    services: Services
    patch: pytest.MonkeyPatch
    path: str
    slug: str
    body: Body

    async def __call__(self, body: Any = None, *, slug: str = "", **more: Any) -> httpx.Response:
        url = self.path.replace("{slug}", slug or self.slug)
        sent = more if "content" in more else {**more, "json": self.body if body is None else body}
        return await self.client.post(url, **sent)


@pytest.fixture(params=[SUBMISSIONS, SIGN_ONS])
def path(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def operation(app: FastAPI, path: str) -> dict[str, Any]:
    found: dict[str, Any] = app.openapi()["paths"][path]["post"]
    return found


@pytest.fixture
def send(
    client: httpx.AsyncClient,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    form: Make,
) -> Sending:
    slug, body = (CAMPAIGN, form()) if path == SUBMISSIONS else (LETTER, person())
    return Sending(client, services, monkeypatch, path, slug, body)


def model_of(part: dict[str, Any], media_type: str = "application/json") -> str:
    name: str = part["content"][media_type]["schema"]["$ref"].rpartition("/")[2]
    return name


ANSWERS: dict[str, type[BaseModel]] = {SUBMISSIONS: SubmissionAnswer, SIGN_ONS: SignedAnswer}


async def test_the_answer_is_the_documented_one(
    send: Sending, path: str, operation: dict[str, Any]
) -> None:
    answer = await send()
    assert answer.status_code == 202
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert model_of(operation["responses"]["202"]) == ANSWERS[path].__name__
    told = ANSWERS[path].model_validate_json(answer.content)
    assert told.model_dump(mode="json", exclude_unset=True) == answer.json()


async def test_a_documented_header_is_read(send: Sending, operation: dict[str, Any]) -> None:
    named = [each["name"] for each in operation["parameters"] if each["in"] == "header"]
    assert named == ["Idempotency-Key"]
    first, second = [await send(headers=KEY) for _ in range(2)]
    assert first.content == second.content
    assert first.headers.keys() == second.headers.keys()
    assert (await send()).content != first.content


async def test_a_repeat_is_answered_with_the_bytes_that_were_stored(send: Sending) -> None:
    first = await send(headers=KEY)
    async with transaction(send.services.engine) as session:
        await session.execute(text("UPDATE idempotency SET answer = answer || ' '::bytea"))
    assert (await send(headers=KEY)).content == first.content + b" "


BODIES = {
    SUBMISSIONS: ("SubmissionForm", {"": "SubmissionForm", "supporter": "SupporterForm"}),
    SIGN_ONS: ("SignOnBody", {"": "PersonSigns", "supporter": "Signer"}),
}


async def test_the_documented_body_is_the_one_that_is_read(
    app: FastAPI, send: Sending, path: str, operation: dict[str, Any]
) -> None:
    whole, parts = BODIES[path]
    assert model_of(operation["requestBody"]) == whole
    for part, model in parts.items():
        for name in app.openapi()["components"]["schemas"][model]["required"]:
            body = {**send.body, **({part: {**send.body[part]}} if part else {})}
            del (body[part] if part else body)[name]
            problem = (await send(body)).json()
            assert [error["field"] for error in problem["errors"]] == [f"{part}.{name}".lstrip(".")]
    unknown = await send({**send.body, "nobody_knows": 1})
    assert unknown.json()["errors"][0]["field"] == "nobody_knows"


async def _too_many(send: Sending) -> httpx.Response:
    """The bucket fills a little while it is emptied."""
    for _n in range(2 * BUCKETS[LIMITED[f"POST {send.path}"]].capacity):
        answer = await send(content=b"{", headers=JSON)
        if answer.status_code == 429:
            break
    return answer


async def _no_database(send: Sending) -> httpx.Response:
    await send.services.intake.close()
    return await send()


async def _closed(send: Sending) -> httpx.Response:
    campaign = send.services.published.catalog.get(send.slug).campaign
    send.patch.setitem(campaign.__dict__, "status", "closed")
    return await send()


async def _another_body(send: Sending) -> httpx.Response:
    await send(headers=KEY)
    return await send({**send.body, "language": "hy"}, headers=KEY)


Provoke = Callable[[Sending], Awaitable[httpx.Response]]

BOTH: Mapping[str, Provoke] = {
    "malformed_json": lambda send: send(content=b"{", headers=JSON),
    "idempotency_key_malformed": lambda send: send(headers={"Idempotency-Key": "a b"}),
    "not_found": lambda send: send(slug="nowhere"),
    "campaign_closed": _closed,
    "too_large": lambda send: send({**send.body, "referral": "a" * 70_000}),
    "not_json": lambda send: send(content=b"{}"),
    "invalid_input": lambda send: send({}),
    "idempotency_conflict": _another_body,
    "rate_limited": _too_many,
    "unavailable": _no_database,
}
NOT_THEIRS = [{"seat": "house:CA-1", "subject": "A question"}]
PROVOKED: Mapping[str, Mapping[str, Provoke]] = {
    SUBMISSIONS: {
        **BOTH,
        "letter_changed": lambda send: send({**send.body, "approval": "of-another"}),
        "not_your_target": lambda send: send({**send.body, "letters": NOT_THEIRS}),
        "open_letter": lambda send: send(slug=LETTER),
    },
    SIGN_ONS: {
        **BOTH,
        "statement_changed": lambda send: send({**send.body, "statement_digest": "of-another"}),
    },
}


def documented(operation: dict[str, Any]) -> dict[str, str]:
    """The status of each code that this operation documents as its own."""
    return {
        code: status
        for status, told in operation["responses"].items()
        if status.startswith(("4", "5"))
        for code in re.findall("``([a-z_]+)``", told["description"])
    }


@pytest.mark.parametrize(
    ("path", "code"),
    [(path, code) for path, provoked in PROVOKED.items() for code in provoked],
    indirect=["path"],
)
async def test_an_error_is_the_documented_one(
    send: Sending, path: str, operation: dict[str, Any], code: str
) -> None:
    answer = await PROVOKED[path][code](send)
    problem = ProblemAnswer.model_validate_json(answer.content)
    assert (problem.code, str(problem.status)) == (code, documented(operation)[code])
    assert answer.status_code == problem.status
    assert answer.headers["content-type"] == MEDIA_TYPE
    told = operation["responses"][str(problem.status)]
    assert model_of(told, MEDIA_TYPE) == ProblemAnswer.__name__
    assert ("retry-after" in answer.headers) == ("Retry-After" in told.get("headers", {}))
    assert problem.detail.endswith(".")


def test_every_documented_error_is_provoked_here(path: str, operation: dict[str, Any]) -> None:
    assert documented(operation).keys() == PROVOKED[path].keys()
