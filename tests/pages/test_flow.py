"""The way through the three screens, without a script."""

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.services import Services
from tests.app_fixtures import CAMPAIGN
from tests.pages.browserless import Page, get
from tests.pages.conftest import PERSON, Go

HOSTILE = "<script>alert(1)</script>\"'&<b>{{ 7*7 }}"
AGAIN = {"formaction": f"/c/{CAMPAIGN}/letters"}


async def stored(services: Services) -> int:
    async with transaction(services.engine) as session:
        count: int = (await session.execute(text("SELECT count(*) FROM submissions"))).scalar_one()
    return count


def messages(page: Page) -> dict[str, str]:
    """The summary's links: field -> words."""
    return {
        attributes["href"][1:]: page.by_id(attributes["href"][1:]).get("aria-invalid", "")
        for tag, attributes in page.tags
        if tag == "a" and attributes["href"].startswith("#") and attributes["href"] != "#main"
    }


async def test_from_the_form_to_check_your_email(
    start: Go, services: Services, client: httpx.AsyncClient
) -> None:
    letters = await start()
    assert letters.titles["h1"] == "Your 4 letters"
    assert letters.form["subject:house:WY-0"]
    assert "Dear Representative" in letters.words
    assert "Dear Mr. President," in letters.words
    sent = await letters.submit(client)
    assert sent.titles["h1"] == "Check your email"
    assert await stored(services) == 1
    url = str(sent.answer.url)
    assert f"/c/{CAMPAIGN}/sent/" in url
    assert not [word for word in PERSON.values() if word in url]
    assert any(link.startswith("https://wa.me/") for link in sent.links())


async def test_all_that_is_missing_is_told_at_once(client: httpx.AsyncClient) -> None:
    page = await get(client, f"/c/{CAMPAIGN}")
    page = await page.submit(client, {"given_name": "Ani", "email": "ani@", "zip": "123"})
    assert page.answer.status_code == 422
    assert page.titles["title"].startswith("Error:")
    told = [field for field, invalid in messages(page).items() if invalid == "true"]
    assert told == ["family_name", "email", "zip"]
    for field in told:
        described = page.by_id(field)["aria-describedby"].split()
        assert f"error-{field}" in described
    assert page.form["given_name"] == "Ani"
    assert page.form["email"] == "ani@"
    assert page.words.count("Enter a ZIP code of five digits") == 2


@pytest.mark.parametrize("lang", ["hy", "es"])
async def test_errors_speak_the_language(start: Go, lang: str) -> None:
    page = await start(lang=lang, zip="00000", email="")
    assert page.answer.status_code == 422
    assert page.answer.headers["content-language"] == lang
    assert "There is no such ZIP" not in page.words
    assert "Enter your" not in page.words
    assert page.form["lang"] == lang


async def test_military_mail_is_told_what_to_do(start: Go) -> None:
    page = await start(zip="09001")
    assert page.answer.status_code == 422
    assert "registered to vote" in page.words


async def test_a_split_zip_asks_and_never_chooses(start: Go, client: httpx.AsyncClient) -> None:
    page = await start(zip="02138")
    assert page.answer.status_code == 200
    offered = [value for name, value in page.form.choices if name == "district"]
    assert offered == ["MA-5", "MA-7"]
    assert page.form["given_name"] == "Ani"

    without = await page.submit(client)
    assert without.answer.status_code == 422
    assert messages(without)["district"] == ""  # a radio; the group says what is wrong
    assert "Choose your congressional district" in without.words

    letters = await without.submit(client, {"district": "MA-7"})
    assert "house:MA-7" in letters.html
    assert letters.form["given_name"] == "Ani"
    again = await letters.submit(client, button=letters.button("place"))
    assert ("district", "MA-7") in again.form.fields, "the choice is still there"


async def test_another_zip_forgets_the_other_zips_district(
    start: Go, client: httpx.AsyncClient
) -> None:
    place = await start(zip="02138")
    letters = await place.submit(client, {"district": "MA-7"})
    details = await letters.submit(client, button=letters.button("back"))
    elsewhere = await details.submit(client, {"zip": "82001"})
    assert "house:WY-0" in elsewhere.html
    in_the_state = await details.submit(client, {"zip": "02139"})
    assert [name for name, _ in in_the_state.form.choices] == ["district"] * 2


