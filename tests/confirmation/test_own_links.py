"""A link to one's own data: asked for by anybody, mailed to the owner, good for one opening."""

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import text

from api.campaigns.catalog import Catalog
from api.database.session import transaction
from api.mail import suppressions
from api.public.answers import MAIL_ASKED
from api.services import Services
from tests.app_fixtures import Body, Outbox
from tests.organizers.tokens import refused
from tests.pages.browserless import get
from tests.sign_ons.signing import LETTER, confirm, person, sign

API = "/api/v1/self-service"
ANI = "ani@example.org"
SAME = MAIL_ASKED.model_dump_json().encode()
ASKED = {"campaign": LETTER, "email": ANI}


async def signed(client: httpx.AsyncClient, outbox: Outbox) -> str:
    """Somebody signs; the path of their page."""
    await sign(client, person())
    page_url = (await confirm(client, outbox))["page_url"]
    await outbox.work()
    return str(page_url.split("8000", 1)[1])


async def link(client: httpx.AsyncClient, outbox: Outbox) -> str:
    assert (await client.post(f"{API}/links", json=ASKED)).status_code == 202
    await outbox.work()
    return outbox.tokens("self-service")[-1]


async def test_the_answer_tells_nobody_who_took_part(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await signed(client, outbox)
    await sign(client, person(email="unconfirmed@example.org"))
    await outbox.work()
    before = len(outbox.mails)
    answers, pages = [], []
    for email in (ANI, "stranger@example.org", "unconfirmed@example.org"):
        sent = {**ASKED, "email": email}
        answers.append(await client.post(f"{API}/links", json=sent))
        pages.append(await client.post("/self-service", data=sent))
        async with transaction(services.engine) as session:
            stored = await session.scalar(text("SELECT count(*) FROM link_requests"))
        assert stored == 4, "stored alike, looked up by the worker"
        await outbox.work()
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, SAME)}
    assert len({(page.status_code, page.text) for page in pages}) == 1
    (mail,) = outbox.mails[before:]
    assert mail["to"] == ANI


async def test_only_the_button_uses_the_link_up_and_it_works_once(
    client: httpx.AsyncClient, outbox: Outbox
) -> None:
    await signed(client, outbox)
    token = await link(client, outbox)
    for _ in range(2):
        scanned = await client.get(f"/self-service/{token}")
        assert scanned.status_code == 200
        assert ANI not in scanned.text
        assert scanned.headers["referrer-policy"] == "no-referrer"
    opened = await client.post("/own-data", data={"link": token})
    assert ANI in opened.text
    assert token not in opened.text, "what comes next has a token of its own"
    assert (await client.post("/own-data", data={"link": token})).status_code == 410
    assert 'href="/own-data' not in opened.text, "a link there would lead nowhere"
    assert refused(await client.post(f"{API}/open", json={"token": token})) == (410, "token_gone")


async def test_a_repeated_opening_with_its_key_gets_the_same_answer(
    client: httpx.AsyncClient, outbox: Outbox
) -> None:
    await signed(client, outbox)
    sent, key = {"token": await link(client, outbox)}, {"Idempotency-Key": "one"}
    first, second = [await client.post(f"{API}/open", json=sent, headers=key) for _ in range(2)]
    assert first.json() == second.json()
    assert (await client.post(API, json={"token": first.json()["token"]})).status_code == 200
    other = await client.post(f"{API}/open", json={"token": "x" * 43}, headers=key)
    assert refused(other) == (422, "idempotency_conflict")


@pytest.mark.parametrize("call", ["", "/display", "/withdraw", "/erase"])
async def test_neither_the_page_nor_an_unopened_link_reveals_or_destroys(
    client: httpx.AsyncClient, outbox: Outbox, call: str
) -> None:
    page = (await signed(client, outbox)).rpartition("/")[2]
    for token in (page, await link(client, outbox)):
        sent = {"token": token, **({"display": "name"} if call == "/display" else {})}
        assert refused(await client.post(f"{API}{call}", json=sent)) == (410, "token_gone")


async def test_by_pages_alone(client: httpx.AsyncClient, outbox: Outbox) -> None:
    mine = await client.get(await signed(client, outbox))
    assert f"/self-service?campaign={LETTER}" in mine.text
    assert "Withdraw" not in mine.text
    form = await client.get(f"/self-service?campaign={LETTER}&lang=es")
    assert f'<option value="{LETTER}" selected>' in form.text
    wrong = await client.post("/self-service", data={**ASKED, "email": "nobody"})
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text
    opened = await client.post("/own-data", data={"link": await link(client, outbox)})
    token = opened.text.partition('name="token" value="')[2].partition('"')[0]
    changed = await client.post("/own-data/signature", data={"token": token, "display": "initials"})
    assert "A. P." in changed.text
    file = await client.post("/own-data/download", data={"token": token})
    assert file.json()["signature"]["display"] == "initials"
    withdrawn = await client.post("/own-data/signature", data={"token": token, "do": "withdraw"})
    assert "You withdrew this signature" in withdrawn.text


