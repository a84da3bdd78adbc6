"""A campaign where a link to it is shared: Open Graph, its picture, oEmbed and the framed card."""

import httpx
import pytest

from api.counts import ledger
from api.counts.snapshots import SLOT_SECONDS
from api.database.session import transaction
from api.services import Services
from tests.app_fixtures import CAMPAIGN
from tests.counts.later import later
from tests.pages.browserless import Page, get

LETTER = "suspend-security-aid"
PNG = b"\x89PNG\r\n\x1a\n"


def meta(page: Page) -> dict[str, str]:
    named = [a for tag, a in page.tags if tag == "meta" and "content" in a]
    return {a.get("property") or a.get("name", ""): a["content"] for a in named}


def links(page: Page, rel: str) -> list[dict[str, str]]:
    return [a for tag, a in page.tags if tag == "link" and a["rel"] == rel]


async def count(services: Services, supporters: int) -> None:
    async with transaction(services.engine) as session:
        await ledger.append(session, CAMPAIGN, {"supporters": supporters})
        await ledger.fold(session)
    later(services.counts)


def size(picture: bytes) -> tuple[int, int]:
    """Of a PNG (RFC 2083, 4.1.1)."""
    return int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])


@pytest.mark.parametrize("lang", ["en", "hy", "es"])
async def test_a_link_shows_a_picture_in_its_language(
    client: httpx.AsyncClient, services: Services, lang: str
) -> None:
    page = await get(client, f"/c/sanction-officials?lang={lang}")
    said, site = meta(page), services.settings.public_url
    assert said["og:image"].startswith(f"{site}/card/sanction-officials.png?lang={lang}&v=")
    assert said["og:title"] in said["og:image:alt"]
    assert said["twitter:card"] == "summary_large_image"
    own = "" if lang == "en" else f"?lang={lang}"
    assert said["og:url"] == f"{site}/c/sanction-officials{own}"
    assert [a["href"] for a in links(page, "canonical")] == [said["og:url"]]
    picture = await client.get(said["og:image"].removeprefix(site))
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(PNG)
    assert size(picture.content) == (1200, 630)
    assert len(picture.content) < 300_000
    assert picture.headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize("lang", ["en", "hy", "es"])
@pytest.mark.parametrize("path", ["/", "/records", "/about", "/privacy"])
async def test_pages_of_no_campaign_have_pictures_too(
    client: httpx.AsyncClient, services: Services, path: str, lang: str
) -> None:
    page = await get(client, f"{path}?lang={lang}")
    said, site = meta(page), services.settings.public_url
    assert said["og:title"] == page.titles["h1"]
    assert said["description"] == said["og:description"]
    assert f"?lang={lang}&v=" in said["og:image"]
    assert not links(page, "alternate")[-1].get("type", "").endswith("oembed")
    picture = await client.get(said["og:image"].removeprefix(site))
    assert (picture.content[:8], size(picture.content)) == (PNG, (1200, 630))
    assert "max-age" in picture.headers["cache-control"]
    tag = {"If-None-Match": picture.headers["etag"]}
    again = await client.get(said["og:image"].removeprefix(site), headers=tag)
    assert again.status_code == 304
    assert (await client.get("/card/pages/nothing.png")).status_code == 404


async def test_the_picture_follows_the_count(client: httpx.AsyncClient, services: Services) -> None:
    before = meta(await get(client, f"/c/{CAMPAIGN}?lang=en"))
    without = await client.get(f"/card/{CAMPAIGN}.png")
    same = await client.get(
        f"/card/{CAMPAIGN}.png", headers={"If-None-Match": without.headers["etag"]}
    )
    assert (same.status_code, same.content) == (304, b"")
    await count(services, 1234)
    after = meta(await get(client, f"/c/{CAMPAIGN}?lang=en"))
    assert after["og:image"] != before["og:image"]
    assert "1,234 people of 25,000 have written" in after["og:image:alt"]
    with_count = await client.get(
        f"/card/{CAMPAIGN}.png", headers={"If-None-Match": without.headers["etag"]}
    )
    assert with_count.status_code == 200
    assert with_count.content != without.content
    url = f"{services.settings.public_url}/c/{CAMPAIGN}"
    for answer in (with_count, await client.get("/oembed", params={"url": url})):
        kept = int(answer.headers["cache-control"].rpartition("=")[2])
        assert kept <= SLOT_SECONDS, "or it shows fewer people than the page beside it"


async def test_oembed_is_found_and_leads_to_the_card(
    client: httpx.AsyncClient, services: Services
) -> None:
    site = services.settings.public_url
    page = await get(client, f"/c/{CAMPAIGN}?lang=hy")
    found = [a for a in links(page, "alternate") if a.get("type") == "application/json+oembed"]
    answer = await client.get(found[0]["href"].removeprefix(site))
    said = answer.json()
    assert (said["type"], said["version"]) == ("rich", "1.0")
    assert said["title"] == meta(page)["og:title"]
    assert f'<iframe src="{site}/card/{CAMPAIGN}?lang=hy"' in said["html"]
    assert "<script" not in said["html"]
    framed = await get(client, f"/card/{CAMPAIGN}?lang=hy")
    assert "frame-ancestors *" in framed.answer.headers["content-security-policy"]
    assert "x-frame-options" not in framed.answer.headers
    assert not framed.forms
    assert f"{site}/c/{CAMPAIGN}?lang=hy" in framed.links()


async def test_oembed_keeps_to_the_asked_size(
    client: httpx.AsyncClient, services: Services
) -> None:
    url = f"{services.settings.public_url}/c/{LETTER}"
    said = (await client.get("/oembed", params={"url": url, "maxwidth": "400"})).json()
    assert (said["width"], said["height"]) == (400, 260)
    for nonsense in ("-1", "x", "9" * 30):
        said = (await client.get("/oembed", params={"url": url, "maxwidth": nonsense})).json()
        assert said["width"] == 600


async def test_oembed_of_another_address_is_not_found(
    client: httpx.AsyncClient, services: Services
) -> None:
    site = services.settings.public_url
    for url in ("", "https://elsewhere.example.org/c/x", f"{site}/me/x", f"{site}/c/none", "//["):
        assert (await client.get("/oembed", params={"url": url})).status_code == 404, url
    params = {"url": f"{site}/c/{CAMPAIGN}", "format": "xml"}
    assert (await client.get("/oembed", params=params)).status_code == 501


async def test_a_draft_has_no_picture(client: httpx.AsyncClient) -> None:
    assert (await client.get("/card/no-such-campaign.png")).status_code == 404
    assert (await client.get("/card/no-such-campaign")).status_code == 404
