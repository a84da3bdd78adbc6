"""An organization signs through its representative, once, and an organizer decides."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from api.services import Services
from api.sign_ons.organizations import approve, list_organizations, refuse
from tests.app_fixtures import Body, Outbox
from tests.sign_ons.signing import (
    LETTER,
    URL,
    confirm,
    fold,
    opened,
    pass_names,
    person,
    sign,
    signers,
)


def organization(
    name: str = "Example Society",
    website: str = "https://www.example.org",
    email: str = "ani@example.org",
    **representative: Any,
) -> Body:
    who = {"given_name": "Ani", "family_name": "Petrosyan", "role": "Director", "email": email}
    return {
        "kind": "organization",
        "organization": {"name": name, "website": website, "country": "US"},
        "representative": {**who, **representative},
    }


async def waiting(services: Services, *statuses: str) -> list[Any]:
    async with services.engine.connect() as connection:
        return list(await list_organizations(connection, LETTER, statuses or ("confirmed",)))


async def decide(services: Services, organization_id: UUID, *, lead: bool = False) -> None:
    async with services.engine.begin() as connection:
        await approve(connection, organization_id, lead=lead, representative="Ani P.", actor="test")


async def shown(client: httpx.AsyncClient) -> list[str]:
    statement = (await client.get(f"{URL}/{LETTER}/statement")).json()
    return [each["name"] for each in statement["signing_organizations"]]


async def test_it_is_shown_once_an_organizer_approved_it(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, organization())
    assert await waiting(services) == [], "the representative has not confirmed"
    confirmed = await confirm(client, outbox)
    assert (confirmed["status"], confirmed["signed"]) == ("confirmed", True)
    (entry,) = await waiting(services)
    assert (entry.name, entry.basis) == ("Example Society", "domain")
    assert await shown(client) == []
    assert "organizations" not in await fold(services)
    await decide(services, entry.id)
    await decide(services, entry.id)
    totals = await fold(services)
    assert totals["organizations"] == 1
    assert "supporters" not in totals, "who speaks for an organization did not write"
    assert await shown(client) == ["Example Society"]
    async with services.engine.begin() as connection:
        await refuse(connection, entry.id, actor="test")
        assert (await connection.execute(text("SELECT count(*) FROM audit"))).scalar_one() == 3
    assert (await fold(services))["organizations"] == 0
    assert await shown(client) == []


async def test_a_second_representative_hears_of_the_first_by_mail_only(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    first = await sign(client, organization())
    await confirm(client, outbox)
    for other in (
        organization("THE EXAMPLE SOCIETY, Inc.", "https://other.example", "bo@example.org"),
        organization("Another Name", "https://example.org/about", "cy@example.org"),
    ):
        second = await sign(client, other)
        assert set(second) == set(first)
        assert (await confirm(client, outbox))["status"] == "taken"
        await outbox.work()
        assert "listed already" in str(outbox.mails[-1]["Subject"])
    assert len(await waiting(services)) == 1
    assert len(await waiting(services, "taken")) == 2


async def test_two_who_confirm_at_once_make_one_entry(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    for name in ("ani", "bo", "cy"):
        await sign(client, organization(email=f"{name}@example.org"))
    await outbox.work()
    answers = await asyncio.gather(
        *(
            client.post("/api/v1/confirmations", json={"token": token})
            for token in outbox.tokens("confirm")
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len(await waiting(services)) == 1


async def test_a_representative_may_sign_as_a_person_too(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, organization())
    await sign(client, person())
    await outbox.work()
    for token in outbox.tokens("confirm"):
        answer = await client.post("/api/v1/confirmations", json={"token": token})
        assert answer.json()["status"] == "confirmed"
    assert (await fold(services))["persons"] == 1
    await pass_names(services)
    assert len(await signers(client)) == len(await waiting(services)) == 1


async def test_an_address_elsewhere_needs_a_check_by_hand(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, organization(email="ani@mail.example"))
    await confirm(client, outbox)
    (entry,) = await waiting(services)
    assert entry.basis == "manual"


async def test_leads_stand_first_and_the_others_by_name(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    services.published = opened(services.published, LETTER, leads=["Zeta Union", "Yerevan Club"])
    for number, name in enumerate(
        ["Yerevan Club", "The Beta Fund", "Alpha", "Zeta Union", "Éclair"]
    ):
        email = f"ani@n{number}.example"
        await sign(client, organization(name, f"https://n{number}.example", email))
        await confirm(client, outbox)
    for entry in await waiting(services):
        await decide(services, entry.id)
    await fold(services)
    assert await shown(client) == ["Zeta Union", "Yerevan Club", "Alpha", "The Beta Fund", "Éclair"]


async def test_historic_signatories_stand_apart_and_count_nothing(
    client: httpx.AsyncClient,
) -> None:
    statement = (await client.get(f"{URL}/{LETTER}/statement")).json()
    assert len(statement["historic"]["signatories"]) == 13
    assert statement["historic"]["source"]["id"] == "coalition-letter-2022"
    assert (statement["organizations"], statement["signing_organizations"]) == (0, [])


async def test_the_representative_withdraws(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, organization())
    await confirm(client, outbox)
    (entry,) = await waiting(services)
    await decide(services, entry.id)
    assert (await fold(services))["organizations"] == 1
    token = await outbox.own_data(client, LETTER, "ani@example.org")
    for _ in range(2):
        sent = {"token": token, "do": "withdraw"}
        assert (await client.post("/own-data/signature", data=sent)).status_code == 200
    assert (await fold(services))["organizations"] == 0
    assert await shown(client) == []
    await sign(client, organization(email="bo@example.org"))
    assert (await confirm(client, outbox))["status"] == "confirmed", "its place is free again"
