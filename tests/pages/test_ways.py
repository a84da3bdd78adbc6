"""Each page says who sends which letter before anything is sent, and when the campaign closes."""

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest
from sqlalchemy import text

from api.campaigns.schema import Campaign
from api.database.session import transaction
from api.deliveries.routing import HAND_OVER, Router, SentBy
from api.i18n import LANGUAGES
from api.pages.rendering import environment_of
from api.pages.ways import WAYS, Ways
from api.services import Services, now
from tests.app_fixtures import CAMPAIGN, Body, Outbox
from tests.pages.browserless import get
from tests.pages.conftest import Go
from tests.sign_ons.signing import LETTER, person, sign

URL = f"/api/v1/campaigns/{CAMPAIGN}"
MIXTURES = [
    (4, 0, 0, "Send my 4 letters"),
    (1, 0, 0, "Send my letter"),
    (0, 4, 0, "Get my 4 letters, to send them myself"),
    (0, 1, 0, "Get my letter, to send it myself"),
    (0, 0, 4, "Try out my 4 letters, which go to nobody"),
    (0, 0, 1, "Try out my letter, which goes to nobody"),
    (2, 2, 0, "Send 2 letters, and get 2 to send yourself"),
    (1, 1, 0, "Send one letter, and get one to send yourself"),
    (1, 3, 0, "Send one letter, and get 3 to send yourself"),
    (0, 2, 1, "Get 2 letters to send yourself, and try out one that goes to nobody"),
    (1, 0, 2, "Send one letter, and try out 2 that go to nobody"),
    (1, 1, 1, "Send one letter, and get one to send yourself, and try out one that goes to nobody"),
]


def words(services: Services, language: str, macro: str, ways: Ways) -> str:
    template = environment_of(services.settings, language).get_template("ways.html.j2")
    return re.sub(r"\s+", " ", str(getattr(template.module, macro)(ways))).strip()


@pytest.mark.parametrize(("ours", "yours", "tests", "said"), MIXTURES)
def test_the_button_says_what_it_does(
    services: Services, ours: int, yours: int, tests: int, said: str
) -> None:
    assert words(services, "en", "button", Ways(ours, yours, tests)) == said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("ours", "yours", "tests", "said"), MIXTURES)
def test_each_number_is_said_in_every_language(
    services: Services, language: str, ours: int, yours: int, tests: int, said: str
) -> None:
    button = words(services, language, "button", Ways(ours, yours, tests))
    forecast = words(services, language, "forecast", Ways(ours, yours, tests))
    for number in {ours, yours, tests} - {0, 1}:
        wanted = [ours, yours, tests].count(number)
        assert button.count(str(number)) == forecast.count(str(number)) == wanted
    assert language == "en" or button != said, "translated"
    assert " ," not in button


def test_every_way_has_a_sentence_that_claims_no_sending_by_others() -> None:
    for (sender, _), sentence in WAYS.items():
        assert ("We send it" in sentence) == (sender is SentBy.US)


def by_default(services: Services, channel: str) -> None:
    """As after a start with other settings: a router keeps its usual routes."""
    object.__setattr__(services.router, "default", channel)
    for kept in ("_congress", "_elsewhere"):
        services.router.__dict__.pop(kept, None)


@pytest.fixture
def by_hand(services: Services) -> None:
    """As production is without credentials."""
    by_default(services, HAND_OVER)


@pytest.mark.usefixtures("by_hand")
async def test_without_credentials_nothing_is_promised(
    client: httpx.AsyncClient, start: Go, outbox: Outbox
) -> None:
    opening = await get(client, f"/c/{CAMPAIGN}")
    assert "you send yourself: we give you the text and the steps" in opening.words
    letters = await start()
    assert "this site has no access to the message system" in letters.words
    assert "we know no email address at which this office takes letters" in letters.words
    assert "We send" not in letters.words
    assert "Get my 4 letters, to send them myself" in letters.words
    await letters.submit(client)
    await outbox.send_mails()
    part = outbox.mails[-1].get_body(("plain",))
    assert part is not None
    mail = re.sub(r"\s+", " ", part.get_content())
    assert "4 letters you send yourself" in mail
    assert "We send" not in mail
    page = await get(client, f"/confirm/{outbox.tokens('confirm')[-1]}")
    assert "Get my 4 letters, to send them myself" in page.words
    assert page.words.count("You send it yourself:") == 4
    mine = await page.submit(client)
    assert mine.words.count("So it goes from your own hands") == 4
    assert "takes letters only from your own hands" not in mine.words
    await outbox.send_mails()
    receipt = outbox.mails[-1].get_body(("plain",))
    assert receipt is not None
    assert "4 letters you send yourself: your page" in re.sub(r"\s+", " ", receipt.get_content())


