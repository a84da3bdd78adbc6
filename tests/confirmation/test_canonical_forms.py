"""Hashes of an earlier canonical form beside today's: who waits, who confirmed, who is watched."""

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text

from api.database.session import changed_rows, transaction
from api.security.hashing import keyed_hash
from api.services import Services
from tests.app_fixtures import CAMPAIGN, Body, Outbox

SUBMISSIONS = f"/api/v1/campaigns/{CAMPAIGN}/submissions"
CONFIRMATIONS = "/api/v1/confirmations"
EARLIER, TODAY = "ani@me.com", "ani@icloud.com"  # one mailbox, by the second version of the rules
Form = Callable[..., Body]


async def write(client: httpx.AsyncClient, outbox: Outbox, body: Body) -> str:
    """Send a form; the token of its link."""
    assert (await client.post(SUBMISSIONS, json=body)).status_code == 202
    await outbox.send_mails()
    return outbox.tokens("confirm")[-1]


async def confirm(client: httpx.AsyncClient, token: str, who: str | None = None) -> httpx.Response:
    return await client.post(CONFIRMATIONS, json={"token": token, "person": who})


async def age(services: Services, *tables: str) -> None:
    """What is known of the mailbox now is known by the rules of before."""
    key, domain = services.keys.purpose("addresses"), f"person:{CAMPAIGN}"
    hashes = {"now": keyed_hash(key, domain, TODAY), "then": keyed_hash(key, domain, EARLIER)}
    async with transaction(services.engine) as session:
        for table in tables:
            change = f"UPDATE {table} SET email_hash = :then WHERE email_hash = :now"
            assert changed_rows(await session.execute(text(change), hashes))


async def people(services: Services) -> int:
    async with transaction(services.engine) as session:
        return int(await session.scalar(text("SELECT count(*) FROM persons")) or 0)


async def test_a_form_that_waited_meanwhile_knows_who_confirmed_since(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    waited = await write(client, outbox, form({"story": "One"}, email=EARLIER))
    await age(services, "supporters")
    since = await write(client, outbox, form({"story": "Two"}, email=TODAY))
    assert (await confirm(client, since)).status_code == 200
    page = await client.get(f"/confirm/{waited}")
    assert 'value="another"' in page.text, "it asks who confirms"
    assert (await confirm(client, waited)).status_code == 409
    assert (await confirm(client, waited, "same")).status_code == 200
    assert await people(services) == 1


async def test_who_confirmed_before_is_known_by_a_form_of_today(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    before = await write(client, outbox, form({"story": "One"}, email=EARLIER))
    assert (await confirm(client, before)).status_code == 200
    await age(services, "supporters", "persons")
    after = await write(client, outbox, form({"story": "Two"}, email=EARLIER))
    assert (await confirm(client, after)).status_code == 409
    assert (await confirm(client, after, "another")).status_code == 200
    await outbox.send_mails()
    asked = {"campaign": CAMPAIGN, "email": EARLIER}
    assert (await client.post("/api/v1/self-service/links", json=asked)).status_code == 202
    sent = len(outbox.mails)
    await outbox.send_mails()
    told = [str(mail.get_body(("plain",))) for mail in outbox.mails[sent:]]
    assert len(told) == 2, "each of the two who confirmed"
    assert len(set(told)) == 2
    assert all("Two people confirmed with this address" in words for words in told)


async def test_asking_by_both_forms_keeps_to_one_cap(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    before = await write(client, outbox, form({"story": "One"}, email=EARLIER))
    assert (await confirm(client, before)).status_code == 200
    await age(services, "supporters", "persons")
    since = await write(client, outbox, form({"story": "Two"}, email=TODAY))
    assert (await confirm(client, since)).status_code == 200
    await outbox.send_mails()
    await outbox.days_pass()
    sent = len(outbox.mails)
    for email in (EARLIER, TODAY) * 3:
        asked = {"campaign": CAMPAIGN, "email": email}
        assert (await client.post("/api/v1/self-service/links", json=asked)).status_code == 202
        await outbox.send_mails()
    assert len(outbox.mails) - sent == 3
    assert len(outbox.tokens("pending")) == 1


async def test_an_address_that_was_put_on_the_list_before_is_still_watched(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    token = await write(client, outbox, form(email=EARLIER))
    hashed = keyed_hash(services.keys.purpose("addresses"), f"person:{CAMPAIGN}", EARLIER)
    async with transaction(services.engine) as session:
        watched = text("""INSERT INTO watchlist (id, campaign, email_hash, since)
                          VALUES (gen_random_uuid(), :campaign, :hash, now())""")
        await session.execute(watched, {"campaign": CAMPAIGN, "hash": hashed})
    assert (await confirm(client, token)).status_code == 200
    async with transaction(services.engine) as session:
        assert await session.scalar(text("SELECT suspect_reason FROM persons")) == "watched"


@pytest.mark.parametrize("email", ["ani@gmail.com", "ani@example.org"])
async def test_where_the_rules_are_the_same_nothing_is_brought_forward(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form, email: str
) -> None:
    token = await write(client, outbox, form(email=email))
    query = text("SELECT email_hash FROM supporters")
    async with transaction(services.engine) as session:
        before = await session.scalar(query)
    assert (await client.get(f"/confirm/{token}")).status_code == 200
    async with transaction(services.engine) as session:
        assert await session.scalar(query) == before
