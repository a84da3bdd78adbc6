"""No link and no redirect leads where a request's path or Host says."""

import re

import httpx
import pytest
from fastapi import FastAPI

from tests.app_fixtures import CAMPAIGN
from tests.gate.test_senders import paths

ELSEWHERE = "elsewhere.example.net"
HOSTILE_PATHS = [
    f"//{ELSEWHERE}/x",
    f"///{ELSEWHERE}/x",
    f"/%2F{ELSEWHERE}/x",
    f"/%5C{ELSEWHERE}/x",
    f"//{ELSEWHERE}/c/{CAMPAIGN}/",
    f"/c//{ELSEWHERE}/",
    f"/c/%2F{ELSEWHERE}/",
    "/javascript:alert(1)",
]
READ = ["/", "/about", "/privacy", "/records", "/docs", f"/c/{CAMPAIGN}", f"/card/{CAMPAIGN}"]
READ += ["/robots.txt", "/sitemap.xml", "/nothing", f"/embed/{CAMPAIGN}", "/self-service"]
READ += ["/api/v1/campaigns", f"/oembed?url=http://127.0.0.1:8000/c/{CAMPAIGN}", "/openapi.json"]
TOKEN = "a-token-that-nobody-minted"


def hrefs(page: str) -> list[str]:
    return re.findall(r'(?:href|action|src)="([^"]*)"', page)


@pytest.mark.parametrize("path", HOSTILE_PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_path_that_looks_like_a_host_leads_nowhere(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    request = client.build_request(method, "http://test/")
    request.url = request.url.copy_with(raw_path=path.encode())
    answer = await client.send(request)
    assert answer.status_code in {403, 404}, answer.text
    assert "location" not in answer.headers
    assert answer.request.url.raw_path == path.encode()
    for link in hrefs(answer.text):
        assert link.startswith(("/", "?", "#")), link
        assert not link.startswith(("//", "/\\")), link
        assert ELSEWHERE not in link


@pytest.mark.parametrize("path", READ)
async def test_the_host_that_a_request_names_is_in_no_answer(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path, headers={"Host": ELSEWHERE, "X-Forwarded-Host": ELSEWHERE})
    assert ELSEWHERE not in answer.text
    assert ELSEWHERE not in str(answer.headers)


async def test_a_slash_at_the_end_sends_nobody_to_another_address(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    """Neither a token nor a body goes to whatever the Host header says, unencrypted."""
    for path in (f"/confirm/{TOKEN}/", f"/me/{TOKEN}/", f"/unsubscribe/{TOKEN}/", "/own-data/"):
        for method in ("GET", "POST"):
            answer = await client.request(method, path, headers={"Host": ELSEWHERE})
            assert (answer.status_code, answer.headers.get("location")) == (404, None), path
    for path in app.openapi()["paths"]:
        answer = await client.post(f"{path}/", headers={"Host": ELSEWHERE})
        assert answer.status_code in {404, 405}
        assert "location" not in answer.headers


async def test_no_route_redirects_to_the_host_that_a_request_names(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    """Every route, present and future, with a slash at the end, encoded or doubled ones."""
    for path in sorted({*app.openapi()["paths"], *paths(app)}):
        known = re.sub(r"\{\w+(?::\w+)?\}", TOKEN, path.replace("{slug}", CAMPAIGN))
        for target in (f"{known}/", f"{known}%2F", f"/{known}", known.replace("/", "//")):
            for method in ("GET", "HEAD", "POST"):
                request = client.build_request(method, "http://test/", headers={"Host": ELSEWHERE})
                request.url = request.url.copy_with(raw_path=target.encode())
                leads = (await client.send(request)).headers.get("location", "/")
                assert leads.startswith("/"), target
                assert not leads.startswith(("//", "/\\")), target


async def test_a_campaigns_address_may_end_in_a_slash(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/c/{CAMPAIGN}/?lang=hy&partner=a", headers={"Host": ELSEWHERE})
    assert answer.status_code == 308
    assert answer.headers["location"] == f"/c/{CAMPAIGN}?lang=hy&partner=a"
    assert (await client.get("/c/nothing/")).status_code == 404


async def test_a_language_link_stays_on_its_page(client: httpx.AsyncClient) -> None:
    page = (await client.get(f"/c/{CAMPAIGN}?partner=acme&ref=abcd")).text
    assert 'href="?partner=acme&amp;ref=abcd&amp;lang=hy"' in page
