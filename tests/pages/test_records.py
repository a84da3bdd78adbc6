"""The tracker as a page: a plain form, three languages, an empty state."""

import httpx

from api.pages.records import ON_A_PAGE
from api.services import Services, now
from api.targets.days import eastern_date
from tests.pages.browserless import get


async def test_filters_and_the_empty_state(client: httpx.AsyncClient) -> None:
    page = await get(client, "/records")
    assert "Sponsored" in page.words
    state = await get(client, "/records?state=WY")
    assert "Nothing on record here yet." in state.words
    empty = await get(client, "/records?what=declined&state=WY")
    assert "Nothing is on record for this choice." in empty.words
    odd = await client.get("/records?state=<script>&from=-1")
    assert odd.status_code == 200
    assert "<script>" not in odd.text


async def test_pages_of_members(client: httpx.AsyncClient, services: Services) -> None:
    """Every member of the most populous state, and the next page where one is not enough."""
    today = eastern_date(now())
    sitting = [h for h in services.published.directory.seats(today) if h.state == "CA"]
    first = (await client.get("/records?state=CA")).text
    assert first.count("<h2>") == min(len(sitting), ON_A_PAGE)
    assert ("More members" in first) == (len(sitting) > ON_A_PAGE)
    beyond = (await client.get("/records?state=CA&from=6000")).text
    assert beyond.count("<h2>") == first.count("<h2>"), "there is no such page: the first"


async def test_in_each_language(client: httpx.AsyncClient) -> None:
    for language, title in (("hy", "Ինչ են արել"), ("es", "Lo que hicieron")):
        assert title in (await client.get(f"/records?lang={language}")).text
