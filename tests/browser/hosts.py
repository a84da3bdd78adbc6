"""Pages of partners and of strangers, on other origins than the app, and what they hold."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.app_fixtures import CAMPAIGN

LABEL: Final = "Write to your representatives"
# What a careful site sends along: nothing inline, nothing from strangers but what it has to name.
STRICT: Final = (
    "default-src 'none'; script-src {site}; connect-src {site}; frame-src {site}; "
    "style-src 'none'; base-uri 'none'; form-action 'none'"
)
TRUSTED_TYPES: Final = "; require-trusted-types-for 'script'; trusted-types 'none'"


def element(site: str, slug: str = CAMPAIGN, **attributes: str) -> str:
    """The two lines that a partner pastes; attributes of the element by name."""
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    link = f'<a href="{site}/c/{slug}">{LABEL}</a>'
    return f'<undersigned-campaign src="{site}/c/{slug}"{more}>{link}</undersigned-campaign>'


def script(site: str) -> str:
    return f'<script type="module" src="{site}/w/1.js"></script>'


def page(body: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>A partner</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<h1>A partner's page</h1>{body}"
    )


class Host:
    """A server of one site: pages by path, each with its Content-Security-Policy or none."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, str]] = {}
        self.origin = ""
        self.posted: list[bytes] = []

    def put(self, body: str, policy: str = "", path: str = "/") -> str:
        """Serve this body; returns the page's address."""
        self.pages[path] = (page(body), policy)
        return self.origin + path

    async def answer(self, request: Request) -> Response:
        if request.method == "POST":
            self.posted.append(await request.body())
        body, policy = self.pages.get(request.url.path, ("", ""))
        headers: Mapping[str, str] = {"Content-Security-Policy": policy} if policy else {}
        return HTMLResponse(body, 200 if body else 404, headers)


@asynccontextmanager
async def hosting(name: str) -> AsyncIterator[Host]:
    """A host at a loopback name of its own, such as ``localhost``, on a free port."""
    host = Host()
    app = Starlette(routes=[Route("/{path:path}", host.answer, methods=["GET", "POST"])])
    config = uvicorn.Config(app, port=0, lifespan="off", log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    host.origin = f"http://{name}:{port}"
    yield host
    server.should_exit = True
    await serving
