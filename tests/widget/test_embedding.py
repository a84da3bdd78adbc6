"""Who may embed a form, and what it brings along."""

import gzip
import re
from collections.abc import Sequence

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.edge import MAX_FORM
from api.partners.models import Partner
from api.partners.registry import add_partner, end_partner
from api.services import Services
from api.settings import ROOT
from tests.app_fixtures import CAMPAIGN
from tests.pages.browserless import get
from tests.pages.conftest import PERSON
from tests.sign_ons.signing import LETTER

FRAME = Partner(
    slug="acme",
    name="Acme",
    origins=["https://acme.example", "https://www.acme.example"],
    inline=False,
)
INLINE = Partner(
    slug="lake", name="Friends of the Lake", origins=["https://lake.example"], inline=True
)
EMBED = f"/embed/{CAMPAIGN}"


@pytest.fixture
async def partners(services: Services) -> Services:
    await add(services, FRAME, INLINE)
    return services


async def add(services: Services, *partners: Partner) -> None:
    async with transaction(services.engine) as session:
        for partner in partners:
            await add_partner(session, Partner(**partner.model_dump()), actor="test")
    await services.partners.read()


def ancestors(answer: httpx.Response) -> Sequence[str]:
    found = re.search(r"frame-ancestors ([^;]*)", answer.headers["content-security-policy"])
    assert found is not None
    return found[1].split()


async def test_the_sites_of_partners_may_frame_it(
    client: httpx.AsyncClient, partners: Services
) -> None:
    named = ["'self'", *FRAME.origins, *INLINE.origins]
    answer = await client.get(EMBED)
    assert (answer.status_code, ancestors(answer)) == (200, named)
    assert "x-frame-options" not in answer.headers
    # Errors show in the frame, too.
    assert ancestors(await client.post(f"{EMBED}/letters", content="a=b")) == named
    assert ancestors(await client.post(f"{EMBED}/letters", content="ü".encode())) == named
    large = await client.post(f"{EMBED}/letters", content=b"x" * (MAX_FORM + 1))
    assert (large.status_code, ancestors(large)) == (413, named)
    # Who has no partner is framed by nobody, and a hosted page never.
    assert ancestors(await client.get("/embed/no-such-campaign")) == ["'self'"]
    assert ancestors(await client.get(f"/c/{CAMPAIGN}")) == ["'none'"]
    async with transaction(partners.engine) as session:
        await end_partner(session, FRAME.slug, actor="test")
    await partners.partners.read()
    assert ancestors(await client.get(EMBED)) == ["'self'", *INLINE.origins]


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (INLINE.origins[0], INLINE.origins[0]),
        (FRAME.origins[0], None),
        ("https://stranger.example", None),
        ("null", None),
    ],
)
async def test_only_pages_of_partners_that_chose_to_read_it(
    client: httpx.AsyncClient, partners: Services, origin: str, allowed: str | None
) -> None:
    for answer in (
        await client.get(EMBED, headers={"Origin": origin}),
        await client.post(f"{EMBED}/letters", headers={"Origin": origin}),
        await client.post(EMBED, headers={"Origin": origin}, content=b"x" * (MAX_FORM + 1)),
    ):
        assert answer.headers.get("access-control-allow-origin") == allowed
        exposed = answer.headers.get("access-control-expose-headers")
        assert exposed == ("RateLimit, RateLimit-Policy, Retry-After" if allowed else None)
        assert "Origin" in answer.headers["vary"]
    hosted = await client.get(f"/c/{CAMPAIGN}", headers={"Origin": origin})
    assert "access-control-allow-origin" not in hosted.headers


async def test_the_whole_way_in_a_plain_frame(
    client: httpx.AsyncClient, partners: Services
) -> None:
    page = await get(client, f"{EMBED}?partner=acme&lang=en")
    assert [name for name, _ in page.form.fields if name in PERSON] == list(PERSON)
    page = await page.submit(client, {**PERSON, "zip": "02138"})
    page = await page.submit(client, {"district": "MA-5"})
    assert page.titles["h1"] == "Your 4 letters"
    assert ("share_partner", "yes") in page.form.choices
    page = await page.submit(client, {"share_partner": "yes"})
    assert page.titles["h1"] == "Check your email"
    assert page.answer.url.path.startswith(f"{EMBED}/sent/")
    async with transaction(partners.engine) as session:
        row = (await session.execute(text("SELECT partner, consents FROM supporters"))).one()
    assert tuple(row) == ("acme", {"updates": False, "share_with_partner": True})


