"""What a moderator sees, and what becomes of it."""

from functools import partial

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.errors import NotFound
from api.security.identifiers import new_id
from api.services import Services
from api.sign_ons import moderation, reports
from api.sign_ons.moderation import COMMENT, NAME, Moderation, What
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


async def waiting(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, *names: str
) -> None:
    """Signatures in this order in the queue; one with a digit in it is flagged."""
    for number, name in enumerate(names):
        email = f"p{number}@x{number}.example"
        await sign(client, person(given_name=name, family_name="Roe", email=email))
        await confirm(client, outbox)
        await fold(services)


async def test_the_queue_is_read_and_passed_in_parts_of_bounded_length(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await waiting(client, services, outbox, "Ana", "Bo", "Cy", "4 Real", "5 Real")
    desk = Moderation(services.vault, Reviewing())
    async with transaction(services.engine) as session:
        every = (await desk.queue(session, LETTER, actor="test", limit=5)).items
        numbers = [each.number for each in every]
        assert numbers == sorted(set(numbers))
        whole = await desk.queue(session, LETTER, actor="test", limit=5)
        assert (len(whole.items), whole.next) == (5, None)
        part = await desk.queue(session, LETTER, actor="test", limit=2, after=numbers[1])
        assert ([each.number for each in part.items], part.next) == (numbers[2:4], numbers[3])
        flagged = await desk.queue(session, LETTER, actor="test", limit=2, flagged=True)
        assert ([each.number for each in flagged.items], flagged.next) == (numbers[3:], None)
        monkeypatch.setattr(moderation, "OPENED_MAX", 2)
        none_yet = await desk.queue(session, LETTER, actor="test", limit=1, flagged=True)
        assert (none_yet.items, none_yet.next) == ([], numbers[2]), "it goes on behind these"
        monkeypatch.setattr(moderation, "DECIDED_MAX", 2)
        first = await desk.pass_unflagged(session, LETTER, up_to=numbers[4], actor="test")
        assert (first.decided, first.next) == (2, numbers[1])
        second = await desk.pass_unflagged(
            session, LETTER, up_to=numbers[2], after=numbers[1], actor="test"
        )
        assert (second.decided, second.next) == (1, None), "its end is passed, too"
        rest = await desk.pass_unflagged(session, LETTER, up_to=numbers[4], actor="test")
        assert (rest.decided, rest.next) == (0, numbers[4]), "flagged ones are left"
        ids = [each.id for each in every]
        many = partial(desk.decide_many, what=NAME, up_to=numbers[4], shown=True, actor="test")
        assert await many(session, LETTER, ids[3:]) == 2
        with pytest.raises(AssertionError):
            await many(session, LETTER, ids[:3])
    assert len(await signers(client)) == 5


async def test_a_refused_comment_says_nothing_of_the_name_beside_it(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    signing: Body = {"display": "name", "comment": "Too many words."}
    await sign(client, person({"sign_on": signing}))
    await confirm(client, outbox)
    await fold(services)
    async with transaction(services.engine) as session:
        desk = Moderation(services.vault, Reviewing())
        (entry,) = (await desk.queue(session, LETTER, actor="test")).items
        assert (entry.name_waits, entry.comment_waits) == (True, True)
        await desk.decide(session, entry.id, COMMENT, shown=False, actor="test")
        (entry,) = (await desk.queue(session, LETTER, actor="test")).items
        assert (entry.name_waits, entry.comment_waits) == (True, False)
        await desk.decide(session, entry.id, NAME, shown=True, actor="test")
        assert (await desk.queue(session, LETTER, actor="test")).items == []
    assert [(s["name"], s["comment"]) for s in await signers(client)] == [("Ani Petrosyan", None)]
    await sign(client, person(email="another@other.example"))
    await confirm(client, outbox)
    await fold(services)
    async with transaction(services.engine) as session:
        (entry,) = (await desk.queue(session, LETTER, actor="test")).items
    assert entry.flags == ("same_name",), "and not a refused one"


@pytest.mark.parametrize("lost", ["data_key", "identity", "address"])
async def test_what_cannot_be_opened_is_passed_over(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, lost: str
) -> None:
    await waiting(client, services, outbox, "Ana", "Bo")
    async with transaction(services.engine) as session:
        first = "SELECT supporter_id FROM sign_ons ORDER BY review_number LIMIT 1"
        await session.execute(text(f"UPDATE supporters SET {lost} = NULL WHERE id = ({first})"))
        desk = Moderation(services.vault, Reviewing())
        page = await desk.queue(session, LETTER, actor="test")
        assert ([each.name for each in page.items], page.next) == (["Bo Roe"], None)
        every = (await session.execute(text("SELECT id FROM sign_ons"))).scalars()
        (sealed,) = set(every) - {page.items[0].id}
        with pytest.raises(NotFound):
            await desk.decide(session, sealed, NAME, shown=True, actor="test")
