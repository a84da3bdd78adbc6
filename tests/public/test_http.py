"""What HTTP itself asks for: methods, conditional reads, kinds of bodies, broken connections."""

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import Message

from tests.app_fixtures import CAMPAIGN
from tests.organizers.test_access import leaves

URL = f"/api/v1/campaigns/{CAMPAIGN}"


READ = (
    "/api/v1/campaigns",
    f"{URL}/targets?zip=91204",
    "/healthz",
    f"/c/{CAMPAIGN}",
    f"/embed/{CAMPAIGN}",
    f"/card/{CAMPAIGN}.png",
    "/sitemap.xml",
    "/w/1.js",
)
ALLOWED = (
    ("DELETE", f"{URL}/targets", "HEAD, GET, POST"),
    ("OPTIONS", "/api/v1/campaigns", "HEAD, GET"),
    ("GET", f"{URL}/submissions", "POST"),
    ("HEAD", "/api/v1/confirmations", "POST"),
    ("PUT", f"/c/{CAMPAIGN}/letters", "POST"),
)
WRITTEN = (f"{URL}/submissions", f"{URL}/letters", f"{URL}/sign-ons", "/api/v1/confirmations")
# What any page may have a browser send without asking first.
SIMPLE = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "")


async def test_head_is_answered_like_get(client: httpx.AsyncClient) -> None:
    for path in READ:
        get, head = await client.get(path), await client.head(path)
        assert head.status_code == get.status_code == 200, path
        assert head.headers.get("etag") == get.headers.get("etag"), path
        assert head.headers["content-type"] == get.headers["content-type"], path


def test_head_is_known_in_one_place_only(app: FastAPI) -> None:
    """The edge makes GET of it: a route that named it, too, would say nothing."""
    ours = [route for route in leaves(app.router) if isinstance(route, APIRoute)]
    assert {"/c/{slug}", "/w/1.js", "/sitemap.xml"} <= {route.path for route in ours}
    assert not [route.path for route in ours if "HEAD" in (route.methods or ())]


async def test_a_refused_method_names_those_that_are_taken(client: httpx.AsyncClient) -> None:
    for method, path, allow in ALLOWED:
        answer = await client.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allow), path


async def test_a_known_answer_is_not_sent_again(client: httpx.AsyncClient) -> None:
    path = f"{URL}/targets?zip=91204"
    etag = (await client.get(path)).headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", W/{etag}'):
        again = await client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b""), known


async def test_only_what_is_called_json_is_taken(client: httpx.AsyncClient) -> None:
    for path in WRITTEN:
        for kind in SIMPLE:
            answer = await client.post(path, content=b"{}", headers={"Content-Type": kind})
            assert (answer.status_code, answer.json()["code"]) == (415, "not_json"), (path, kind)
    for kind in ("application/json; charset=utf-8", "Application/JSON"):
        answer = await client.post(WRITTEN[1], content=b"{}", headers={"Content-Type": kind})
        assert answer.status_code == 422, kind


async def test_a_client_that_hangs_up_is_no_fault_of_ours(app: FastAPI) -> None:
    for path in WRITTEN:
        assert await _hang_up(app, path) == 400, path


async def _hang_up(app: FastAPI, path: str) -> int:
    """The status that is logged of a request whose client is gone before its body ended."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"9")],
        "client": ("192.0.2.1", 1),
    }
    coming: list[Message] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return int(sent[0]["status"])


async def test_a_state_that_the_zip_is_not_in(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{URL}/targets", json={"zip": "91204", "state": "NY"})
    assert answer.status_code == 422
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [
        ("state", "state_elsewhere")
    ]
    right = await client.post(f"{URL}/targets", json={"zip": "91204", "state": "ca"})
    assert right.status_code == 200
