"""Pages that are only read."""

import httpx
import pytest

from api.counts import ledger
from api.database.session import transaction
from api.services import Services
from tests.app_fixtures import CAMPAIGN
from tests.counts.later import later
from tests.pages.browserless import get
from tests.sign_ons.signing import LETTER

READ = ["/", f"/c/{CAMPAIGN}", "/c/sanction-officials", "/about", "/privacy"]


@pytest.mark.parametrize("lang", ["en", "hy", "es"])
@pytest.mark.parametrize("path", READ)
async def test_each_page_is_whole_in_each_language(
    client: httpx.AsyncClient, path: str, lang: str
) -> None:
    page = await get(client, f"{path}?lang={lang}")
    assert page.answer.status_code == 200
    tags = [tag for tag, _ in page.tags]
    assert tags.count("h1") == 1
    assert tags.count("main") == 1
    assert page.tags[0] == ("html", {"lang": lang, "dir": "ltr"}) or page.tags[0][0] == "html"
    assert dict(page.tags)["html"]["lang"] == lang
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    own = [link for link in page.links() if link.startswith("#")]
    assert all(link[1:] in ids for link in own), "a link within the page leads somewhere"


@pytest.mark.parametrize("path", [*READ, "/nothing", f"/c/{CAMPAIGN}/sent/x"])
async def test_no_page_has_script_or_style_of_its_own(client: httpx.AsyncClient, path: str) -> None:
    page = await get(client, path)
    for tag, attributes in page.tags:
        assert tag not in {"style", "iframe"}
        assert tag != "script" or attributes["src"].startswith("/assets/")
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
    policy = page.answer.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy


async def test_the_browsers_language_counts_until_another_is_chosen(
    client: httpx.AsyncClient,
) -> None:
    client.headers["Accept-Language"] = "fr;q=0.9, es-MX;q=0.8, en;q=0.1"
    assert (await client.get("/")).headers["content-language"] == "es"
    assert (await client.get("/?lang=hy")).headers["content-language"] == "hy"
    assert (await client.get("/?lang=xx")).headers["content-language"] == "es"


async def test_progress_is_hidden_until_ten_have_confirmed(
    client: httpx.AsyncClient, services: Services
) -> None:
    for supporters, shown in ((9, False), (1, True)):
        async with transaction(services.engine) as session:
            await ledger.append(session, CAMPAIGN, {"supporters": supporters})
            await ledger.fold(session)
        later(services.counts)
        page = await get(client, f"/c/{CAMPAIGN}")
        assert ("progress" in dict(page.tags)) is shown
    assert dict(page.tags)["progress"] == {
        "max": "25000",
        "value": "10",
        "aria-labelledby": "progress-words",
    }
    assert "of 25,000 have written" in page.words


async def test_listed_officials_are_named_by_whom_and_never_as_guilty(
    client: httpx.AsyncClient,
) -> None:
    page = await get(client, "/c/sanction-officials?lang=en")
    assert "These officials are named in a letter to the Secretary of State" in page.words
    assert "no finding of guilt" in page.words
    assert "As of October 2020" in page.words


@pytest.mark.parametrize(
    ("lang", "day"), [("es", "15 de marzo de 2022"), ("hy", "15 մարտի, 2022 թ.")]
)
async def test_a_sources_date_is_written_in_the_pages_language(
    client: httpx.AsyncClient, lang: str, day: str
) -> None:
    statement = await get(client, f"/c/{LETTER}/statement?lang={lang}")
    assert f"({day})" in statement.words, "in a sentence"
    assert "March 15, 2022" not in statement.words
    campaign = await get(client, f"/c/{LETTER}?lang={lang}")
    listed = campaign.html[campaign.html.index('<ol class="sources"') :]
    assert f'<span lang="{lang}">{day}</span>' in listed
    assert ", March 15, 2022" not in listed


async def test_a_style_sheet_never_goes_stale(client: httpx.AsyncClient) -> None:
    page = await get(client, "/")
    sheet = next(a["href"] for tag, a in page.tags if tag == "link" and a["rel"] == "stylesheet")
    answer = await client.get(sheet)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    older = await client.get(sheet.replace(sheet.split(".")[1], "0" * 12))
    assert older.status_code == 200
    assert "immutable" not in older.headers["cache-control"]
    for name in ("site.js", "../settings.py", "..%2f..%2fapi/settings.py", "nothing.css"):
        assert (await client.get(f"/assets/{name}")).status_code == 404


async def sent(client: httpx.AsyncClient, url: str) -> int:
    """How many bytes go over the line for an address."""
    async with client.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        return len(b"".join([chunk async for chunk in answer.aiter_raw()]))


@pytest.mark.parametrize("lang", ["en", "hy", "es"])
@pytest.mark.parametrize("path", ["/", f"/c/{CAMPAIGN}", "/c/suspend-security-aid"])
async def test_a_page_is_small_with_all_that_it_loads(
    client: httpx.AsyncClient, path: str, lang: str
) -> None:
    page = await get(client, f"{path}?lang={lang}")
    loaded = [a["href"] for tag, a in page.tags if a.get("rel") == "stylesheet"]
    loaded += [a["src"] for tag, a in page.tags if tag == "script"]
    style, *scripts = [await sent(client, url) for url in loaded]
    assert style < 6 * 1024
    assert not scripts, "the form needs none"
    assert style + await sent(client, f"{path}?lang={lang}") < 15 * 1024


@pytest.mark.parametrize("lang", ["en", "hy", "es"])
async def test_an_error_says_what_and_how_to_go_on(client: httpx.AsyncClient, lang: str) -> None:
    page = await get(client, f"/c/no-such-campaign?lang={lang}")
    assert page.answer.status_code == 404
    assert f"/?lang={lang}" in page.links()
    answer = await client.put(f"/c/{CAMPAIGN}/letters")
    assert answer.status_code == 405
    assert "<h1>" in answer.text


async def test_head_answers_like_get(client: httpx.AsyncClient) -> None:
    answer = await client.head(f"/c/{CAMPAIGN}")
    assert answer.status_code == 200
