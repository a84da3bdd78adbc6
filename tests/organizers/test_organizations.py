"""Organizations wait for an organizer, who sees who speaks for them."""

from typing import Any

import httpx
from sqlalchemy import text

from api.database.session import transaction
from api.services import Services
from api.sign_ons.models import OrganizationStatus
from tests.app_fixtures import Outbox
from tests.organizers.tokens import URL, bearer
from tests.sign_ons.signing import LETTER, confirm, fold, sign

BODY = {
    "kind": "organization",
    "organization": {"name": "Example Society", "website": "https://example.org"},
    "representative": {
        "given_name": "Ani",
        "family_name": "Petrosyan",
        "role": "Chair",
        "email": "ani@example.org",
        "show_name": True,
    },
}


async def test_each_status_can_be_asked_for_whatever_is_left_of_it(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    headers = await bearer(services)
    await sign(client, BODY)
    await outbox.work()
    token = {"token": outbox.tokens("confirm")[-1]}
    assert (await client.post("/api/v1/confirmations/discard", json=token)).status_code == 204
    queue = f"{URL}/campaigns/{LETTER}/organizations"
    found: dict[str, list[Any]] = {}
    for status in OrganizationStatus:
        answer = await client.get(queue, headers=headers, params={"status": status})
        assert answer.status_code == 200, status
        found |= {status: answer.json()["items"]}
    (gone,) = found.pop(OrganizationStatus.DISCARDED)
    assert (gone["name"], gone["website"]) == (None, None)
    assert not any(found.values())


async def test_seen_asked_approved_refused(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    headers = await bearer(services)
    await sign(client, BODY)
    await confirm(client, outbox)
    queue = f"{URL}/campaigns/{LETTER}/organizations"
    (waiting,) = (await client.get(queue, headers=headers)).json()["items"]
    assert (waiting["name"], waiting["basis"]) == ("Example Society", "domain")
    one = f"{URL}/organizations/{waiting['id']}"
    speaker = (await client.get(f"{one}/representative", headers=headers)).json()
    assert (speaker["name"], speaker["email"]) == ("Ani Petrosyan", "ani@example.org")
    for changed in (True, False):
        answer = await client.post(f"{one}/approve", headers=headers, json={"lead": True})
        assert answer.json() == {"status": "approved", "changed": changed}
    assert (await fold(services))["organizations"] == 1
    approved = await client.get(queue, headers=headers, params={"status": "approved"})
    assert [each["id"] for each in approved.json()["items"]] == [waiting["id"]]
    assert (await client.post(f"{one}/refuse", headers=headers)).json()["changed"]
    assert (await fold(services))["organizations"] == 0
    for _ in range(2):
        undone = await client.post(f"{one}/undo", headers=headers)
        assert undone.json() == {"status": "confirmed"}
    again = await client.post(f"{one}/approve", headers=headers, json={})
    assert again.json() == {"status": "approved", "changed": True}
    async with transaction(services.engine) as session:
        audited = (await session.execute(text("SELECT actor, action FROM audit"))).all()
    assert {row.action for row in audited if row.actor.startswith("token:")} == {
        "organization.representative",
        "organization.approve",
        "organization.refuse",
        "organization.queue",
        "organization.undo",
    }
