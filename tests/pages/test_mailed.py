"""The pages behind mailed links."""

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.deliveries.channels.hand_over import HandOverChannel
from api.deliveries.routing import Router
from api.services import Services
from tests.app_fixtures import CAMPAIGN, Outbox
from tests.pages.browserless import Page, get
from tests.pages.conftest import Go

HOSTILE = "<script>alert(1)</script>\"'&"


@pytest.fixture
def by_hand(services: Services) -> None:
    """As in production without credentials: every letter is handed over."""
    channel = HandOverChannel()
    router = Router({channel.name: channel}, "production", channel.name)
    services.router = router
    object.__setattr__(services.confirmations, "router", router)


@pytest.fixture
def confirm_page(start: Go, client: httpx.AsyncClient, outbox: Outbox) -> Callable[..., object]:
    async def go(**fields: str) -> Page:
        letters = await start(**fields)
        await letters.submit(client, {"story": f"My own words. {HOSTILE}"})
        await outbox.work()
        return await get(client, f"/confirm/{outbox.tokens('confirm')[-1]}")

    return go


async def test_all_is_shown_before_anything_is_done(
    confirm_page: Go, client: httpx.AsyncClient, outbox: Outbox
) -> None:
    page = await confirm_page(given_name=HOSTILE)
    for words in ("ani@example.org", "WY 82001", "Petrosyan", "My own words.", "Dear Senator"):
        assert words in page.words
    assert "<script>" not in page.html
    assert page.answer.headers["cache-control"] == "no-store"
    assert page.answer.headers["referrer-policy"] == "no-referrer"
    await outbox.work()
    assert not outbox.letters, "reading the page sends nothing"
    mine = await page.submit(client)
    assert mine.titles["h1"] == "Your letters"
    await outbox.work()
    assert len(outbox.letters) == 4
    again = await get(client, f"/confirm/{outbox.tokens('confirm')[0]}")
    assert again.answer.status_code == 200
    assert again.titles["h1"] == "This link has been used"
    assert "My own words." not in again.words, "an old mail may have been forwarded"
    before = len(outbox.mails)
    asked = await again.submit(client)
    assert "If this mailbox takes our mail" in asked.words
    await outbox.work()
    (mail,) = outbox.mails[before:]
    assert "/me/" in str(mail.get_body(("plain",)))
    assert "Your letters" in (await get(client, f"/me/{outbox.tokens('me')[-1]}")).titles["h1"]


async def test_pressing_twice_leads_to_the_same_page(
    confirm_page: Go, client: httpx.AsyncClient
) -> None:
    page = await confirm_page()
    first, second = await page.submit(client), await page.submit(client)
    assert first.answer.url == second.answer.url
    assert second.answer.status_code == 200


async def test_this_was_not_me(confirm_page: Go, client: httpx.AsyncClient, outbox: Outbox) -> None:
    page = await confirm_page()
    said = await page.submit(client, form=1)
    assert said.titles["h1"] == "Deleted"
    assert outbox.tokens("confirm")[0] not in str(said.answer.url)
    late = await page.submit(client)
    assert "said that the form was not theirs" in late.words
    assert (await page.submit(client, form=1)).titles["h1"] == "This was deleted"
    await outbox.work()
    assert not outbox.letters


async def test_the_page_keeps_the_forms_language(
    confirm_page: Go, client: httpx.AsyncClient
) -> None:
    page = await confirm_page(lang="hy")
    assert page.answer.headers["content-language"] == "hy"
    mine = await page.submit(client)
    assert mine.answer.headers["content-language"] == "hy"
    assert "Ձեր նամակները" in mine.words


