"""Which sites' pages may have a browser post here: every route, present and future."""

import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from api.database.session import session_scope
from api.edge import KINDS
from api.gate import SENDERS, CrossSite, Gate, Senders, WrongHost
from api.partners.models import Partner
from api.partners.registry import add_partner
from api.security.headers import Kind
from api.services import Services
from tests.app_fixtures import CAMPAIGN

OWN = "http://127.0.0.1:8000"
PARTNER = "https://partner.example.org"
FRAMES_ONLY = "https://frames.example.org"
STRANGER = "https://stranger.example.net"
TOKEN = "a-token-that-nobody-minted"
FOUND: list[tuple[str, str]] = []

# What browsers send with a form of another site's page: as new ones, and as old ones.
HOSTILE = [
    {"Sec-Fetch-Site": "cross-site", "Origin": STRANGER},
    {"Sec-Fetch-Site": "same-site", "Origin": STRANGER},
    {"Sec-Fetch-Site": "cross-site", "Origin": "null"},  # a sandboxed frame
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": OWN},
    {"Sec-Fetch-Site": "garbage", "Origin": OWN},
    {"Sec-Fetch-Site": ""},
    {"Origin": STRANGER},
    {"Origin": f"{OWN}.example.net"},
    {"Origin": "http://127.0.0.1:8001"},
    {"Origin": "https://127.0.0.1:8000"},
    {"Origin": ""},
]
OURS = [
    {},
    {"Sec-Fetch-Site": "same-origin", "Origin": OWN},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},  # a page that sends no referrer
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": OWN},
]


