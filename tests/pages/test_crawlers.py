"""What search engines get: the sitemap and robots.txt."""

from urllib import robotparser

import httpx
from lxml import etree

from api.pages.crawlers import UNLISTED
from api.services import Services
from tests.app_fixtures import CAMPAIGN
from tests.pages.browserless import get

NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
}


async def test_every_listed_page_is_there_and_knows_its_address(
    client: httpx.AsyncClient, services: Services
) -> None:
    answer = await client.get("/sitemap.xml")
    tree = etree.fromstring(answer.content)
    site = services.settings.public_url
    found = [str(loc.text) for loc in tree.iterfind(".//s:loc", NAMES)]
    assert f"{site}/c/{CAMPAIGN}" in found
    assert f"{site}/c/{CAMPAIGN}?lang=hy" in found
    assert f"{site}/c/suspend-security-aid/statement?lang=es" in found
    for loc in found:
        page = await get(client, loc.removeprefix(site) or "/")
        assert page.answer.status_code == 200, loc
        canonical = [a["href"] for tag, a in page.tags if a.get("rel") == "canonical"]
        assert canonical == [loc]
        named = {a["href"] for tag, a in page.tags if tag == "link" and "hreflang" in a}
        entry = next(url for url in tree if url.findtext("s:loc", None, NAMES) == loc)
        assert {link.get("href") for link in entry.iterfind("x:link", NAMES)} == named


async def test_nobodys_pages_are_not_asked_for(
    client: httpx.AsyncClient, services: Services
) -> None:
    answer = await client.get("/robots.txt")
    rules = robotparser.RobotFileParser()
    rules.parse(answer.text.splitlines())
    for path in ("/me/x", "/confirm/x", "/unsubscribe/x", "/api/v1/campaigns"):
        assert not rules.can_fetch("any", path), path
    for path in ("/", f"/c/{CAMPAIGN}", "/about", "/c/suspend-security-aid/statement"):
        assert rules.can_fetch("any", path), path
    assert rules.site_maps() == [f"{services.settings.public_url}/sitemap.xml"]
    assert all(f"Disallow: {path}" in answer.text for path in UNLISTED)
