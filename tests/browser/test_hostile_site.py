"""A hostile site in a real browser cannot make its visitors send anything here."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from api.database.session import transaction
from api.services import Services
from tests.app_fixtures import CAMPAIGN
from tests.serving import port_of, serving

VICTIM = "victim@example.org"
FORM = """<form method="post" action="{action}"{more}>
<input name="campaign" value="{campaign}"><input name="email" value="{victim}">
<input name="given_name" value="Ani"><input name="zip" value="82001"><button>Win</button></form>"""


async def _page(request: Request) -> Response:
    query = request.query_params
    form = FORM.format(
        action=query["action"], campaign=CAMPAIGN, victim=VICTIM, more=query.get("more", "")
    )
    if "frame" in query:
        quoted = form.replace("&", "&amp;").replace('"', "&quot;")
        form = f'<iframe sandbox="allow-forms allow-scripts" srcdoc="{quoted}"></iframe>'
    return HTMLResponse(form, headers={"Referrer-Policy": query.get("policy", "unsafe-url")})


@pytest.fixture
async def hostile() -> AsyncIterator[int]:
    """The port of another site."""
    async with serving(Starlette(routes=[Route("/", _page)])) as server:
        yield port_of(server)


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context()
    yield await context.new_page()
    await context.close()


async def asked(services: Services) -> int:
    """How many forms asked for a link by mail."""
    async with transaction(services.engine) as session:
        counted = await session.execute(text("SELECT count(*) FROM link_requests"))
        return int(counted.scalar_one())


TARGETS = ["/self-service", f"/c/{CAMPAIGN}/letters", f"/embed/{CAMPAIGN}/letters"]


@pytest.mark.parametrize("path", TARGETS)
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])  # cross-site, and same-site
async def test_a_form_that_is_pressed_there(
    page: Page, site: str, services: Services, hostile: int, host: str, path: str
) -> None:
    for policy in ("unsafe-url", "no-referrer"):
        await page.goto(f"http://{host}:{hostile}/?action={site}{path}&policy={policy}")
        async with page.expect_navigation() as moved:
            await page.click("button")
        answer = await moved.value
        assert answer is not None
        assert (answer.status, answer.url) == (403, f"{site}{path}")
        assert "This was sent from another site" in await page.inner_text("h1")
    assert await asked(services) == 0


async def test_what_its_scripts_and_frames_send(
    page: Page, site: str, services: Services, hostile: int
) -> None:
    await page.goto(f"http://localhost:{hostile}/?action={site}/self-service&frame=1")
    body = f"campaign={CAMPAIGN}&email={VICTIM}"
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        # It is sent, though the page may not see what is answered.
        send = """([url, kind, body]) => fetch(url, {method: "POST", mode: "no-cors", body,
            headers: {"Content-Type": kind}}).catch(() => {})"""
        await page.evaluate(send, [f"{site}/self-service", kind, body])
    async with page.expect_response(f"{site}/self-service") as framed:
        await page.frame_locator("iframe").locator("button").click()
    assert (await framed.value).status == 403
    assert await asked(services) == 0


async def test_the_same_form_on_our_own_page(page: Page, site: str, services: Services) -> None:
    """The page sends no referrer, and its form ``Origin: null``."""
    await page.goto(f"{site}/self-service")
    await page.fill("[name=email]", VICTIM)
    async with page.expect_navigation() as moved:
        await page.click("main button")
    answer = await moved.value
    assert answer is not None
    assert (answer.request.headers.get("origin"), answer.status) == ("null", 200)
    assert await asked(services) > 0
