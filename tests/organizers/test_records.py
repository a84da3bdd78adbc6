"""A record that arrives by API reaches the letters of every process; approvals are honoured."""

from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Send
from starlette.types import Scope as ASGIScope

from api.campaigns.records import list_entered
from api.database.session import transaction
from api.organizers.tokens import Scope
from api.services import Published, Services
from api.settings import Settings
from tests.app_fixtures import CAMPAIGN, Body, Outbox, make_app, transport_to
from tests.organizers.tokens import URL, bearer, refused

LETTERS = f"/api/v1/campaigns/{CAMPAIGN}"
SEAT, FRIEDMAN = "house:CA-30", "F000483"
RECORD = {
    "bioguide": FRIEDMAN,
    "what": "sponsored",
    "on": "hr-6840",
    "title": "H.R. 6840, a bill of this test",
    "date": "2026-01-05",
    "source": {"title": "A journal of the House", "publisher": "The House", "url": None},
}


async def preview(client: httpx.AsyncClient) -> tuple[str, str]:
    """The statement to the member, and the approval."""
    supporter = {"zip": "91204", "city": "Glendale"}
    body = {"supporter": supporter, "district": "CA-30"}
    answer = (await client.post(f"{LETTERS}/letters", json=body)).json()
    found = {letter["seat"]: letter["statement"] for letter in answer["letters"]}
    return found[SEAT], answer["approval"]


async def test_at_once_here_soon_elsewhere_and_what_was_approved_goes_out(
    client: httpx.AsyncClient,
    services: Services,
    settings: Settings,
    published: Published,
    outbox: Outbox,
    form: Callable[..., Body],
) -> None:
    headers = await bearer(services, Scope.RECORDS_WRITE)
    assert services.published.directory.by_id(FRIEDMAN) is not None
    before, approval = await preview(client)
    digest = services.published.catalog.get(CAMPAIGN).bundle_digest
    other = make_app(settings, published)
    async with other.router.lifespan_context(other):
        transport = transport_to(other)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as elsewhere:
            made = await client.post(f"{URL}/records", headers=headers, json=RECORD)
            assert made.status_code == 201, made.text
            after, _ = await preview(client)
            assert after != before
            assert "H.R. 6840" in after
            assert (await preview(elsewhere))[0] == before
            await other.state.services.records.read()  # what it does every five seconds
            assert (await preview(elsewhere))[0] == after
            sent = form({"approval": approval})
            answer = await elsewhere.post(f"{LETTERS}/submissions", json=sent)
            assert answer.status_code == 202, answer.text
    assert services.published.catalog.get(CAMPAIGN).bundle_digest != digest
    await outbox.work()
    token = outbox.tokens("confirm")[0]
    assert (await client.post("/api/v1/confirmations", json={"token": token})).status_code == 200
    await outbox.work()
    letter = outbox.letters[SEAT]
    assert all(paragraph in letter for paragraph in before.split("\n\n")), "as it was approved"
    gone = await client.delete(f"{URL}/records/{made.json()['id']}", headers=headers)
    assert gone.status_code == 204
    assert (await preview(client))[0] == before
    assert services.published.catalog.get(CAMPAIGN).bundle_digest == digest


async def test_what_was_entered_or_removed_is_read_after_the_answer(
    app: FastAPI, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then it is committed, and nobody waits until all campaigns are made anew."""
    headers, happened = await bearer(services, Scope.RECORDS_WRITE), list[str]()

    async def noting(scope: ASGIScope, receive: Receive, send: Send) -> None:
        async def noted(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                happened.append("answered")
            await send(message)

        await app(scope, receive, noted)

    async def read() -> None:
        async with transaction(services.engine) as session:
            happened.append(f"read {len(await list_entered(session))}")

    await services.records.close()  # else it reads every few seconds by itself
    monkeypatch.setattr(services.records, "read", read)
    transport = transport_to(noting)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        made = await client.post(f"{URL}/records", headers=headers, json=RECORD)
        assert happened == ["answered", "read 1"]
        await client.delete(f"{URL}/records/{made.json()['id']}", headers=headers)
        assert happened == ["answered", "read 1", "answered", "read 0"]


async def test_a_restart_finds_what_was_entered(
    app: FastAPI,
    client: httpx.AsyncClient,
    services: Services,
    settings: Settings,
    published: Published,
) -> None:
    headers = await bearer(services)
    body = {**RECORD, "on": "a-speech", "what": "spoke"}
    assert (await client.post(f"{URL}/records", headers=headers, json=body)).status_code == 201
    assert services.published.catalog.campaigns == published.catalog.campaigns, (
        "no letter is for it"
    )
    again = make_app(settings, published)
    async with again.router.lifespan_context(again):
        records = again.state.services.published.catalog.dossier.records
        assert (FRIEDMAN, "a-speech") in {(r.bioguide, r.on) for r in records.values()}


async def test_what_is_refused(client: httpx.AsyncClient, services: Services) -> None:
    headers = await bearer(services)

    async def add(**changes: object) -> tuple[int, str]:
        body = {**RECORD, **changes}
        return refused(await client.post(f"{URL}/records", headers=headers, json=body))

    assert await add(bioguide="Z999999") == (422, "invalid_input")
    assert await add(what="dreamt") == (422, "invalid_input")
    assert await add(date="2026-02-31") == (422, "invalid_input")
    assert await add(title="TODO") == (422, "invalid_input")
    assert await add(bioguide="P000034") == (409, "record_known")
    made = await client.post(f"{URL}/records", headers=headers, json=RECORD)
    assert made.status_code == 201, made.text
    assert await add() == (409, "record_known")
    listed = (await client.get(f"{URL}/records", headers=headers)).json()["items"]
    assert [each["id"] for each in listed] == [made.json()["id"]]
    missing = await client.delete(f"{URL}/records/{'0' * 32}", headers=headers)
    assert refused(missing) == (404, "not_found")
