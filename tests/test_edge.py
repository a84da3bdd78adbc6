"""The outermost layer: what holds for every answer, whatever produced it."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import psycopg
import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy.exc import IntegrityError, OperationalError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from api import edge, pages
from api.edge import MAX_BODY, MAX_FORM, Edge, Shortcut
from api.errors import NotFound, TooLarge
from api.gate import Gate
from api.main import answer, render
from api.security.headers import Kind, embed_policy, security_headers

Lines = Callable[[], Awaitable[list[dict[str, Any]]]]
GATE = Gate("https://act.example.org", strict=False)
SECRET = "ani@example.org is not to be told"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """What the edge logged, as it is written in production."""
    written = io.StringIO()
    log = structlog.wrap_logger(
        structlog.PrintLogger(written), processors=[structlog.processors.JSONRenderer()]
    )
    monkeypatch.setattr(edge, "log", log)

    async def read() -> list[dict[str, Any]]:
        await asyncio.sleep(0)  # requests are logged at the end of a turn of the event loop
        return [json.loads(line) for line in written.getvalue().splitlines()]

    return read


async def _fails(request: Request) -> Response:
    raise RuntimeError(SECRET)


async def _fails_late(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    raise RuntimeError(SECRET)


async def _reads(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _own_headers(request: Request) -> Response:
    return PlainTextResponse("", headers={"Referrer-Policy": "origin", "X-Request-ID": "mine-mine"})


def _route(path: str, endpoint: Any) -> Route:
    return Route(path, endpoint, methods=["GET", "POST"])


@pytest.fixture
async def small() -> AsyncIterator[httpx.AsyncClient]:
    """A client of an app of a few routes behind the edge."""
    app = Starlette(
        routes=[
            _route("/api/fails/{token}", _fails),
            _route("/api/reads", _reads),
            _route("/api/own", _own_headers),
        ]
    )
    app.add_middleware(Edge, render=render, gate=GATE)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


KINDS = {
    "/": Kind.PAGE,
    "/no/such/page": Kind.PAGE,
    "/confirm/" + "x" * 43: Kind.TOKEN_PAGE,
    "/me/" + "x" * 43: Kind.TOKEN_PAGE,
    "/self-service/" + "x" * 43: Kind.TOKEN_PAGE,
    "/own-data": Kind.TOKEN_PAGE,
    "/unsubscribe/" + "x" * 43: Kind.TOKEN_PAGE,
    "/api/v1/campaigns": Kind.API,
    "/api/v1/nothing": Kind.API,
    "/healthz": Kind.API,
    "/readyz": Kind.API,
    "/metrics": Kind.API,
    "/openapi.json": Kind.API,
    "/assets/nothing.css": Kind.STATIC,
    "/card/nothing": Kind.CARD,
    "/partners/nobody": Kind.PREVIEW,
    "/oembed": Kind.API,
}


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "BREW"])
async def test_every_answer_has_the_headers_of_its_kind(
    client: httpx.AsyncClient, method: str
) -> None:
    for path, kind in KINDS.items():
        answer = await client.request(method, path)
        assert answer.status_code < 500, path
        for name, value in security_headers(kind, https=False):
            if name != b"cache-control":  # an answer may have its own
                assert answer.headers[name.decode()] == value.decode(), path
        assert answer.headers["x-request-id"]
        assert "strict-transport-security" not in answer.headers


PAGES = {path: kind for path, kind in KINDS.items() if kind is not Kind.API} | {
    "/c/reverse-907-waiver": Kind.PAGE,
    "/c/reverse-907-waiver/letters": Kind.PAGE,
    "/records": Kind.PAGE,
    "/embed/reverse-907-waiver": Kind.EMBED,
    "/embed/reverse-907-waiver/letters": Kind.EMBED,
    "/embed/no-such-campaign": Kind.EMBED,
    "/w/1.js": Kind.STATIC,
}
RAISED: dict[int, Exception] = {
    400: HTTPException(400),
    404: NotFound("Look again."),
    405: HTTPException(405),
    413: TooLarge("Send less."),
    500: RuntimeError(SECRET),
    503: OperationalError("SELECT 1", {}, psycopg.errors.ConnectionFailure(SECRET)),
}


async def test_what_nobody_expected_has_the_form_of_all_problems(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def raises(*_: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(app.router, "middleware_stack", raises)
    for path in ("/api/v1/campaigns", "/healthz", "/oembed"):
        answer = await client.get(path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")


class TestErrorsOfPages:
    """A frame shows an error only if that, too, says who may frame it."""

    @pytest.mark.parametrize("status", RAISED)
    async def test_what_a_route_raises(
        self, app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, status: int
    ) -> None:
        async def raises(*_: Any) -> None:
            raise RAISED[status]

        monkeypatch.setattr(app.router, "middleware_stack", raises)
        for path, kind in PAGES.items():
            answer = await client.post(path)
            assert (answer.status_code, "<main" in answer.text) == (status, True), path
            self._has_the_table(answer, kind)

    async def test_a_body_that_is_too_large(self, client: httpx.AsyncClient) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(10):
                yield b"x" * MAX_BODY

        for path, kind in PAGES.items():
            answer = await client.post(path, content=b"x" * (MAX_FORM + 1))
            assert answer.status_code == 413, path
            self._has_the_table(answer, kind)
        answer = await client.post("/embed/reverse-907-waiver/letters", content=pieces())
        assert answer.status_code == 413
        self._has_the_table(answer, Kind.EMBED)

    async def test_where_not_even_the_error_can_be_shown(
        self, app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*_: Any) -> None:
            raise RuntimeError(SECRET)

        monkeypatch.setattr(app.router, "middleware_stack", fails)
        monkeypatch.setattr(pages, "error_page", fails)
        for path, kind in PAGES.items():
            answer = await client.post(path)
            assert (answer.status_code, SECRET in answer.text) == (500, False), path
            self._has_the_table(answer, kind)

    def _has_the_table(self, answer: httpx.Response, kind: Kind) -> None:
        expected = {
            name.decode(): value.decode() for name, value in security_headers(kind, https=False)
        }
        if kind is Kind.EMBED:
            expected["content-security-policy"] = embed_policy([])
        path = answer.request.url.path
        found = {name: answer.headers.get(name) for name in expected if name != "cache-control"}
        assert found == {name: expected[name] for name in found}, path
        assert answer.headers["x-request-id"]


async def test_https_is_promised_where_the_public_url_has_it(small: httpx.AsyncClient) -> None:
    assert (await small.get("/api/reads")).headers[
        "strict-transport-security"
    ] == "max-age=31536000"


async def test_a_header_that_an_answer_brings_stands_once(small: httpx.AsyncClient) -> None:
    answer = await small.get("/api/own")
    assert answer.headers.get_list("referrer-policy") == ["origin"]


class TestBodies:
    async def test_the_largest_is_taken(self, small: httpx.AsyncClient) -> None:
        answer = await small.post("/api/reads", content=b"x" * MAX_BODY)
        assert (answer.status_code, answer.text) == (200, str(MAX_BODY))

    async def test_one_byte_more_is_refused(self, small: httpx.AsyncClient) -> None:
        answer = await small.post("/api/reads", content=b"x" * (MAX_BODY + 1))
        assert answer.status_code == 413
        assert answer.headers["content-security-policy"]

    async def test_one_in_pieces_is_refused_before_it_ends(self, small: httpx.AsyncClient) -> None:
        sent = 0

        async def pieces() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(1000):
                sent += 1024
                yield b"x" * 1024

        answer = await small.post("/api/reads", content=pieces())
        assert answer.status_code == 413
        assert sent <= MAX_BODY + 2 * 1024

    @pytest.mark.parametrize(
        "path",
        [
            "/api/v1/campaigns/reverse-907-waiver/submissions",
            "/api/v1/campaigns/reverse-907-waiver/letters",
            "/api/v1/campaigns/reverse-907-waiver/targets",
            "/api/v1/confirmations",
        ],
    )
    async def test_the_api_says_so_in_its_own_form(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        answer = await client.post(path, json={"token": "x" * MAX_BODY})
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "too_large"


class TestRequestIds:
    async def test_each_request_has_one_of_its_own(self, small: httpx.AsyncClient) -> None:
        first, second = await small.get("/api/reads"), await small.get("/api/reads")
        assert first.headers["x-request-id"] != second.headers["x-request-id"]

    async def test_a_proxys_is_kept_and_logged(
        self, small: httpx.AsyncClient, lines: Lines
    ) -> None:
        answer = await small.get("/api/reads", headers={"X-Request-ID": "abc_DEF-123"})
        assert answer.headers["x-request-id"] == (await lines())[0]["id"] == "abc_DEF-123"

    @pytest.mark.parametrize(
        "given", ["short", "x" * 65, "with space1", "ani@example.org", "a\u00e9bcdefgh"]
    )
    async def test_whatever_else_is_replaced(self, small: httpx.AsyncClient, given: str) -> None:
        raw = [(b"x-request-id", given.encode("latin-1"))]
        made = (await small.get("/api/reads", headers=raw)).headers["x-request-id"]
        assert made != given
        assert len(made) == 16


class TestFailures:
    async def test_nothing_of_it_is_shown(self, small: httpx.AsyncClient) -> None:
        answer = await small.get("/api/fails/t0ken")
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "internal_error"
        assert answer.headers["x-content-type-options"] == "nosniff"
        for detail in ("ani@", "RuntimeError", "Traceback", ".py"):
            assert detail not in answer.text

    async def test_the_log_tells_where_and_not_what(
        self, small: httpx.AsyncClient, lines: Lines
    ) -> None:
        answer = await small.get("/api/fails/t0ken", headers={"Cookie": SECRET})
        failed, request = await lines()
        assert (failed["event"], failed["error"]) == ("request.failed", "RuntimeError")
        assert failed["at"][-1].endswith(" _fails")
        assert failed["id"] == request["id"] == answer.headers["x-request-id"]
        assert request["status"] == 500
        assert "ani@" not in json.dumps(await lines())
        assert "t0ken" not in json.dumps(await lines())

    async def test_an_answer_that_had_begun_is_left_as_it_is(self, lines: Lines) -> None:
        """The server sees an answer without an end, and cuts the connection; it is not told
        the exception, which it would write to its own log with its message."""
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/api/late", "headers": []}
        await Edge(_fails_late, render=render, gate=GATE)(scope, receive, send)
        assert [message["type"] for message in sent] == [
            "http.response.start",
            "http.response.body",
        ]
        assert [line["event"] for line in (await lines())] == ["request.failed", "request"]


class _Bare:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise SHORT[scope["path_params"]["slug"]]


SHORT: dict[str, Exception] = {
    "missing": NotFound("Look again."),
    "away": OperationalError("SELECT 1", {}, Exception(SECRET)),
    "bad": IntegrityError("SELECT 1", {}, psycopg.errors.UniqueViolation(SECRET)),
    "broken": RuntimeError(SECRET),
}


class TestShortcut:
    @pytest.fixture
    async def short(self) -> AsyncIterator[httpx.AsyncClient]:
        app = Starlette(routes=[_route("/api/{slug}/rest", _reads)])
        route = Route("/api/{slug}", _Bare(), methods=["POST"])
        app.add_middleware(Shortcut, route=route, answer=answer)
        app.add_middleware(Edge, render=render, gate=GATE)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client

    @pytest.mark.parametrize(
        ("slug", "status", "code"),
        [
            ("missing", 404, "not_found"),
            ("away", 503, "unavailable"),
            ("bad", 500, "internal_error"),
            ("broken", 500, "internal_error"),
        ],
    )
    async def test_what_its_route_raises_is_answered(
        self, short: httpx.AsyncClient, lines: Lines, slug: str, status: int, code: str
    ) -> None:
        found = await short.post(f"/api/{slug}")
        assert (found.status_code, found.json()["code"]) == (status, code)
        assert (await lines())[-1]["route"] == "/api/{slug}"
        assert "ani@" not in found.text + json.dumps(await lines())

    @pytest.mark.parametrize(("method", "path"), [("GET", "/api/x"), ("POST", "/api/x/y")])
    async def test_another_method_or_path_goes_on(
        self, short: httpx.AsyncClient, method: str, path: str
    ) -> None:
        assert (await short.request(method, path)).status_code == 404
        assert (await short.post("/api/x/rest", content=b"abc")).text == "3"


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/confirm/a-token-that-nobody-minted", "/confirm/{token}"),
        ("GET", "/api/v1/campaigns/reverse-907-waiver", "/api/v1/campaigns/{slug}"),
        (
            "POST",
            "/api/v1/campaigns/reverse-907-waiver/submissions",
            "/api/v1/campaigns/{slug}/submissions",
        ),
        ("GET", "/nowhere/a-token-that-nobody-minted", "none"),
    ],
)
async def test_the_log_names_the_route_and_no_token(
    app: FastAPI,
    client: httpx.AsyncClient,
    lines: Lines,
    method: str,
    path: str,
    route: str,
) -> None:
    await client.request(method, f"{path}?token=a-token-that-nobody-minted&zip=91204")
    (line,) = await lines()
    assert (line["event"], line["method"], line["route"]) == ("request", method, route)
    assert 0 < line["ms"] < 60_000
    assert "nobody-minted" not in json.dumps(line)
    assert "91204" not in json.dumps(line)