def leaves(routes: list[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        nested = getattr(route, "original_router", None)
        yield from [route] if nested is None else leaves(nested.routes)


def changing(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of whatever changes something; found again by the app, as it routes.

    All apps of this process have the same routes.
    """
    if not FOUND:
        FOUND.extend(_changing(app))
    return FOUND


def _changing(app: FastAPI) -> list[tuple[str, str]]:
    found = set()
    for path in {*KNOWN, *app.openapi()["paths"], *paths(app)}:
        filled = path.replace("{slug}", CAMPAIGN)
        filled = re.sub(r"\{(\w+)(?::\w+)?\}", TOKEN, filled)
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            scope: Scope = {"type": "http", "method": method, "path": filled, "headers": []}
            if any(route.matches(scope)[0] is Match.FULL for route in app.routes):
                found.add((method, filled))
    return sorted(found)


def paths(app: FastAPI) -> Iterator[str]:
    """Of all routes, as they are written."""
    return (str(getattr(route, "path", "/")) for route in leaves(app.routes))


# Routes that have to be found, to show that the search finds nested ones.
KNOWN = {
    "/c/{slug}/send",
    "/embed/{slug}/letters",
    "/confirm/{token}",
    "/unsubscribe/{token}",
    "/own-data/erase",
    "/api/v1/campaigns/{slug}/submissions",
    "/api/v1/organizer/partners",
}


async def code(client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]) -> str:
    answer = await client.request(method, path, headers=headers, content=b"")
    assert answer.status_code < 500, answer.text
    if answer.headers.get("content-type") == "application/problem+json":
        return str(answer.json()["code"])
    return "cross_site" if answer.status_code == 403 else str(answer.status_code)


def senders(path: str) -> Senders:
    return next((s for begin, s in SENDERS.items() if path.startswith(begin)), Senders.OURS)


async def test_no_other_site_posts_to_any_route(app: FastAPI, client: httpx.AsyncClient) -> None:
    routes = changing(app)
    assert len(routes) > 45, routes
    for method, path in routes:
        for headers in HOSTILE:
            refused = await code(client, method, path, headers) == "cross_site"
            assert refused is (senders(path) is not Senders.ANYBODY), (path, headers)


async def test_our_own_pages_and_programs_post_to_every_route(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    for method, path in changing(app):
        for headers in OURS:
            assert await code(client, method, path, headers) != "cross_site", (path, headers)


@pytest.mark.parametrize("begin", SENDERS)
def test_no_exception_is_for_a_route_that_is_gone(app: FastAPI, begin: str) -> None:
    assert any(path.startswith(begin) for _, path in changing(app))


class TestPartners:
    @pytest.fixture(autouse=True)
    async def _registered(self, services: Services) -> None:
        async with session_scope(services.engine) as session:
            inline = Partner(slug="inline", name="Inline", origins=[PARTNER], inline=True)
            framed = Partner(slug="framed", name="Framed", origins=[FRAMES_ONLY], inline=False)
            for partner in (inline, framed):
                await add_partner(session, partner, actor="test")
        await services.partners.read()

    @pytest.mark.parametrize("site", ["cross-site", "same-site", None])
    @pytest.mark.parametrize("path", [f"/embed/{CAMPAIGN}/letters", f"/c/{CAMPAIGN}/letters"])
    async def test_a_form_that_stands_inline(
        self, client: httpx.AsyncClient, path: str, site: str | None
    ) -> None:
        said = {"Sec-Fetch-Site": site} if site else {}
        assert await code(client, "POST", path, {**said, "Origin": PARTNER}) == "422"
        for other in (FRAMES_ONLY, STRANGER, "null", PARTNER.upper(), f"{PARTNER}:443"):
            assert await code(client, "POST", path, {**said, "Origin": other}) == "cross_site"

    async def test_it_is_let_in_to_nothing_else(self, client: httpx.AsyncClient) -> None:
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": PARTNER}
        submissions = f"/api/v1/campaigns/{CAMPAIGN}/submissions"
        for path in ("/self-service", f"/confirm/{TOKEN}", submissions, "/c/no-such-campaign/send"):
            assert await code(client, "POST", path, headers) == "cross_site"


async def test_an_old_browser_on_a_page_that_sends_no_referrer(client: httpx.AsyncClient) -> None:
    """It says ``Origin: null`` and nothing else; the token is what no other site has."""
    for begin in (begin for begin, kind in KINDS.items() if kind is Kind.TOKEN_PAGE):
        for path in (f"/{begin}/{TOKEN}", "/own-data", "/self-service"):
            assert await code(client, "POST", path, {"Origin": "null"}) != "cross_site", path
    for path in (f"/c/{CAMPAIGN}/send", "/api/v1/confirmations"):
        assert await code(client, "POST", path, {"Origin": "null"}) == "cross_site"


PHONE = ["192.168.1.7:8000", "10.0.0.5:8000", "[fe80::1]:8000", "localhost:8000", "laptop:8000"]
PHONE += ["laptop.local:8000", "laptop.home.arpa", "a.b.lan:80", "Laptop.Internal:8000"]


class TestOtherAddressesOfThisServer:
    """A phone opens a laptop's development server by the laptop's address in the network; for a
    site without https browsers send no Sec-Fetch-Site."""

    @pytest.mark.parametrize("host", PHONE)
    @pytest.mark.parametrize("scheme", ["http", "https"])
    async def test_its_own_page_posts(
        self, client: httpx.AsyncClient, host: str, scheme: str
    ) -> None:
        said = {"Host": host, "Origin": f"{scheme}://{host.lower()}"}
        for path in (f"/c/{CAMPAIGN}/letters", f"/c/{CAMPAIGN}/send", "/api/v1/self-service/links"):
            assert await code(client, "POST", path, said) != "cross_site"
        said["Origin"] = "null"  # a page that sends no referrer
        assert await code(client, "POST", f"/confirm/{TOKEN}", said) != "cross_site"

    @pytest.mark.parametrize(
        ("host", "origin"),
        [
            ("192.168.1.7:8000", "http://192.168.1.8:8000"),
            ("192.168.1.7:8000", "http://192.168.1.7"),
            ("192.168.1.7:8000", "http://192.168.1.7:8000.example.net"),
            ("192.168.1.7:8000", "ftp://192.168.1.7:8000"),
            ("192.168.1.7:8000", "192.168.1.7:8000"),
            ("", "http://"),
            # A name that its owner pointed at this server (DNS rebinding).
            ("stranger.example.net:8000", "http://stranger.example.net:8000"),
            ("local.example.net", "http://local.example.net"),
            ("act.local.", "http://act.local.example"),
        ],
    )
    async def test_another_page_does_not(
        self, client: httpx.AsyncClient, host: str, origin: str
    ) -> None:
        said = {"Host": host, "Origin": origin}
        assert await code(client, "POST", f"/c/{CAMPAIGN}/send", said) == "cross_site"

    @pytest.mark.parametrize("host", ["192.168.1.7:8000", "localhost", "act.example.org:8443"])
    def test_production_has_one_address(self, host: str) -> None:
        headers = [(b"host", host.encode()), (b"origin", f"https://{host}".encode())]
        scope = {"type": "http", "method": "POST", "path": "/own-data", "headers": headers}
        with pytest.raises(CrossSite):
            Gate("https://act.example.org", strict=True)._refuse_sender(scope, dict(headers))


async def test_reading_is_for_everybody(client: httpx.AsyncClient) -> None:
    for headers in HOSTILE:
        for method in ("GET", "HEAD"):
            answer = await client.request(method, f"/c/{CAMPAIGN}", headers=headers)
            assert answer.status_code == 200


class TestHosts:
    GATE = Gate("https://act.example.org", strict=True)

    @pytest.mark.parametrize(
        ("host", "path", "taken"),
        [
            ("act.example.org", "/", True),
            ("ACT.example.org:443", "/", True),
            ("act.example.org.", "/", True),
            (None, "/", True),
            ("127.0.0.1:8000", "/", True),
            ("10.0.0.5", "/", True),
            ("[::1]:8000", "/", True),
            ("localhost:8000", "/", True),
            ("elsewhere.example.net", "/", False),
            ("act.example.org.elsewhere.example.net", "/", False),
            ("act.example.org@elsewhere.example.net", "/", False),
            ("", "/", False),
            ("a b", "/", False),
            ("app:8000", "/", False),
            ("app:8000", "/healthz", True),
            ("app:8000", "/readyz", True),
            ("app:8000", "/metrics", True),
        ],
    )
    def test_a_name_that_was_pointed_at_us(
        self, host: str | None, path: str, *, taken: bool
    ) -> None:
        headers = [] if host is None else [(b"host", host.encode())]
        scope = {"type": "http", "method": "GET", "path": path, "headers": headers}
        if taken:
            self.GATE.refuse(scope)
        else:
            with pytest.raises(WrongHost):
                self.GATE.refuse(scope)