@pytest.mark.usefixtures("by_hand")
async def test_handing_a_letter_over(
    confirm_page: Go, client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    mine = await (await confirm_page()).submit(client)
    assert "4 letters need a step of yours" in mine.words
    assert "Needs a step of yours" in mine.words
    links = mine.links()
    assert any(link.startswith("https://") and "house.gov" in link for link in links)
    assert any(link.startswith("tel:+1-202-") for link in links)
    copies = [form for form in mine.forms if form.action.split("?")[0].endswith("/done")]
    assert len(copies) == 4

    after = await mine.submit(client, form=0)
    assert after.words.count("You sent it.") == 0
    assert "3 letters need a step of yours" in after.words
    assert "You told us that you sent it yourself" in after.words
    twice = await mine.submit(client, form=0)
    assert "3 letters need a step of yours" in twice.words
    async with transaction(services.engine) as session:
        rows = await session.execute(
            text("SELECT sum(delta) FROM count_deltas WHERE name = 'self_reported'")
        )
        assert rows.scalar_one() == 1


async def _set(services: Services, status: str, seat: str) -> None:
    async with transaction(services.engine) as session:
        change = """
            WITH l AS (UPDATE letters SET status = :status WHERE seat LIKE :seat RETURNING id)
            UPDATE deliveries SET status = :status WHERE letter_id IN (SELECT id FROM l)"""
        await session.execute(text(change), {"status": status, "seat": seat})


@pytest.mark.parametrize("status", ["failed", "expired"])
async def test_what_we_could_not_send_is_its_writers_to_report(
    confirm_page: Go, client: httpx.AsyncClient, services: Services, status: str
) -> None:
    mine = await (await confirm_page()).submit(client)
    await _set(services, status, "house:%")
    mine = await get(client, str(mine.answer.url))
    assert "You can still send it yourself" in mine.words
    after = await mine.submit(client, form=0)
    assert "You told us that you sent it yourself" in after.words
    assert "You can still send it yourself" not in after.words


async def test_what_was_cancelled_asks_for_no_step(
    confirm_page: Go, client: httpx.AsyncClient, services: Services
) -> None:
    mine = await (await confirm_page()).submit(client)
    await _set(services, "cancelled", "house:%")
    mine = await get(client, str(mine.answer.url))
    assert "Cancelled" in mine.words
    assert "I sent it" not in mine.words


async def test_nobody_is_led_to_another_holder_with_a_letter(
    confirm_page: Go, client: httpx.AsyncClient, services: Services
) -> None:
    """It could not be sent, and since then the office has passed on."""
    mine = await (await confirm_page()).submit(client)
    await _set(services, "failed", "house:%")
    async with transaction(services.engine) as session:
        other = "UPDATE letter_texts SET target_id = 'X000001' WHERE seat LIKE 'house:%'"
        await session.execute(text(other))
    mine = await get(client, str(mine.answer.url))
    assert "Not sent" in mine.words
    assert "You can still send it yourself" not in mine.words
    assert not any("house.gov" in link for link in mine.links())


@pytest.mark.usefixtures("by_hand")
async def test_a_letter_for_printing(confirm_page: Go, client: httpx.AsyncClient) -> None:
    mine = await (await confirm_page()).submit(client)
    link = next(link for link in mine.links() if "/letters/" in link)
    letter = await get(client, link)
    assert "Ani Petrosyan" in letter.words
    assert "WY 82001" in letter.words
    assert "Washington, DC" in letter.words
    nobodys = link.split("/letters/")[0] + "/letters/00000000-0000-7000-8000-000000000000"
    assert (await client.get(nobodys)).status_code == 404


async def test_a_strangers_page_token_does_nothing(client: httpx.AsyncClient) -> None:
    letter = "00000000-0000-7000-8000-000000000000"
    for url in (f"/me/{'x' * 43}/letters/{letter}/done", "/unsubscribe/x", "/confirm/x"):
        answer = await client.post(url)
        assert answer.status_code == 410
        assert "<h1>" in answer.text


async def test_who_wrote_from_another_district_is_told(
    confirm_page: Go, client: httpx.AsyncClient
) -> None:
    first = await (await confirm_page()).submit(client)
    assert first.words.count("Read the letter") == 4
    page = await confirm_page(zip="00936")
    assert "You wrote from another district then" in page.words
    moved = await page.submit(client, {"person": page.form.choices[0][1]})
    assert "from another district" in moved.words
    assert "Thank you" not in moved.words
    assert moved.words.count("Read the letter") == 4


async def test_a_closed_campaign_can_be_read_and_takes_nothing(
    client: httpx.AsyncClient, start: Go, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = await start()
    published = services.published.catalog.get(CAMPAIGN)
    monkeypatch.setattr(type(published), "state", lambda self, now: "closed")
    page = await get(client, f"/c/{CAMPAIGN}")
    assert page.answer.status_code == 200
    assert "This campaign has closed" in page.words
    assert not page.forms
    late = await letters.submit(client)
    assert late.answer.status_code == 409
    assert "This campaign has closed" in late.words
    assert "No campaign is open" in (await get(client, "/")).words