async def test_caps_and_suppressions_hold(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await signed(client, outbox)
    for _ in range(5):
        await client.post(f"{API}/links", json=ASKED)
        await outbox.work()
    assert len(outbox.tokens("self-service")) == 2
    assert len(outbox.tokens("pending")) == 1, "the third leads to the list"
    await client.post(f"{API}/open", json={"token": outbox.tokens("self-service")[-1]})
    async with transaction(services.engine) as session:
        await session.execute(text("UPDATE mails SET due_at = now() WHERE status = 'queued'"))
        address = suppressions.recipient(services.keys, ANI)
        await suppressions.suppress(session, address, "unsubscribed")
    await outbox.work()
    await client.post(f"{API}/links", json=ASKED)
    await outbox.work()
    assert len(outbox.tokens("self-service")) == 2


async def test_the_mail_goes_to_the_sealed_address(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body]
) -> None:
    """Another spelling of the same mailbox finds the person, and is not written to."""
    await sign(client, person(email="ani@gmail.com"))
    await confirm(client, outbox)
    await outbox.work()
    before = len(outbox.mails)
    await client.post(f"{API}/links", json={**ASKED, "email": "a.n.i+x@googlemail.com"})
    await outbox.work()
    assert [mail["to"] for mail in outbox.mails[before:]] == ["ani@gmail.com"]


async def test_an_unknown_campaign_is_said(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{API}/links", json={**ASKED, "campaign": "nothing"})
    assert answer.status_code == 404


async def test_the_button_may_be_pressed_twice(client: httpx.AsyncClient, outbox: Outbox) -> None:
    """With the key of its own page; another page of the same link finds it used."""
    await signed(client, outbox)
    path = f"/self-service/{await link(client, outbox)}"
    button, other = await get(client, path), await get(client, path)
    first, second = await button.submit(client), await button.submit(client)
    assert ANI in first.answer.text
    assert first.answer.text == second.answer.text
    assert (await other.submit(client)).answer.status_code == 410


async def test_the_language_is_switched_without_losing_the_token(
    client: httpx.AsyncClient, outbox: Outbox
) -> None:
    await signed(client, outbox)
    button = await get(client, f"/self-service/{await link(client, outbox)}")
    opened = await button.submit(client)
    whole = len(opened.forms) - 1
    armenian = await opened.submit(client, button=opened.button("hy"), form=whole)
    assert 'lang="hy"' in armenian.answer.text
    assert ANI in armenian.answer.text


async def test_what_is_only_read_is_kept_nowhere(client: httpx.AsyncClient, outbox: Outbox) -> None:
    """Not even under an Idempotency-Key: erased data is not read again by repeating."""
    await signed(client, outbox)
    key = {"Idempotency-Key": "one"}
    sent = {"token": await link(client, outbox)}
    opened = {"token": (await client.post(f"{API}/open", json=sent)).json()["token"]}
    seen = (await client.post(API, json=opened, headers=key)).json()
    assert seen["person"]["email"] == ANI
    assert seen["consents"] == {"updates": False, "share_with_partner": False}
    erased = await client.post(f"{API}/erase", json=opened)
    assert erased.headers["cache-control"] == "no-store"
    again = await client.post(API, json=opened, headers=key)
    assert refused(again) == (410, "token_gone")


async def test_a_campaign_whose_file_is_gone_still_has_its_data(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await signed(client, outbox)
    campaigns = services.published.catalog.campaigns
    left = {slug: one for slug, one in campaigns.items() if slug != LETTER}
    services.published = replace(services.published, catalog=Catalog(left))
    asking = await client.get(f"/self-service?campaign={LETTER}")
    assert f'<option value="{LETTER}" selected>' in asking.text
    token = await link(client, outbox)
    opened = await client.post(f"{API}/open", json={"token": token})
    assert opened.status_code == 200, opened.text


async def test_a_draft_is_as_unknown_as_nothing(
    client: httpx.AsyncClient, services: Services
) -> None:
    async with transaction(services.engine) as session:
        await session.execute(
            text("UPDATE campaign_states SET status = 'draft' WHERE slug = :slug"),
            {"slug": LETTER},
        )
    answer = await client.post(f"{API}/links", json=ASKED)
    nothing = await client.post(f"{API}/links", json={**ASKED, "campaign": "nothing"})
    assert (answer.status_code, answer.json()["detail"]) == (404, nothing.json()["detail"])
