"""What is pasted into the pages: shown again, approved and stored as it will be sent."""

import httpx
import pytest

from api.services import Services
from tests.app_fixtures import CAMPAIGN
from tests.pages.conftest import Go

AGAIN = {"formaction": f"/c/{CAMPAIGN}/letters"}
PASTED = {
    "given_name": "\u2068Ani\u2069\u00a0Maria",
    "family_name": "Petrosyan\u200b",
    "email": "mailto:ani@example.org\u00a0",
    "zip": "82001\u20131234",
}


async def test_each_screen_shows_what_is_kept(start: Go, client: httpx.AsyncClient) -> None:
    letters = await start(**PASTED)
    assert letters.answer.status_code == 200
    shown = {name: letters.form[name] for name in PASTED}
    assert shown == {
        "given_name": "Ani Maria",
        "family_name": "Petrosyan",
        "email": "ani@example.org",
        "zip": "82001-1234",
    }
    words = "One\x0btwo\ufffc\u200b e\u0301"
    again = await letters.submit(client, {"story": words}, button=AGAIN)
    assert again.form["story"] == "One\r\ntwo \u00e9"
    api = await client.post(
        f"/api/v1/campaigns/{CAMPAIGN}/letters",
        json={"supporter": {"zip": "82001"}, "story": words},
    )
    assert api.json()["letters"][0]["own_words"] == "One\ntwo \u00e9"


async def test_a_story_of_nothing_to_see_is_none(start: Go, client: httpx.AsyncClient) -> None:
    letters = await start()
    again = await letters.submit(client, {"story": "\u200b\ufeff \u2060"}, button=AGAIN)
    assert again.form["story"] == ""


async def test_where_a_control_character_stands_is_said(
    start: Go, client: httpx.AsyncClient
) -> None:
    letters = await start()
    wrong = await letters.submit(client, {"story": "One\r\ntw\x07o"})
    assert wrong.answer.status_code == 422
    assert "(U+0007) in line 2, at character 3" in wrong.words


@pytest.mark.parametrize(
    ("lang", "number"), [("en", "1,699"), ("es", "1.699"), ("hy", "1\u00a0699")]
)
async def test_what_is_too_long_says_by_how_much_and_stays(
    start: Go, client: httpx.AsyncClient, services: Services, lang: str, number: str
) -> None:
    story = services.published.catalog.get(CAMPAIGN).campaign.form.story
    assert story is not None
    words = "x" * (story.max + 1699)
    letters = await start(lang=lang)
    wrong = await letters.submit(client, {"story": words})
    assert wrong.answer.status_code == 422
    assert wrong.form["story"] == words
    assert wrong.words.count(number) >= 3, "in the summary, at the field, and in its counter"
    counter = next(a for _, a in wrong.tags if a.get("data-counts") == "story")
    assert counter["aria-live"] == "polite"


async def test_one_limit_is_told_however_long_the_words_are(
    client: httpx.AsyncClient, services: Services
) -> None:
    story = services.published.catalog.get(CAMPAIGN).campaign.form.story
    assert story is not None
    for used in (story.max + 1, 5001, 10_001, 20_000):
        answer = await client.post(
            f"/api/v1/campaigns/{CAMPAIGN}/letters",
            json={"supporter": {"zip": "82001"}, "story": "x" * used},
        )
        (error,) = answer.json()["errors"]
        assert error["code"] == "too_long"
        assert f"{used:,} characters, and {story.max:,} fit" in error["message"]


async def test_a_form_that_is_not_utf_8_is_not_guessed(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await client.post(f"/c/{CAMPAIGN}/letters", content="story=%FF", headers=headers)
    assert answer.status_code == 400
