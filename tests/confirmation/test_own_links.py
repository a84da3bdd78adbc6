"""A link to one's own data: asked for by anybody, mailed to the owner, good for one opening."""

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text

from api.mail import budget
from api.security.addresses import canonical_address
from api.services import Services
from tests.app_fixtures import Body, Outbox
from tests.organizers.tokens import refused
from tests.sign_ons.signing import LETTER, confirm, person, sign

API = "/api/v1/self-service"
ANI = "ani@example.org"
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
        async with services.engine.connect() as connection:
            stored = await connection.scalar(text("SELECT count(*) FROM link_requests"))
        assert stored == 4, "stored alike, looked up by the worker"
        await outbox.work()
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (202, b'{"status":"queued"}')
    }
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
    assert len(outbox.tokens("self-service")) == 3
    await client.post(f"{API}/open", json={"token": outbox.tokens("self-service")[-1]})
    async with services.engine.begin() as connection:
        await connection.execute(text("UPDATE mails SET due_at = now() WHERE status = 'queued'"))
        address = budget.suppression_hash(services.keys, canonical_address(ANI))
        await budget.suppress(connection, address, "unsubscribed")
    await outbox.work()
    await client.post(f"{API}/links", json=ASKED)
    await outbox.work()
    assert len(outbox.tokens("self-service")) == 3


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