@pytest.mark.usefixtures("by_hand")
async def test_the_api_tells_it_for_each_letter(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body]
) -> None:
    told = await client.get(f"{URL}/targets?zip=91204&district=CA-30")
    shown = await client.post(f"{URL}/letters", json=_preview(form()))
    sent = await client.post(f"{URL}/submissions", json=form())
    await outbox.send_mails()
    token = {"token": outbox.tokens("confirm")[-1]}
    confirmed = await client.post("/api/v1/confirmations", json=token)
    lists = (told.json()["targets"], *(a.json()["letters"] for a in (shown, sent, confirmed)))
    for letters in lists:
        ways = {letter["seat"]: (letter["sent_by"], letter["reason"]) for letter in letters}
        assert ways["house:CA-30"] == ("you", "no_access")
        assert ways["president"] == ("you", "no_email")
        assert len(ways) == 4


def _preview(body: Body) -> Body:
    supporter = {k: v for k, v in body["supporter"].items() if k != "email"}
    return {**body, "supporter": supporter}


async def test_what_is_said_at_confirmation_is_what_happens_then(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    """The way of the letters changes after the form."""
    sent = await client.post(f"{URL}/submissions", json=form())
    assert {letter["sent_by"] for letter in sent.json()["letters"]} == {"nobody"}
    await outbox.send_mails()
    by_default(services, HAND_OVER)
    token = outbox.tokens("confirm")[-1]
    page = await get(client, f"/confirm/{token}")
    assert "Get my 4 letters, to send them myself" in page.words
    confirmed = await client.post("/api/v1/confirmations", json={"token": token})
    assert {letter["sent_by"] for letter in confirmed.json()["letters"]} == {"you"}


async def test_a_button_does_what_it_said_or_nothing(
    client: httpx.AsyncClient, services: Services, start: Go, outbox: Outbox
) -> None:
    """The way of the letters changes between the page and the press."""
    await (await start()).submit(client)
    await outbox.send_mails()
    by_default(services, HAND_OVER)
    page = await get(client, f"/confirm/{outbox.tokens('confirm')[-1]}")
    assert "Get my 4 letters, to send them myself" in page.words
    by_default(services, "folder")
    told = await page.submit(client)
    assert told.answer.status_code == 409
    assert "Nothing was sent, signed or deleted." in told.words
    assert "Try out my 4 letters, which go to nobody" in told.words
    await outbox.work()
    assert not outbox.letters
    assert (await told.submit(client)).titles["h1"] == "Your letters"
    await outbox.work()
    assert len(outbox.letters) == 4


async def test_a_letter_whose_office_changed_hands_is_not_promised(
    client: httpx.AsyncClient,
    services: Services,
    start: Go,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the form and its confirmation a term ends, or newer data names another holder."""
    sent = await (await start()).submit(client)
    await outbox.send_mails()
    token = outbox.tokens("confirm")[-1]
    before = await get(client, f"/confirm/{token}")

    def ended(seat: str, _holder: str | None) -> str | None:
        return "term_ended" if seat.startswith("house:") else None

    monkeypatch.setattr(services, "seats", SimpleNamespace(hindrance=ended))
    await client.post(f"{sent.answer.url.path}/resend")
    await outbox.send_mails()
    part = outbox.mails[-1].get_body(("plain",))
    assert part is not None
    mail = re.sub(r"\s+", " ", part.get_content())
    assert "3 letters go to nobody. One letter waits, and is perhaps never sent" in mail

    object.__setattr__(services.confirmations, "hindrance", ended)
    page = await get(client, f"/confirm/{token}")
    assert "Try out my 3 letters" in page.words
    assert "One letter waits, and is perhaps never sent: below is why." in page.words
    assert "The term of this office's holder has ended" in page.words
    assert (await before.submit(client)).answer.status_code == 409

    object.__setattr__(services.confirmations, "hindrance", lambda *_: "seat_changed")
    none = await get(client, f"/confirm/{token}")
    assert "4 letters wait, and are perhaps never sent" in none.words
    assert "Try out" not in none.words
    assert none.words.count("Somebody else holds this office now.") == 4


Closing = Callable[..., None]


@pytest.fixture
def closing(services: Services, monkeypatch: pytest.MonkeyPatch) -> Closing:
    """Let the campaign close some hours from now (or before now)."""
    campaign: Campaign = services.published.catalog.get(CAMPAIGN).campaign

    def close(hours: float) -> None:
        monkeypatch.setitem(campaign.__dict__, "closes", now() + timedelta(hours=hours))

    return close


async def test_every_page_and_mail_says_when_the_campaign_closes(
    client: httpx.AsyncClient, start: Go, outbox: Outbox, closing: Closing
) -> None:
    closing(4)
    said = "This campaign closes on"
    for url in ("/", f"/c/{CAMPAIGN}"):
        page = await get(client, url)
        assert said in page.words
        assert "US Eastern time" in page.words
    letters = await start()
    assert said in letters.words
    sent = await letters.submit(client)
    assert "before the campaign closes on" in sent.words
    await outbox.send_mails()
    part = outbox.mails[-1].get_body(("plain",))
    assert part is not None
    mail = re.sub(r"\s+", " ", part.get_content())
    assert "The campaign closes on" in mail
    assert "The button works until then." in mail
    assert "hours" not in mail
    assert said in (await get(client, f"/confirm/{outbox.tokens('confirm')[-1]}")).words


async def test_after_the_close_there_is_no_button_that_sends(
    client: httpx.AsyncClient, start: Go, outbox: Outbox, closing: Closing
) -> None:
    closing(4)
    sent = await (await start()).submit(client)
    await outbox.send_mails()
    closing(-1)
    waiting = await get(client, str(sent.answer.url))
    assert "This campaign has closed" in waiting.words
    assert "Press the button" not in waiting.words
    page = await get(client, f"/confirm/{outbox.tokens('confirm')[-1]}")
    assert "cannot be sent now" in page.words
    assert "Send" not in page.words
    assert len(page.forms) == 1
    assert "Delete it" in page.words
    gone = await page.submit(client)
    assert "Nothing was sent or signed by this form" in gone.words
    assert not outbox.letters


async def test_nobody_is_sent_to_a_form_that_is_closed(
    client: httpx.AsyncClient,
    services: Services,
    start: Go,
    outbox: Outbox,
    closing: Closing,
) -> None:
    await (await start()).submit(client)
    await outbox.send_mails()
    url = f"/confirm/{outbox.tokens('confirm')[-1]}"
    async with transaction(services.engine) as session:
        await session.execute(text("UPDATE tokens SET expires = now() - interval '1 minute'"))
    assert "You can fill in the form again." in (await get(client, url)).words
    closing(-1)
    page = await get(client, url)
    assert "It was not confirmed in time" in page.words
    assert "fill in the form again" not in page.words


@pytest.mark.parametrize("signs", [False, True])
async def test_a_campaign_opens_or_closes_between_the_page_and_the_press(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Callable[..., Body],
    monkeypatch: pytest.MonkeyPatch,
    signs: bool,
) -> None:
    slug = LETTER if signs else CAMPAIGN
    await (sign(client, person()) if signs else client.post(f"{URL}/submissions", json=form()))
    await outbox.send_mails()
    campaign = services.published.catalog.get(slug).campaign.__dict__
    with monkeypatch.context() as patch:
        patch.setitem(campaign, "closes", now() - timedelta(hours=1))
        page = await get(client, f"/confirm/{outbox.tokens('confirm')[-1]}")
        assert "Delete it" in page.words
    told = await page.submit(client)
    assert told.answer.status_code == 409
    assert "Nothing was sent, signed or deleted." in told.words
    with monkeypatch.context() as patch:
        patch.setitem(campaign, "closes", now() - timedelta(hours=1))
        deleted = await told.submit(client)
        assert deleted.answer.status_code == 409, "nor does one that sends delete anything"
        assert "Nothing was sent, signed or deleted." in deleted.words
    done = await told.submit(client)
    assert done.titles["h1"] == ("Your signature" if signs else "Your letters")


async def test_letters_confirmed_before_the_close_still_go_out(
    client: httpx.AsyncClient,
    start: Go,
    outbox: Outbox,
    closing: Closing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closing(4)
    await (await start()).submit(client)
    await outbox.send_mails()
    page = await get(client, f"/confirm/{outbox.tokens('confirm')[-1]}")
    await page.submit(client)
    await outbox.send_mails()
    closing(-1)
    mine = await get(client, f"/me/{outbox.tokens('me')[-1]}")
    assert "go out" not in mine.words, "those of a test go to nobody"
    assert "Waits to be sent" not in mine.words
    assert mine.words.count("Waits in a test") == 4
    with monkeypatch.context() as patch:
        patch.setattr(Router, "test_channels", property(lambda _: []))
        mine = await get(client, f"/me/{outbox.tokens('me')[-1]}")
        assert "Letters that were confirmed before its close still go out." in mine.words
        assert mine.words.count("Waits to be sent") == 4
    await outbox.work()
    assert len(outbox.letters) == 4


async def test_a_mail_waits_while_its_campaign_is_not_open(
    client: httpx.AsyncClient, start: Go, outbox: Outbox, closing: Closing
) -> None:
    """It asks nobody to confirm what cannot be confirmed."""
    await (await start()).submit(client)
    closing(-1)
    await outbox.send_mails()
    assert not outbox.mails


@pytest.fixture(params=["draft", "scheduled", "away"])
def set_aside(
    services: Services, request: pytest.FixtureRequest
) -> Callable[[], Callable[[], None]]:
    """Take the campaign away for a while; gives what brings it back."""
    catalog = services.published.catalog
    campaign: Campaign = catalog.get(CAMPAIGN).campaign

    def take_away() -> Callable[[], None]:
        patch = pytest.MonkeyPatch()
        if request.param == "draft":
            patch.setitem(campaign.__dict__, "status", "draft")
        elif request.param == "scheduled":
            patch.setitem(campaign.__dict__, "opens", now() + timedelta(days=1))
        else:
            others = {k: v for k, v in catalog.campaigns.items() if k != CAMPAIGN}
            patch.setattr(catalog, "campaigns", others)
        request.addfinalizer(patch.undo)
        return patch.undo

    return take_away


async def test_a_campaign_that_is_set_aside_is_not_told_as_closed(
    client: httpx.AsyncClient,
    start: Go,
    outbox: Outbox,
    set_aside: Callable[[], Callable[[], None]],
) -> None:
    """Nothing is deleted by it: the form waits, and its link works once the campaign is back."""
    await (await start()).submit(client)
    await outbox.send_mails()
    token = outbox.tokens("confirm")[-1]
    before = await get(client, f"/confirm/{token}")
    bring_back = set_aside()
    page = await get(client, f"/confirm/{token}")
    assert "This campaign is not open at the moment" in page.words
    assert "closed" not in page.words
    assert [form.action.rpartition("/")[2].partition("?")[0] for form in page.forms] == ["discard"]
    pressed = await before.submit(client)
    assert "This campaign is not open at the moment" in pressed.words
    refused = await client.post("/api/v1/confirmations", json={"token": token})
    assert (refused.status_code, refused.json()["code"]) == (409, "campaign_not_open")
    bring_back()
    done = await client.post("/api/v1/confirmations", json={"token": token})
    assert (done.json()["status"], len(done.json()["letters"])) == ("confirmed", 4)


async def test_the_own_page_outlives_the_campaign(
    client: httpx.AsyncClient,
    start: Go,
    outbox: Outbox,
    set_aside: Callable[[], Callable[[], None]],
) -> None:
    """Its file may be away while the letters of its supporters are kept."""
    await (await start()).submit(client)
    await outbox.send_mails()
    page = await get(client, f"/confirm/{outbox.tokens('confirm')[-1]}")
    await page.submit(client)
    await outbox.send_mails()
    set_aside()
    mine = await get(client, f"/me/{outbox.tokens('me')[-1]}")
    assert mine.answer.status_code == 200
    assert mine.titles["h1"] == "Your letters"