async def test_a_zip_in_two_states(start: Go, client: httpx.AsyncClient) -> None:
    place = await start(zip="42223")
    offered = [value for name, value in place.form.choices if name == "district"]
    assert {district[:2] for district in offered} == {"KY", "TN"}
    letters = await place.submit(client, {"district": "TN-7"})
    assert {"house:TN-7", "senate:TN:1", "senate:TN:2"} <= set(seats(letters))


def seats(page: Page) -> list[str]:
    return [name.partition(":")[2] for name in page.form.names if name.startswith("base:")]


async def test_a_po_box_in_puerto_rico(start: Go, client: httpx.AsyncClient) -> None:
    letters = await start(zip="00936")
    assert set(seats(letters)) == {"president", "house:PR-0"}
    assert "Dear Resident Commissioner" in letters.words
    sent = await letters.submit(client)
    assert sent.titles["h1"] == "Check your email"


async def test_a_po_box_of_a_large_state_offers_all_its_districts(
    start: Go, client: httpx.AsyncClient
) -> None:
    place = await start(zip="94120")  # San Francisco, PO boxes only
    assert place.answer.status_code == 200
    assert place.html.count("<option") > 50
    letters = await place.submit(client, {"district": "CA-11"})
    assert "house:CA-11" in seats(letters)


async def test_back_and_forth_loses_nothing(start: Go, client: httpx.AsyncClient) -> None:
    letters = await start()
    typed = {
        "story": "My grandmother was born in Stepanakert.",
        "subject:president": "A subject of my own",
        "own_words:house:WY-0": "For this office only.",
        "city": "Cheyenne",
        "updates": "yes",
    }
    details = await letters.submit(client, typed, button=letters.button("back"))
    assert "Write your letters" in details.words
    again = await details.submit(client, {"family_name": "Petrossian"})
    for name, value in typed.items():
        assert again.form[name] == value
    assert "Ani Petrossian" in again.words
    armenian = await again.submit(client, button=again.button("hy"))
    assert armenian.answer.headers["content-language"] == "hy"
    assert armenian.form["subject:president"] == "A subject of my own"


async def test_undo_gives_the_campaigns_letter_back(start: Go, client: httpx.AsyncClient) -> None:
    letters = await start()
    seat = "senate:WY:1"
    original = letters.form[f"statement:{seat}"]
    changed = await letters.submit(
        client,
        {f"statement:{seat}": "Something else entirely.", "subject:president": "Kept as it is"},
        button=AGAIN,
    )
    assert changed.form[f"statement:{seat}"] == "Something else entirely."
    undone = await changed.submit(client, button=changed.button(f"undo:{seat}"))
    assert undone.form[f"statement:{seat}"] == original
    assert undone.form["subject:president"] == "Kept as it is"


async def test_the_city_goes_into_letters_that_nobody_edited(
    start: Go, client: httpx.AsyncClient
) -> None:
    letters = await start()
    assert "Wyoming" in letters.form["statement:president"]
    typed = {"city": "Cheyenne", "statement:house:WY-0": "I live here, and I ask you to act."}
    shown = await letters.submit(client, typed, button=AGAIN)
    assert "Cheyenne" in shown.form["statement:president"]
    assert shown.form["statement:house:WY-0"] == typed["statement:house:WY-0"]


async def test_a_city_that_was_never_shown_is_shown_before_it_is_sent(
    start: Go, client: httpx.AsyncClient, services: Services
) -> None:
    letters = await start()
    shown = await letters.submit(client, {"city": "Cheyenne", "story": "Mine."})
    assert shown.answer.status_code == 409
    assert "have changed since you saw them" in shown.words
    assert "Cheyenne" in shown.form["statement:president"]
    assert shown.form["story"] == "Mine."
    assert await stored(services) == 0
    sent = await shown.submit(client)
    assert sent.titles["h1"] == "Check your email"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("story", "x" * 1501),
        ("subject:president", "y" * 501),
        ("statement:house:WY-0", "z" * 10_001),
        ("statement:house:WY-0", ""),
        ("subject:senate:WY:1", "hm"),
        ("own_words:president", "a\x00b"),
        ("city", "c" * 101),
    ],
)
async def test_what_cannot_be_sent_is_named_and_kept(
    start: Go, client: httpx.AsyncClient, services: Services, field: str, value: str
) -> None:
    letters = await start()
    refused = await letters.submit(client, {field: value, "own_words:senate:WY:2": "Kept."})
    assert refused.answer.status_code == 422
    assert field in messages(refused)
    assert refused.by_id(field)["aria-invalid"] == "true"
    assert refused.form["own_words:senate:WY:2"] == "Kept."
    if "\x00" not in value:
        assert refused.form[field].replace("\r\n", "\n") == value
    assert await stored(services) == 0
    previewed = await letters.submit(client, {field: value}, button=AGAIN)
    assert previewed.answer.status_code == 422


