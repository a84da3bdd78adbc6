"""The way out of all mail, and back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from api.database.session import transaction
from api.mail import suppressions
from api.mail.promise import IF_MAIL_COMES
from api.mail.suppressions import recipient
from api.security.hashing import keyed_hash
from api.services import Services
from tests.app_fixtures import CAMPAIGN, Body, Outbox
from tests.mail.test_unsubscribe import older_token
from tests.sign_ons.signing import person, sign

SUBMISSIONS = f"/api/v1/campaigns/{CAMPAIGN}/submissions"
ANI = "ani@example.org"


@pytest.fixture
async def page(client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body]) -> str:
    """The address behind the link at the end of a mail to Ani."""
    assert (await client.post(SUBMISSIONS, json=form())).status_code == 202
    await outbox.work()
    return f"/unsubscribe/{outbox.tokens('unsubscribe')[0]}"


async def arrives(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body], email: str = ANI
) -> bool:
    """Whether a new form of Ani's brings a mail."""
    before = len(outbox.mails)
    body = form({"story": f"Once more {uuid4()}"}, email=email)
    assert (await client.post(SUBMISSIONS, json=body)).status_code == 202
    await outbox.work()
    return len(outbox.mails) > before


async def test_out_and_back(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body], page: str
) -> None:
    asked = await client.get(page)
    assert "Mail to your address is allowed now" in asked.text
    stopped = await client.post(page)
    for answer in (stopped, await client.get(page), await client.get(page)):
        assert "Our mail to your address is stopped" in answer.text
    assert not await arrives(client, outbox, form)
    allowed = await client.post(f"{page}/allow")
    assert "Mail to your address is allowed now" in allowed.text
    assert await arrives(client, outbox, form)


async def test_one_click_of_a_mail_program_stops_and_never_allows(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body], page: str
) -> None:
    one_click = {"List-Unsubscribe": "One-Click"}
    for _ in range(2):
        assert (await client.post(page, data=one_click)).status_code == 200
        assert not await arrives(client, outbox, form)


async def test_looking_changes_nothing(client: httpx.AsyncClient, page: str) -> None:
    for _ in range(2):
        assert "is allowed now" in (await client.get(page)).text
        assert (await client.get(f"{page}/allow")).headers["location"] == page
    await client.post(page)
    assert (await client.get(f"{page}/allow")).headers["location"] == page
    assert "is stopped" in (await client.get(page)).text


async def test_an_address_without_a_mailbox_is_allowed_again(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Callable[..., Body],
    page: str,
) -> None:
    await gone_twice(services, ANI)
    assert "is stopped" in (await client.get(page)).text
    assert not await arrives(client, outbox, form)
    assert "is allowed now" in (await client.post(f"{page}/allow")).text
    assert await arrives(client, outbox, form)


async def gone_twice(services: Services, address: str) -> None:
    async with transaction(services.engine) as session:
        for days in (1, 2):
            at, whom = datetime.now(UTC) - timedelta(days=days), recipient(services.keys, address)
            await suppressions.report_gone(session, whom, uuid4(), at)


async def test_a_spelling_that_is_not_there_stops_no_other_and_is_told_of(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Callable[..., Body],
    page: str,
) -> None:
    await gone_twice(services, "ani+x@example.org")
    said = await client.get(page)
    assert "Mail to your address is allowed now" in said.text
    assert "One spelling of your address" in said.text
    assert await arrives(client, outbox, form)
    assert "One spelling" not in (await client.post(f"{page}/allow")).text
    assert await arrives(client, outbox, form, "ani+x@example.org")


async def test_a_mail_that_came_due_while_stopped_is_not_made_up_for_and_one_that_waits_goes(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body], page: str
) -> None:
    async def ask(story: str) -> str:
        answer = await client.post(SUBMISSIONS, json=form({"story": story}))
        return str(answer.json()["id"])

    await client.post(page)
    due = await ask("Came due")
    await outbox.work()
    await client.post(f"{page}/allow")
    await outbox.work()
    assert len(outbox.mails) == 1
    await client.post("/api/v1/confirmations/resend", json={"id": due})
    await outbox.work()
    assert len(outbox.mails) == 2, "asked for once more, as the page says"
    waits = await ask("Waits in the queue")
    await client.post(page)
    await client.post(f"{page}/allow")
    await outbox.work()
    assert len(outbox.mails) == 3
    assert waits[-6:] in (await client.get(f"/pending/{outbox.tokens('pending')[0]}")).text


