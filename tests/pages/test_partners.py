"""A partner's page."""

from html import unescape

import httpx
import pytest
from markupsafe import escape

from api.database.session import transaction
from api.partners.models import Partner
from api.partners.registry import add_partner
from api.services import Services
from tests.app_fixtures import CAMPAIGN
from tests.pages.browserless import get

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
async def acme(services: Services) -> None:
    entry = Partner(
        slug="acme", name=f"Acme {HOSTILE}", origins=["https://www.acme.example"], inline=False
    )
    async with transaction(services.engine) as session:
        await add_partner(session, entry, actor="test")
    await services.partners.read()


@pytest.mark.parametrize("lang", ["en", "hy", "es"])
async def test_it_has_what_to_paste_in_the_pages_language(
    client: httpx.AsyncClient, services: Services, acme: None, lang: str
) -> None:
    page = await get(client, f"/partners/acme?campaign={CAMPAIGN}&lang={lang}")
    assert page.answer.status_code == 200
    site = services.settings.public_url
    # As in a text area, so that it is words and no markup; in it, an address is escaped again.
    pasted = unescape(page.html)
    wanted = f'<undersigned-campaign src="{site}/c/{CAMPAIGN}" partner="acme" lang="{lang}">'
    assert wanted in pasted
    assert str(escape(wanted)) in page.html
    assert f'src="{site}/w/1.js"' in pasted
    assert f"/embed/{CAMPAIGN}?lang={lang}&amp;partner=acme" in pasted
    assert HOSTILE not in page.html
    assert "https://www.acme.example" in page.words
    assert "noindex" in page.answer.headers["x-robots-tag"]
    switch = [link for link in page.links() if link.startswith("?") and "lang=hy" in link]
    assert any(f"campaign={CAMPAIGN}" in link for link in switch)


async def test_the_preview_counts_for_nobody(client: httpx.AsyncClient, acme: None) -> None:
    page = await get(client, "/partners/acme")
    (shown,) = [a for tag, a in page.tags if tag == "undersigned-campaign"]
    assert "partner" not in shown


@pytest.mark.parametrize("path", ["/partners/nobody", "/partners/acme?campaign=none"])
async def test_others_are_not_there(client: httpx.AsyncClient, acme: None, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_a_partner_that_ended_has_no_page(
    client: httpx.AsyncClient, services: Services, acme: None
) -> None:
    services.partners._by_slug.clear()
    assert (await client.get("/partners/acme")).status_code == 404
