"""Sites of partners and strangers, on other origins than the app, and their pages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from api.database.session import transaction
from api.partners.models import Partner
from api.partners.registry import add_partner
from tests.app_fixtures import CAMPAIGN
from tests.browser.stage import Stage
from tests.waiting import until

LABEL: Final = "Write to your representatives"
# A careful site's policy: nothing inline, and from us only what the guide says to allow.
STRICT: Final = (
    "default-src 'none'; script-src {site}; connect-src {site}; frame-src {site}; "
    "style-src 'none'; base-uri 'none'; form-action 'none'"
)
TRUSTED_TYPES: Final = "; require-trusted-types-for 'script'; trusted-types 'none'"


def element(site: str, slug: str = CAMPAIGN, **attributes: str) -> str:
    """What a partner pastes; attributes of the element by name."""
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    link = f'<a href="{site}/c/{slug}">{LABEL}</a>'
    return (
        f'<undersigned-campaign src="{site}/c/{slug}"{more}>{link}</undersigned-campaign>'
        f'<script type="module" src="{site}/w/1.js"></script>'
    )


def plain_frame(site: str, **query: str) -> str:
    """For sites that take no scripts."""
    asked = "&amp;".join(f"{name}={value}" for name, value in query.items())
    return (
        f'<iframe title="{LABEL}" src="{site}/embed/{CAMPAIGN}?{asked}" '
        'width="100%" height="900"></iframe>'
    )


class Host:
    """A server of one site: pages by path, each with its Content-Security-Policy or none."""

    def __init__(self) -> None:
        self.origin = ""
        self._pages: dict[str, tuple[str, str]] = {}

    def put(self, body: str, policy: str = "", path: str = "/") -> str:
        """Serve this body; returns the page's address."""
        head = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>A partner</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
        )
        self._pages[path] = (f"{head}<main><h1>A partner</h1>{body}</main>", policy)
        return self.origin + path

    async def answer(self, request: Request) -> Response:
        body, policy = self._pages.get(request.url.path, ("", ""))
        headers = {"Content-Security-Policy": policy} if policy else {}
        return HTMLResponse(body, 200 if body else 404, headers)


@dataclass(frozen=True, slots=True)
class Hosts:
    """The sites of a partner, of a partner with the inline form, and of a stranger."""

    partner: Host
    reader: Host
    stranger: Host


@asynccontextmanager
async def hosting(stage: Stage) -> AsyncIterator[Hosts]:
    async with _host("localhost") as partner, _host("localhost") as reader, _host() as stranger:
        acme = Partner(slug="acme", name="Acme Society", origins=[partner.origin], inline=False)
        lake = Partner(
            slug="lake", name="Friends of the Lake", origins=[reader.origin], inline=True
        )
        async with transaction(stage.services.engine) as session:
            for entry in (acme, lake):
                await add_partner(session, entry, actor="test")
        await stage.services.partners.read()
        yield Hosts(partner, reader, stranger)


@asynccontextmanager
async def _host(name: str = "127.0.0.1") -> AsyncIterator[Host]:
    host = Host()
    app = Starlette(routes=[Route("/{path:path}", host.answer)])
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, lifespan="off", log_level="warning", access_log=False)
    )
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    host.origin = f"http://{name}:{server.servers[0].sockets[0].getsockname()[1]}"
    yield host
    server.should_exit = True
    await serving