async def test_a_double_click_stores_once_and_another_text_again(
    start: Go, client: httpx.AsyncClient, services: Services
) -> None:
    letters = await start()
    first = await letters.submit(client)
    second = await letters.submit(client)
    assert first.answer.url == second.answer.url
    assert await stored(services) == 1
    other = await letters.submit(client, {"story": "After the back button, some words."})
    assert other.answer.url != first.answer.url
    assert await stored(services) == 2


async def test_hostile_words_stay_words(start: Go, client: httpx.AsyncClient) -> None:
    letters = await start(given_name=HOSTILE, family_name=HOSTILE)
    page = await letters.submit(
        client,
        {
            "story": HOSTILE,
            "subject:president": HOSTILE,
            "city": HOSTILE,
            "own_words:president": HOSTILE,
        },
        button=AGAIN,
    )
    assert page.answer.status_code == 200
    assert "<script>" not in page.html
    assert "<b>{{" not in page.html
    assert page.form["story"] == HOSTILE
    assert page.form["subject:president"] == HOSTILE
    assert page.words.count("<script>alert(1)</script>") > 2


async def test_a_mistyped_mail_domain_is_asked_about(start: Go, client: httpx.AsyncClient) -> None:
    letters = await start(email="ani@gmial.com")
    assert "Did you mean gmail.com?" in letters.words
    corrected = await letters.submit(client, button=letters.button("email"))
    assert corrected.form["email"] == "ani@gmail.com"
    assert "Did you mean" not in corrected.words


async def test_one_nudge_for_words_of_ones_own(start: Go, client: httpx.AsyncClient) -> None:
    letters = await start()
    assert "One sentence of your own" in letters.words
    again = await letters.submit(client, button=AGAIN)
    assert "One sentence of your own" not in again.words
    personal = await again.submit(client, {"story": "My own sentence. " * 5}, button=AGAIN)
    assert "% in your own words" in personal.words


async def test_consents_are_unchecked_until_they_are_given(
    start: Go, client: httpx.AsyncClient, services: Services
) -> None:
    letters = await start()
    assert ("updates", "yes") in letters.form.choices
    await letters.submit(client)
    await letters.submit(client, {"updates": "yes"})
    async with transaction(services.engine) as session:
        rows = await session.execute(text("SELECT consents FROM supporters"))
    given = sorted(row.consents["updates"] for row in rows)
    assert given == [False, True]


async def test_demands_are_chosen_and_ordered(
    start: Go, services: Services, client: httpx.AsyncClient
) -> None:
    slug = next(
        slug
        for slug, campaign in services.published.catalog.campaigns.items()
        if campaign.campaign.form.choose_demands
    )
    demands = services.published.catalog.get(slug).default_demands
    ranks = {f"demand:{demand}": "out" for demand in demands}
    none = await start(slug, **ranks)
    assert none.answer.status_code == 422
    assert "Choose at least one demand" in none.words
    chosen = {**ranks, f"demand:{demands[1]}": "1", f"demand:{demands[0]}": "2"}
    letters = await none.submit(client, chosen)
    assert letters.answer.status_code == 200
    await letters.submit(client)
    async with transaction(services.engine) as session:
        row = (await session.execute(text("SELECT demands FROM submissions"))).one()
    assert row.demands == [demands[1], demands[0]]


async def test_the_letters_stay_in_english_and_the_page_says_so(start: Go) -> None:
    page = await start(lang="hy")
    assert "անգլերեն" in page.words
    assert "Dear Mr. President," in page.words


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=1&" * 300, b"%00=%ff&subject:<script>=1", b""])
async def test_no_body_breaks_the_page(client: httpx.AsyncClient, body: bytes) -> None:
    for step in ("letters", "send"):
        answer = await client.post(f"/c/{CAMPAIGN}/{step}", content=body)
        assert 400 <= answer.status_code < 500
        assert "<h1>" in answer.text


async def test_a_resend_is_asked_for_by_a_button(start: Go, client: httpx.AsyncClient) -> None:
    letters = await start()
    sent = await letters.submit(client)
    again = await sent.submit(client)
    assert again.answer.status_code == 200
    assert "You asked for the mail once more." in again.words
    unknown = f"/c/{CAMPAIGN}/sent/00000000-0000-7000-8000-000000000000"
    assert (await get(client, unknown)).titles["h1"] == "Check your email"
