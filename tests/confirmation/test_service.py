"""Confirming: one person, one letter a seat, whatever races and whoever came first."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.public.answers import MAIL_ASKED
from api.services import Services
from tests.app_fixtures import CAMPAIGN, Body, Outbox
from tests.pages.browserless import get

URL = f"/api/v1/campaigns/{CAMPAIGN}"
SAME = MAIL_ASKED.model_dump_json().encode()
CONFIRMATIONS = "/api/v1/confirmations"


async def submit(client: httpx.AsyncClient, body: Body) -> Body:
    answer = await client.post(f"{URL}/submissions", json=body)
    assert answer.status_code == 202, answer.text
    made: Body = answer.json()
    return made


async def rows(services: Services, query: str) -> list[Any]:
    async with transaction(services.engine) as session:
        return list((await session.execute(text(query))).all())


async def number(services: Services, query: str) -> int:
    return int((await rows(services, query))[0][0])


async def test_fifty_race_with_one_address_and_every_link_is_confirmed(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    aliases = ["ani@gmail.com", "a.ni@gmail.com", "Ani+x@googlemail.com"]
    bodies = [form({"story": f"Story {i}"}, email=aliases[i % 3]) for i in range(50)]
    await asyncio.gather(*(submit(client, body) for body in bodies))
    await outbox.work()
    tokens = outbox.tokens("confirm")
    assert len(outbox.mails) == 3, "at most three unconfirmed mails an address and day"
    assert len(tokens) == 2, "and the third of them stands for all"
    answers = await asyncio.gather(
        *(client.post(CONFIRMATIONS, json={"token": token}) for token in tokens * 3)
    )
    assert sorted(a.status_code for a in answers) == [200] + [409] * 3 + [410] * 2
    assert await number(services, "SELECT count(*) FROM persons") == 1
    assert await number(services, "SELECT count(*) FROM letters") == 4
    assert await number(services, "SELECT count(DISTINCT seat) FROM letters") == 4
    assert await number(services, "SELECT count(*) FROM deliveries") == 4
    by_status = await rows(
        services, "SELECT status, count(*) FROM supporters GROUP BY 1 ORDER BY 1"
    )
    assert [tuple(row) for row in by_status] == [("confirmed", 1), ("unconfirmed", 49)]


async def test_a_stranger_who_came_first_gains_nothing(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    for i in range(3):
        await submit(client, form({"story": f"Not hers {i}"}, given_name="Mallory"))
    await outbox.work()
    made = await submit(client, form({"story": "Hers."}))
    await outbox.work()
    assert len(outbox.mails) == 3, "hers is on the list of the third"
    listed = f"/pending/{outbox.tokens('pending')[0]}"
    page = await get(client, f"{listed}?number={made['id'][-6:]}")
    await page.submit(client, form=1)
    await outbox.work()
    hers = outbox.tokens("confirm")[-1]
    confirmed = await client.post(CONFIRMATIONS, json={"token": hers})
    assert confirmed.status_code == 200
    await outbox.work()
    assert all("Hers." in letter for letter in outbox.letters.values())
    for token in outbox.tokens("confirm")[:2]:
        asked = await client.post(CONFIRMATIONS, json={"token": token})
        assert (asked.status_code, asked.json()["code"]) == (409, "person_needed")
        no = await client.post(f"{CONFIRMATIONS}/discard", json={"token": token})
        assert no.status_code == 204


async def test_an_identical_repeat_sends_no_second_mail_and_a_resend_does(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body]
) -> None:
    first = await submit(client, form())
    second = await submit(client, form())
    assert first["id"] != second["id"]
    await outbox.work()
    assert len(outbox.tokens("confirm")) == 1
    await submit(client, form())
    await outbox.work()
    assert len(outbox.tokens("confirm")) == 1
    for _ in range(5):
        answer = await client.post(f"{CONFIRMATIONS}/resend", json={"id": second["id"]})
        assert (answer.status_code, answer.content) == (202, SAME)
        await outbox.work()
    assert len(outbox.mails) == 3, "within the cap"
    nobody = await client.post(
        f"{CONFIRMATIONS}/resend", json={"id": "01930000-0000-7000-8000-000000000000"}
    )
    assert (nobody.status_code, nobody.content) == (202, SAME)


async def test_a_person_gets_no_letters_for_another_district(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    await submit(client, form())
    await outbox.work()
    await client.post(CONFIRMATIONS, json={"token": outbox.tokens("confirm")[0]})
    elsewhere = form({"district": "MA-5"}, zip="02138", city="Cambridge")
    await submit(client, elsewhere)
    await outbox.work()
    body = {"token": outbox.tokens("confirm")[-1], "person": "same"}
    answer = await client.post(CONFIRMATIONS, json=body)
    assert answer.json()["status"] == "other_district"
    assert answer.json()["letters"] == []
    assert await number(services, "SELECT count(*) FROM letters") == 4


async def test_a_district_that_a_form_does_not_say_is_no_other_one(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body]
) -> None:
    """In a campaign that writes to senators only."""
    path = "/api/v1/campaigns/accountability-after-2023/submissions"
    cambridge = {"zip": "02138", "city": "Cambridge"}
    forms = [
        form({"district": None}, **cambridge),
        form({"district": "MA-5", "story": "Once more."}, **cambridge),
        form({"story": "From elsewhere."}),
    ]
    statuses = []
    for number, body in enumerate(forms):
        answer = await client.post(path, json=body)
        assert answer.status_code == 202, answer.text
        await outbox.work()
        press = {"token": outbox.tokens("confirm")[-1], **({"person": "same"} if number else {})}
        statuses.append((await client.post(CONFIRMATIONS, json=press)).json()["status"])
    assert statuses == ["confirmed", "already_written", "other_district"]


async def test_a_second_form_of_the_same_person_sends_nothing_twice(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    statuses = []
    for story in ("First.", "Second."):
        await submit(client, form({"story": story}))
        await outbox.work()
        token = outbox.tokens("confirm")[-1]
        answer = await client.post(CONFIRMATIONS, json={"token": token, "person": "same"})
        statuses.append((answer.json()["status"], len(answer.json()["letters"])))
        await outbox.work()
    assert statuses == [("confirmed", 4), ("already_written", 0)]
    assert all("First." in letter for letter in outbox.letters.values())
    assert await number(services, "SELECT count(*) FROM persons") == 1


async def test_discarding_wipes_the_form_and_its_link(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    await submit(client, form())
    await outbox.work()
    token = outbox.tokens("confirm")[0]
    gone = await client.post(f"{CONFIRMATIONS}/discard", json={"token": token})
    assert gone.status_code == 204
    (row,) = await rows(services, "SELECT status, identity, data_key, email_hash FROM supporters")
    assert tuple(row) == ("discarded", None, None, None)
    again = await client.post(CONFIRMATIONS, json={"token": token})
    assert (again.json()["code"], again.json()["became"]) == ("token_gone", "discarded")
    assert "Somebody with a link from a mail to this address" in again.json()["detail"]


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "é" * 20, "\x00", "A" * 100])
async def test_an_unknown_token_is_gone(client: httpx.AsyncClient, token: str) -> None:
    for path in ("", "/discard"):
        answer = await client.post(f"{CONFIRMATIONS}{path}", json={"token": token})
        assert (answer.status_code, answer.json()["code"]) == (410, "token_gone")


async def test_the_same_key_confirms_once_and_answers_alike(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    await submit(client, form())
    await outbox.work()
    body = {"token": outbox.tokens("confirm")[0]}
    headers = {"Idempotency-Key": "once"}
    answers = await asyncio.gather(
        *(client.post(CONFIRMATIONS, json=body, headers=headers) for _ in range(10))
    )
    assert {a.status_code for a in answers} == {200}
    assert len({a.content for a in answers}) == 1
    stored = await rows(services, "SELECT answer FROM idempotency")
    page_token = answers[0].json()["page_url"].rsplit("/", 1)[1]
    assert page_token.encode() not in bytes(stored[0][0]), "a stored answer hides its link"
