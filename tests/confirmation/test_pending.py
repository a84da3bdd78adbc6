"""The owner of an address under attack gets to their own form, whatever strangers do before."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from email.message import EmailMessage
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from api.campaigns.catalog import Catalog
from api.campaigns.schema import Campaign
from api.confirmation.bounces import mail_bounced
from api.database.session import transaction
from api.mail.bounces import read_bounce
from api.mail.message import mail_id_of
from api.mail.outcomes import Outcome, Temporary, Unknown
from api.services import Services, make_mailer
from tests.app_fixtures import CAMPAIGN, Body, Outbox
from tests.confirmation.test_bounces import block, dsn
from tests.sign_ons.signing import person, sign

OTHERS = ("release-pows", "sanction-officials")
ANI, MALLORY = "ani@example.org", "Mallory"
Fill = Callable[..., Awaitable[str]]


@pytest.fixture
def fill(client: httpx.AsyncClient, form: Callable[..., Body]) -> Fill:
    """Fill in a form for Ani's address, each with a story of its own; its id."""

    async def one(campaign: str = CAMPAIGN, name: str = MALLORY, email: str = ANI) -> str:
        body = form({"story": f"{name} {uuid4()}"}, given_name=name, email=email)
        answer = await client.post(f"/api/v1/campaigns/{campaign}/submissions", json=body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    return one


class PutsOff:
    """A server that defers every mail, or does not say whether it took it."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    async def send(self, message: EmailMessage) -> Outcome:
        return self.outcome

    async def close(self) -> None:
        pass


def links(mail: EmailMessage, page: str) -> list[str]:
    part = mail.get_body(("plain",))
    assert part is not None
    return re.findall(rf"\S*(/{page}/\S+)", part.get_content())


async def own_link(client: httpx.AsyncClient, outbox: Outbox, submission_id: str) -> str | None:
    """What an owner does after one look into the mailbox: the page with their own form, or None.

    They open the newest mail that stands for all, and ask there for the form with their number.
    """
    lists = [link for mail in outbox.mails for link in links(mail, "pending")]
    if not lists:
        return None
    number = submission_id[-6:]
    page = (await client.get(lists[-1], params={"number": number})).text
    found = re.search(r'name="id" value="([^"]+)"', page)
    assert found is not None, page
    before = len(outbox.mails)
    asked = await client.post(lists[-1], data={"id": found[1], "kind": "form"})
    assert "You asked for its link" in asked.text
    await outbox.send_mails()
    (mail,) = outbox.mails[before:]
    (link,) = links(mail, "confirm")
    return link


async def is_own(client: httpx.AsyncClient, link: str) -> bool:
    return "Nare" in (await client.get(link)).text


async def gets_there(client: httpx.AsyncClient, outbox: Outbox, submission_id: str) -> bool:
    """Whether the owner finds their form by a mail of its own, or by the list."""
    for mail in outbox.mails:
        for link in links(mail, "confirm"):
            if await is_own(client, link):
                return True
    listed = await own_link(client, outbox, submission_id)
    return listed is not None and await is_own(client, listed)


@pytest.mark.parametrize("before", [0, 1, 2, 3, 20])
@pytest.mark.parametrize("spread", [False, True], ids=["one campaign", "several"])
async def test_among_twenty_hostile_forms_in_any_order(
    client: httpx.AsyncClient, outbox: Outbox, fill: Fill, before: int, spread: bool
) -> None:
    campaigns = (CAMPAIGN, *OTHERS) if spread else (CAMPAIGN,)
    ids = []
    for number in range(21):
        own = number == before
        campaign = campaigns[-1 if own else number % len(campaigns)]
        ids.append(await fill(campaign, name="Nare" if own else MALLORY))
        if number % 5 == 0:
            await outbox.send_mails()
    await outbox.send_mails()
    assert len(outbox.mails) <= 3
    assert await gets_there(client, outbox, ids[before])
    strangers = [mail for mail in outbox.mails if not links(mail, "confirm")]
    assert len(strangers) <= 1, "one mail stands for all"


@pytest.mark.parametrize("before", [1, 2, 3, 20])
async def test_who_signs_among_twenty_hostile_signatures(
    client: httpx.AsyncClient, outbox: Outbox, before: int
) -> None:
    own = ""
    for number in range(21):
        name = "Nare" if number == before else MALLORY
        made = await sign(client, person(given_name=name, email=ANI, city=f"Town {number}"))
        own = made["id"] if number == before else own
        if number % 4 == 0:
            await outbox.send_mails()
    await outbox.send_mails()
    assert len(outbox.mails) <= 3
    assert await gets_there(client, outbox, own)


async def test_a_stranger_who_presses_resend_takes_nothing_from_the_owner(
    client: httpx.AsyncClient, outbox: Outbox, fill: Fill
) -> None:
    hostile = [await fill() for _ in range(2)]
    own = await fill(name="Nare")
    for _ in range(6):
        for each in hostile:
            await client.post("/api/v1/confirmations/resend", json={"id": each})
            await outbox.send_mails()
    assert len(outbox.mails) <= 3
    assert await gets_there(client, outbox, own)


async def test_by_another_spelling_of_the_address(
    client: httpx.AsyncClient, outbox: Outbox, fill: Fill
) -> None:
    """Strangers write to spellings of one mailbox, on several campaigns."""
    spellings = ("v.ictim+a@gmail.com", "victim+b@googlemail.com", "vic.tim@gmail.com")
    for number in range(12):
        await fill((CAMPAIGN, *OTHERS)[number % 3], email=spellings[number % 3])
    own = await fill(name="Nare", email="victim@gmail.com")
    await outbox.send_mails()
    assert len(outbox.mails) == 3
    assert await gets_there(client, outbox, own)


async def test_all_at_once_with_two_workers(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, fill: Fill
) -> None:
    ids = await asyncio.gather(*(fill(name="Nare" if n == 7 else MALLORY) for n in range(16)))
    one, other = make_mailer(services), make_mailer(services)
    while any(await asyncio.gather(one.send_due(), other.send_due())):
        pass
    async with transaction(services.engine) as session:
        await session.execute(text("UPDATE mails SET due_at = now() WHERE status = 'queued'"))
    await outbox.send_mails()
    assert len(outbox.mails) == 3
    assert await gets_there(client, outbox, ids[7])


async def test_a_form_that_comes_hours_later_is_on_the_same_list(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, fill: Fill
) -> None:
    for _ in range(4):
        await fill()
    await outbox.send_mails()
    async with transaction(services.engine) as session:
        await session.execute(text("UPDATE mail_budget SET at = at - interval '23 hours'"))
    own = await fill(name="Nare")
    await outbox.send_mails()
    assert len(outbox.mails) == 3
    assert await gets_there(client, outbox, own)


async def test_the_list_shows_when_and_where_and_nothing_that_was_typed(
    client: httpx.AsyncClient, outbox: Outbox, fill: Fill
) -> None:
    ids = [await fill(name=f"Hostile{n}") for n in range(5)]
    await outbox.send_mails()
    mail = outbox.mails[-1]
    page = await client.get(links(mail, "pending")[0])
    assert page.status_code == 200
    for typed in ("Hostile", ANI, "Petrosyan", "91204", "Glendale"):
        assert typed not in page.text
        assert typed == ANI or typed not in str(mail)
    assert all(f"Form {each[-6:]}" in page.text for each in ids)
    assert page.text.count("By a program (API)") == 5
    assert page.headers["cache-control"] == "no-store"


async def test_looking_asks_for_nothing_and_deletes_nothing(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, fill: Fill
) -> None:
    for _ in range(4):
        await fill()
    await outbox.send_mails()
    link = links(outbox.mails[-1], "pending")[0]
    for _ in range(3):
        await client.get(link)
        assert (await client.get(f"{link}/discard")).status_code == 303, "back to the list"
    await outbox.send_mails()
    assert len(outbox.mails) == 3
    async with transaction(services.engine) as session:
        query = text("SELECT count(*) FROM supporters WHERE status = 'unconfirmed'")
        assert await session.scalar(query) == 4


async def test_five_links_a_day_and_the_sixth_says_so(
    client: httpx.AsyncClient, outbox: Outbox, fill: Fill
) -> None:
    for _ in range(8):
        await fill()
    await outbox.send_mails()
    link = links(outbox.mails[-1], "pending")[0]
    wanted = re.findall(r'name="id" value="([^"]+)"', (await client.get(link)).text)
    assert len(wanted) == 8
    pressed = (wanted[0], *wanted[:7])  # the first button twice
    said = [(await client.post(link, data={"id": each, "kind": "form"})).text for each in pressed]
    assert ["You asked for its link" in page for page in said] == [True] * 6 + [False] * 2
    assert all("five were asked for within the last 24 hours" in page for page in said[6:])
    await outbox.send_mails()
    assert len(outbox.mails) == 3 + 5
    for odd in ({"id": str(uuid4()), "kind": "form"}, {"id": "x"}, {}, {"id": wanted[0]}):
        assert "Nothing was mailed" in (await client.post(link, data=odd)).text


async def test_this_was_not_me_for_all_of_them(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, fill: Fill
) -> None:
    for number in range(9):
        await fill((CAMPAIGN, *OTHERS)[number % 3])
    other = await fill(email="other@example.org")
    await outbox.send_mails()
    link = next(link for mail in outbox.mails for link in links(mail, "pending"))
    said = await client.post(f"{link}/discard")
    assert "9 forms were deleted" in said.text
    told = [(await client.get(f"/confirm/{each}")).text for each in outbox.tokens("confirm")]
    deleted = [page for page in told if "This was deleted" in page]
    assert len(deleted) == len(told) - 1, "all but the other address's"
    assert not any("confirmed by" in page for page in told), "by no other form's link"
    assert "Nothing waits here now" in (await client.get(link)).text
    async with transaction(services.engine) as session:
        query = "SELECT b.id FROM supporters s JOIN submissions b ON b.supporter_id = s.id "
        left = await session.execute(text(query + "WHERE s.status = 'unconfirmed'"))
        assert [str(row.id) for row in left] == [other]


async def test_what_was_repeated_or_asked_for_again_is_listed_once_each(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body]
) -> None:
    ids = []
    for _ in range(3):  # the very same form
        answer = await client.post(f"/api/v1/campaigns/{CAMPAIGN}/submissions", json=form())
        ids.append(answer.json()["id"])
        await outbox.send_mails()
    for _ in range(4):
        await client.post("/api/v1/confirmations/resend", json={"id": ids[0]})
        await outbox.send_mails()
    assert len(outbox.mails) == 3
    page = (await client.get(links(outbox.mails[-1], "pending")[0])).text
    assert all(page.count(f"Form {each[-6:]}") == 1 for each in ids)


async def test_a_link_to_ones_data_is_not_starved_either(
    client: httpx.AsyncClient, outbox: Outbox, fill: Fill
) -> None:
    await fill(name="Nare")
    await outbox.send_mails()
    token = outbox.tokens("confirm")[0]
    assert (await client.post("/api/v1/confirmations", json={"token": token})).status_code == 200
    for _ in range(10):
        await fill()
    await outbox.send_mails()
    asked = {"campaign": CAMPAIGN, "email": ANI}
    assert (await client.post("/api/v1/self-service/links", json=asked)).status_code == 202
    await outbox.send_mails()
    assert not outbox.tokens("self-service")
    link = next(link for mail in outbox.mails for link in links(mail, "pending"))
    page = (await client.get(link)).text
    assert "A link to the data that is kept" in page
    wanted = re.search(
        r'value="([^"]+)">\s*<input type="hidden" name="kind" value="own_data"', page
    )
    assert wanted is not None
    await client.post(link, data={"id": wanted[1], "kind": "own_data"})
    await outbox.send_mails()
    opened = {"token": outbox.tokens("self-service")[-1]}
    assert (await client.post("/api/v1/self-service/open", json=opened)).status_code == 200


async def test_forms_of_an_address_that_stopped_our_mail_are_told_of_nowhere(
    client: httpx.AsyncClient, outbox: Outbox, fill: Fill
) -> None:
    await fill()
    await outbox.send_mails()
    await client.post(f"/unsubscribe/{outbox.tokens('unsubscribe')[0]}")
    for _ in range(5):
        await fill()
    await outbox.send_mails()
    assert len(outbox.mails) == 1


async def test_where_the_mail_for_all_was_lost_the_next_one_stands_for_all(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, fill: Fill
) -> None:
    for _ in range(3):
        await fill()
    await outbox.send_mails()
    async with transaction(services.engine) as session:
        await session.execute(
            text("""UPDATE mails SET status = 'suppressed', attempts = 0
                    WHERE id = (SELECT mail_id FROM mail_budget WHERE place = 'all')""")
        )
    own = await fill(name="Nare")
    await outbox.send_mails()
    assert await gets_there(client, outbox, own)


async def test_no_link_is_promised_for_a_campaign_that_is_not_open(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    fill: Fill,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No mail asks to confirm what cannot be confirmed."""
    for _ in range(3):
        await fill()
        await fill(OTHERS[0])
    await outbox.send_mails()
    (mail,) = (mail for mail in outbox.mails if links(mail, "pending"))
    (link,) = links(mail, "pending")
    button, hint = "Mail me the link to this one", "no link to this form is mailed"
    page = (await client.get(link)).text
    assert (page.count(button), page.count(hint)) == (6, 0)
    closing: Campaign = services.published.catalog.get(CAMPAIGN).campaign
    monkeypatch.setitem(closing.__dict__, "status", "closed")
    page = (await client.get(link)).text
    assert (page.count(button), page.count(hint)) == (3, 3)


async def test_a_mail_whose_campaign_closed_keeps_nobody_waiting(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, fill: Fill
) -> None:
    """It was to stand for all, was not taken at first, and is not sent any more."""
    for slug in (CAMPAIGN, CAMPAIGN, OTHERS[0]):
        await fill(slug)
        await outbox.send_mails()
    untaken = """UPDATE mails SET status = 'queued', reason = 'recipient_451' WHERE id =
                 (SELECT mail_id FROM mail_budget WHERE place = 'all')"""
    due = "UPDATE mails SET due_at = now() WHERE status = 'queued'"
    left = {slug: o for slug, o in services.published.catalog.campaigns.items() if slug == CAMPAIGN}
    services.published = replace(services.published, catalog=Catalog(left))
    own = await fill(name="Nare")
    for change in (untaken, due, due):
        async with transaction(services.engine) as session:
            await session.execute(text(change))
        await outbox.send_mails()
    assert len(outbox.tokens("pending")) == 2
    assert await gets_there(client, outbox, own)


async def test_an_unknown_link_is_gone(client: httpx.AsyncClient) -> None:
    for path in ("/pending/x", f"/pending/{'A' * 43}"):
        assert (await client.get(path)).status_code == 410
        assert (await client.post(path, data={})).status_code == 410
        assert (await client.post(f"{path}/discard")).status_code == 410


@pytest.mark.parametrize("outcome", [Temporary("recipient_450"), Unknown("content_disconnected")])
async def test_a_mail_for_all_that_is_put_off_keeps_nobody_waiting(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, fill: Fill, outcome: Outcome
) -> None:
    """A spelling that is not taken at the moment stands for nothing."""
    mailer = make_mailer(services)
    put_off = replace(mailer, transport=PutsOff(outcome))
    for _ in range(4):
        await fill(email="ani+nobody@example.org")
    for _ in range(4):
        await put_off.send_due()
        async with transaction(services.engine) as session:
            await session.execute(text("UPDATE mails SET due_at = now()"))
    own = await fill(name="Nare")
    await outbox.send_mails()
    assert await gets_there(client, outbox, own)


@pytest.mark.parametrize("status", ["5.1.1", "5.7.1"])
async def test_what_was_listed_behind_a_mail_that_came_back_is_mailed(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, fill: Fill, status: str
) -> None:
    """Behind a relay, the mail that stands for all is taken first, and returned later."""
    other = "ani+nobody@example.org"
    for _ in range(3):
        await fill(email=other)
    await outbox.send_mails()
    own = await fill(name="Nare")
    await outbox.send_mails()
    (lost,) = (mail for mail in outbox.mails if links(mail, "pending"))
    report = read_bounce(dsn(mail_id_of(lost), block(other, status, words=f"550 {status} no")))
    assert report is not None
    before = len(outbox.mails)
    async with transaction(services.engine) as session:
        await mail_bounced(session, report, services.vault, services.keys)
    await outbox.send_mails()
    (mail,) = outbox.mails[before:]
    assert mail["To"] == ANI
    (link,) = links(mail, "pending")
    assert own[-6:] in (await client.get(link)).text
