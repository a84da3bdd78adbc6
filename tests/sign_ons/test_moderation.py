"""What a moderator sees, and what becomes of it."""

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.errors import NotFound
from api.security.identifiers import new_id
from api.services import Services
from api.sign_ons import reports
from api.sign_ons.moderation import Moderation, What
from api.sign_ons.review import Reviewing
from tests.app_fixtures import Body, Outbox
from tests.sign_ons.signing import LETTER, confirm, fold, pass_names, person, sign, signers


async def decide(services: Services, what: What, *, shown: bool) -> None:
    async with transaction(services.engine) as session:
        desk = Moderation(services.vault, Reviewing())
        (entry,) = (await desk.queue(session, LETTER, actor="test")).items
        await desk.decide(session, entry.id, what, shown=shown, actor="test")


async def test_a_comment_is_shown_once_somebody_read_it(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    signing: Body = {"display": "name", "comment": "Because of my grandmother."}
    await sign(client, person({"sign_on": signing}))
    await confirm(client, outbox)
    await pass_names(services)
    assert [s["comment"] for s in await signers(client)] == [None]
    await decide(services, "comment", shown=True)
    assert [s["comment"] for s in await signers(client)] == ["Because of my grandmother."]
    async with transaction(services.engine) as session:
        kept = await session.execute(text("SELECT action FROM audit ORDER BY seq"))
        told = [row.action for row in kept]
    looks = ["sign_on.queue", "sign_on.name_passed", "sign_on.queue", "sign_on.comment_passed"]
    assert told == looks, "every look and every decision"


@pytest.mark.parametrize("shown", [True, False])
async def test_an_odd_name_counts_and_is_shown_when_it_passed(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, shown: bool
) -> None:
    await sign(client, person(given_name="4 Real", family_name="Person"))
    await confirm(client, outbox)
    assert (await fold(services))["persons"] == 1
    assert await signers(client) == []
    await decide(services, "name", shown=shown)
    assert [s["name"] for s in await signers(client)] == (["4 Real Person"] if shown else [])
    assert (await fold(services))["persons"] == 1


async def test_a_refused_name_does_not_come_back_by_itself(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, person(given_name="4 Real", family_name="Person"))
    await confirm(client, outbox)
    await fold(services)
    await decide(services, "name", shown=False)
    token = await outbox.own_data(client, LETTER, "ani@example.org")
    for display in ("hidden", "name"):
        sent = {"token": token, "display": display}
        assert (await client.post("/own-data/signature", data=sent)).status_code == 200
    assert await signers(client) == []


async def test_what_is_not_there_cannot_be_decided(
    client: httpx.AsyncClient, services: Services
) -> None:
    async with transaction(services.engine) as session:
        desk = Moderation(services.vault, Reviewing())
        with pytest.raises(NotFound):
            await desk.decide(session, new_id(), "name", shown=True, actor="test")


async def test_domains_are_told_and_the_look_is_audited(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    for email in ("a@many.example", "b@many.example", "c@few.example"):
        await sign(client, person(email=email))
        await confirm(client, outbox)
    async with transaction(services.engine) as session:
        found = await reports.domains(session, services.vault, LETTER, limit=10, actor="test")
        audited = await session.scalar(text("SELECT count(*) FROM audit"))
    assert [(each.name, each.people) for each in found] == [("many.example", 2), ("few.example", 1)]
    assert audited == 1