async def test_stopped_is_stopped_on_every_campaign_and_for_every_kind_of_mail(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body], page: str
) -> None:
    """For somebody who has confirmed: forms, signatures, links, receipts."""
    token = {"token": outbox.tokens("confirm")[0]}
    await client.post(page)
    assert (await client.post("/api/v1/confirmations", json=token)).status_code == 200
    for slug in (CAMPAIGN, "release-pows"):
        path = f"/api/v1/campaigns/{slug}/submissions"
        assert (await client.post(path, json=form({"story": "Again"}))).status_code == 202
    await sign(client, person(email=ANI))
    asked = {"campaign": CAMPAIGN, "email": ANI}
    assert (await client.post("/api/v1/self-service/links", json=asked)).status_code == 202
    assert (await client.post(f"/confirm/{token['token']}/page")).status_code in {200, 303}
    await outbox.work()
    assert len(outbox.mails) == 1


class TestOfAnEarlierCanonicalForm:
    """Ani's provider got rules of its own later: hashes of both forms are stored."""

    ADDRESS, ALIAS = "ani@me.com", "ani@icloud.com"

    @pytest.fixture
    async def page(
        self, outbox: Outbox, client: httpx.AsyncClient, form: Callable[..., Body]
    ) -> str:
        assert await arrives(client, outbox, form, self.ADDRESS)
        return f"/unsubscribe/{outbox.tokens('unsubscribe')[0]}"

    @pytest.fixture
    def older(self, services: Services) -> str:
        """The link of a mail that was sent under the earlier rules."""
        key = services.keys.purpose("suppressions")
        owner = keyed_hash(key, "suppressions", self.ADDRESS)
        return f"/unsubscribe/{older_token(services.keys, owner)}"

    async def test_what_was_stopped_then_is_told_and_lifted_by_todays_link(
        self,
        client: httpx.AsyncClient,
        outbox: Outbox,
        form: Callable[..., Body],
        page: str,
        older: str,
    ) -> None:
        assert "is stopped" in (await client.post(older)).text
        assert not await arrives(client, outbox, form, self.ADDRESS)
        assert "is stopped" in (await client.get(page)).text
        assert "is allowed now" in (await client.post(f"{page}/allow")).text
        assert await arrives(client, outbox, form, self.ADDRESS)

    async def test_an_older_link_claims_no_more_than_it_knows(
        self,
        client: httpx.AsyncClient,
        outbox: Outbox,
        form: Callable[..., Body],
        page: str,
        older: str,
    ) -> None:
        await client.post(page)
        for said in (await client.get(older), await client.post(f"{older}/allow")):
            assert "is allowed now" not in said.text
            assert "This link is of an older mail" in said.text
            assert "Allowed again, as you asked" not in said.text
        assert not await arrives(client, outbox, form, self.ADDRESS)
        assert "is allowed now" in (await client.post(f"{page}/allow")).text
        assert await arrives(client, outbox, form, self.ADDRESS)

    async def test_who_unsubscribed_by_one_alias_gets_nothing_by_another(
        self, client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body], page: str
    ) -> None:
        await client.post(page)
        for alias in (self.ALIAS, "Ani+news@mac.com"):
            assert not await arrives(client, outbox, form, alias)
        await client.post(f"{page}/allow")
        assert await arrives(client, outbox, form, self.ALIAS)


def alike(page: str, submission_id: str) -> str:
    """A page without the id that it was asked for."""
    return page.replace(submission_id, "ID").replace(submission_id[-6:], "NUMBER")


async def test_nobody_is_told_whether_a_mail_comes(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body], page: str
) -> None:
    """Who took part, is stopped, over the cap, or was never here: the same bytes."""
    ids = []
    for number in range(5):  # the fourth and fifth are over the cap
        body = form({"story": f"Story {number}"}, email="capped@example.org")
        ids.append((await client.post(SUBMISSIONS, json=body)).json()["id"])
    await client.post(page)
    ids.append((await client.post(SUBMISSIONS, json=form())).json()["id"])
    ids.append("01930000-0000-7000-8000-000000000000")
    await outbox.work()
    pages, answers = set(), set()
    for each in ids:
        path = f"/c/{CAMPAIGN}/sent/{each}"
        pages.add(alike((await client.get(path)).text, each))
        resent = await client.post(f"{path}/resend", follow_redirects=True)
        assert resent.text.count(IF_MAIL_COMES) == 2, "in the notice as well"
        pages.add(alike(resent.text, each))
        answer = await client.post("/api/v1/confirmations/resend", json={"id": each})
        answers.add((answer.status_code, answer.content))
    assert len(pages) == 2, "before and after the button"
    assert all(IF_MAIL_COMES in page for page in pages)
    assert len(answers) == 1
    asked = {"campaign": CAMPAIGN, "email": "nobody@example.org"}
    said = await client.post("/self-service", data=asked, follow_redirects=True)
    assert IF_MAIL_COMES in said.text