async def test_nobody_is_asked_to_share_with_a_stranger(
    client: httpx.AsyncClient, partners: Services
) -> None:
    page = await get(client, f"{EMBED}?partner=nobody&lang=en")
    page = await page.submit(client, PERSON)
    assert page.titles["h1"] == "Your 4 letters"
    assert "share_partner" not in page.html


async def test_an_open_letter_is_signed_in_a_frame(client: httpx.AsyncClient) -> None:
    page = await get(client, f"/embed/{LETTER}?lang=en")
    page = await page.submit(client, {**PERSON, "email": "ani@"})
    assert page.titles["title"].startswith("Error:")
    page = await page.submit(client, {**PERSON, "display": "name"})
    assert page.titles["h1"] == "Check your email"
    assert page.answer.url.path.startswith(f"/embed/{LETTER}/signed/")
    # What leads out of the frame opens in a tab of its own.
    out = [a for tag, a in page.tags if tag == "a" and a["href"].startswith("/")]
    assert out
    assert all(attributes.get("target") == "_blank" for attributes in out)


@pytest.mark.parametrize(
    ("slug", "typed"),
    [
        (CAMPAIGN, {"given_name": "Ani", "zip": "02138"}),
        ("real-peace", {"given_name": "Ani", "demand:sanction-officials": "out"}),
        (LETTER, {"email": "ani@", "country": "FR", "display": "name", "updates": "yes"}),
    ],
)
async def test_another_language_keeps_what_is_typed_without_scripts(
    client: httpx.AsyncClient, slug: str, typed: dict[str, str]
) -> None:
    """And finds no fault with what is not typed yet; nor does the one after it."""
    page = await get(client, f"/embed/{slug}?partner=acme&lang=en")
    for language in ("es", "hy", "en"):
        page = await page.submit(client, typed, button=page.button(language))
        assert page.answer.headers["content-language"] == language
        assert "summary-title" not in page.html
        sent = dict(page.form.fields)
        assert {name: sent[name] for name in typed} == typed
        assert sent["partner"] == "acme"


@pytest.mark.parametrize("slug", [CAMPAIGN, LETTER])
async def test_a_closed_campaign_is_read_in_each_language(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch, slug: str
) -> None:
    published = services.published.catalog.get(slug)
    monkeypatch.setattr(type(published), "state", lambda self, now: "closed")
    page = await get(client, f"/embed/{slug}?lang=en")
    assert page.form.names == []
    page = await page.submit(client, button=page.button("es"))
    assert page.answer.status_code == 200
    assert page.answer.headers["content-language"] == "es"
    assert page.form.names == []


async def test_scripts_and_styles_are_small_packed_and_versioned(client: httpx.AsyncClient) -> None:
    pasted = await client.get("/w/1.js", headers={"Origin": "https://anywhere.example"})
    assert pasted.headers["content-type"].startswith("text/javascript")
    assert pasted.headers["access-control-allow-origin"] == "*"
    assert pasted.headers["content-encoding"] == "gzip"
    assert "max-age=3600" in pasted.headers["cache-control"]
    style = re.search(r'"(/assets/widget\.[0-9a-f]+\.css)"', pasted.text)
    assert style is not None
    answer = await client.get(style[1])
    assert "immutable" in answer.headers["cache-control"]
    sizes = [len(gzip.compress(answer.content)) for answer in (pasted, answer)]
    assert sum(sizes) <= 6 * 1024, sizes


def test_the_script_keeps_nothing_and_writes_no_markup() -> None:
    source = (ROOT / "web" / "1.js").read_text("utf-8")
    code = re.sub(r"//.*", "", source)
    for word in ("cookie", "Storage", "indexedDB", "innerHTML", "DOMParser", "eval", "http:"):
        assert word not in code, word
