"""What a moderator sees, and what becomes of it."""

import httpx
import pytest
from sqlalchemy import text

from api.errors import NotFound
from api.security.identifiers import new_id
from api.services import Services
from api.sign_ons import moderation, reports
from tests.app_fixtures import Body, Outbox
from tests.sign_ons.signing import LETTER, confirm, fold, person, sign, signers


async def decide(services: Services, what: moderation.What, *, shown: bool) -> None:
    async with services.engine.begin() as connection:
        (entry,) = await moderation.queue(connection, LETTER)
        await moderation.decide(connection, entry.id, what, shown=shown, actor="test")


async def test_a_comment_is_shown_once_somebody_read_it(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    signing: Body = {"display": "name", "comment": "Because of my grandmother."}
    await sign(client, person({"sign_on": signing}))
    await confirm(client, outbox)
    await fold(services)
    assert [s["comment"] for s in await signers(client)] == [None]
    await decide(services, moderation.COMMENT, shown=True)
    assert [s["comment"] for s in await signers(client)] == ["Because of my grandmother."]
    async with services.engine.connect() as connection:
        assert await moderation.queue(connection, LETTER) == []
        kept = await connection.execute(text("SELECT actor, action, object FROM audit"))
        assert [row.action for row in kept] == ["sign_on.comment_passed"]


@pytest.mark.parametrize("shown", [True, False])
async def test_an_odd_name_counts_and_is_shown_when_it_passed(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, shown: bool
) -> None:
    await sign(client, person(given_name="4 Real", family_name="Person"))
    await confirm(client, outbox)
    assert (await fold(services))["persons"] == 1
    assert await signers(client) == []
    await decide(services, moderation.NAME, shown=shown)
    assert [s["name"] for s in await signers(client)] == (["4 Real Person"] if shown else [])
    assert (await fold(services))["persons"] == 1


async def test_a_refused_name_does_not_come_back_by_itself(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, person(given_name="4 Real", family_name="Person"))
    await confirm(client, outbox)
    await fold(services)
    await decide(services, moderation.NAME, shown=False)
    token = await outbox.own_data(client, LETTER, "ani@example.org")
    for display in ("hidden", "name"):
        sent = {"token": token, "display": display}
        assert (await client.post("/own-data/signature", data=sent)).status_code == 200
    assert await signers(client) == []


async def test_what_is_not_there_cannot_be_decided(
    client: httpx.AsyncClient, services: Services
) -> None:
    async with services.engine.begin() as connection:
        with pytest.raises(NotFound):
            await moderation.decide(connection, new_id(), moderation.NAME, shown=True, actor="test")


async def test_domains_are_told_and_the_look_is_audited(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    for email in ("a@many.example", "b@many.example", "c@few.example"):
        await sign(client, person(email=email))
        await confirm(client, outbox)
    async with services.engine.begin() as connection:
        found = await reports.domains(connection, services.vault, LETTER, limit=10, actor="test")
        audited = await connection.scalar(text("SELECT count(*) FROM audit"))
    assert [(each.name, each.people) for each in found] == [("many.example", 2), ("few.example", 1)]
    assert audited == 1
