"""A name counts once it is confirmed, and is shown to others only after an organizer's review."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.services import Services
from api.sign_ons.moderation import COMMENT, NAME, Moderation, Waiting
from api.sign_ons.review import Reviewing
from tests.app_fixtures import Body, Outbox
from tests.organizers.tokens import URL as ORGANIZERS
from tests.organizers.tokens import bearer
from tests.sign_ons.plain import tables_with
from tests.sign_ons.signing import (
    LETTER,
    SCHOLARS,
    URL,
    confirm,
    confirm_again,
    fold,
    opened,
    pass_names,
    person,
    sign,
    signers,
)

PUBLIC = "public_name, public_place, public_affiliation, public_comment, sort_key"
ARTICLES = ("name", "place", "affiliation", "comment")


async def rows(services: Services, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    query = f"SELECT {columns} FROM sign_ons WHERE {where} ORDER BY id"
    async with transaction(services.engine) as session:
        return [tuple(row) for row in await session.execute(text(query))]


async def queue(services: Services, slug: str = LETTER) -> Sequence[Waiting]:
    await fold(services, slug)
    async with transaction(services.engine) as session:
        desk = Moderation(services.vault, Reviewing())
        return (await desk.queue(session, slug, actor="test")).items


async def decide(services: Services, *, shown: bool, slug: str = LETTER) -> None:
    for entry in await queue(services, slug):
        async with transaction(services.engine) as session:
            desk = Moderation(services.vault, Reviewing())
            await desk.decide(session, entry.id, "name", shown=shown, actor="test")


async def change(client: httpx.AsyncClient, outbox: Outbox, **data: str) -> str:
    token = await outbox.own_data(client, LETTER, "ani@example.org")
    answer = await client.post("/own-data/signature", data={"token": token, **data})
    assert answer.status_code == 200
    return answer.text


async def test_nothing_that_waits_or_was_refused_is_stored_plain(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    signing: Body = {"display": "name", "affiliation": "A University", "comment": "Please."}
    await sign(client, person({"sign_on": signing}, city="Glendale"), SCHOLARS)
    confirmed = await confirm(client, outbox)
    assert confirmed["signature"]["review"] == "queued"
    nothing = [(None, None, None, None, None)]
    assert await rows(services, PUBLIC) == nothing
    (entry,) = await queue(services, SCHOLARS)
    read = [getattr(entry, name) for name in ARTICLES]
    assert read == ["Ani Petrosyan", "Glendale, CA", "A University", "Please."]
    await decide(services, shown=True, slug=SCHOLARS)
    ((*shown, key),) = await rows(services, PUBLIC)
    assert shown == ["Ani Petrosyan", "Glendale, CA", "A University", None], "no comment was read"
    assert key is not None
    async with transaction(services.engine) as session:
        desk = Moderation(services.vault, Reviewing())
        await desk.decide(session, entry.id, "name", shown=False, actor="test")
    assert await rows(services, PUBLIC) == nothing


async def test_no_table_holds_what_waits_and_was_refused(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    words = (
        "Zoëquill",
        "Quibblesworth",
        "Umbral University",
        "Wombats forever.",
        "zoe@vex.example",
    )
    given, city, affiliation, comment, email = words
    signing: Body = {"display": "name", "affiliation": affiliation, "comment": comment}
    body = person({"sign_on": signing}, given_name=given, city=city, email=email)
    await sign(client, body, SCHOLARS)
    assert tables_with(services, words) == set()
    await confirm(client, outbox)
    await outbox.work()
    await fold(services, SCHOLARS)
    assert tables_with(services, words) == set()
    for shown in (True, False):
        async with transaction(services.engine) as session:
            (sign_on,) = (await session.execute(text("SELECT id FROM sign_ons"))).scalars()
            desk = Moderation(services.vault, Reviewing())
            for what in (NAME, COMMENT):
                await desk.decide(session, sign_on, what, shown=shown, actor="test")
        assert tables_with(services, words) == ({"sign_ons"} if shown else set())


async def test_the_signer_is_told_the_truth_at_each_step(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    form = (await client.get(f"/c/{LETTER}?lang=en")).text
    assert "appear once the organizers have looked at them" in form
    await sign(client, person())
    await outbox.work()
    asked = (await client.get(f"/confirm/{outbox.tokens('confirm')[-1]}?lang=en")).text
    assert "Your name or initials appear once the organizers have looked at them." in asked
    assert "To be shown as" in asked
    page = (await confirm(client, outbox))["page_url"].replace("https://letters.example.org", "")
    await outbox.work()
    mail = outbox.mails[-1].get_body(("plain",))
    assert mail is not None
    waits = "You have signed. Your name or initials appear once the organizers have looked"
    assert waits in mail.get_content()
    page = "/me/" + page.rpartition("/me/")[2]
    assert waits in (await client.get(f"{page}?lang=en")).text
    await decide(services, shown=False)
    assert "decided not to list your name" in (await client.get(f"{page}?lang=en")).text
    entry = (await rows(services, "id"))[0][0]
    async with transaction(services.engine) as session:
        desk = Moderation(services.vault, Reviewing())
        await desk.decide(session, entry, "name", shown=True, actor="test")
    told = (await client.get(f"{page}?lang=en")).text
    assert "Signed and confirmed." in told
    assert "To be shown" not in told


async def test_a_refusal_stays_with_the_person_whatever_they_do(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, person(given_name="Death", family_name="To Somebody"))
    await confirm(client, outbox)
    await decide(services, shown=False)
    await change(client, outbox, do="withdraw")
    forms = (
        person({"sign_on": {"display": "initials"}}),
        person(email="ani+other@example.org"),
        person({"sign_on": {"display": "name", "comment": "Hello."}}, email="ANI@example.org"),
    )
    for again in forms:
        await sign(client, again)
        assert (await confirm_again(client, outbox))["signature"]["review"] == "refused"
        assert not any(entry.name_waits for entry in await queue(services))
        assert await signers(client) == []
    for display in ("hidden", "initials", "name"):
        await change(client, outbox, display=display)
        await pass_names(services)
        assert await signers(client) == []
    (told,) = await rows(services, "id", "status = 'confirmed'")
    async with transaction(services.engine) as session:
        desk = Moderation(services.vault, Reviewing())
        await desk.decide(session, told[0], "name", shown=True, actor="test")
    assert len(await signers(client)) == 1, "an organizer may think better of it"
    async with transaction(services.engine) as session:
        assert await session.scalar(text("SELECT count(*) FROM refusals")) == 0


async def test_a_refused_comment_that_is_sent_again_stays_refused(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, person({"sign_on": {"display": "name", "comment": "An insult."}}))
    await confirm(client, outbox)
    (entry,) = await queue(services)
    async with transaction(services.engine) as session:
        desk = Moderation(services.vault, Reviewing())
        await desk.decide(session, entry.id, "comment", shown=False, actor="test")
    await sign(client, person({"sign_on": {"display": "name", "comment": "Another insult."}}))
    assert (await confirm_again(client, outbox))["signature"]["review"] == "queued"
    await pass_names(services)
    assert [s["comment"] for s in await signers(client)] == [None]
    assert await queue(services) == []


async def test_erasing_takes_the_refusal_along(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, person())
    await confirm(client, outbox)
    await decide(services, shown=False)
    token = await outbox.own_data(client, LETTER, "ani@example.org")
    await client.post("/own-data/erase", data={"token": token, "do": "erase"})
    async with transaction(services.engine) as session:
        assert await session.scalar(text("SELECT count(*) FROM refusals")) == 0
    await sign(client, person())
    assert (await confirm(client, outbox))["signature"]["review"] == "queued"


async def test_a_pass_holds_for_the_very_words_that_were_read(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, person())
    await confirm(client, outbox)
    await pass_names(services)
    assert [s["name"] for s in await signers(client)] == ["Ani Petrosyan"]
    for display, names in (("hidden", []), ("name", ["Ani Petrosyan"]), ("initials", [])):
        await change(client, outbox, display=display)
        assert [s["name"] for s in await signers(client)] == names, display
    await change(client, outbox, display="name")
    assert [s["name"] for s in await signers(client)] == ["Ani Petrosyan"]
    await sign(client, person(city="Fresno"))
    assert (await confirm_again(client, outbox))["signature"]["review"] == "queued"
    assert await signers(client) == []


async def test_what_was_changed_after_the_reading_is_not_passed_with_it(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    headers = await bearer(services)
    await sign(client, person())
    await confirm(client, outbox)
    (entry,) = await queue(services)
    await change(client, outbox, display="initials")
    here = f"{ORGANIZERS}/campaigns/{LETTER}/moderation"
    body = {"ids": [str(entry.id)], "up_to": entry.number, "what": "name", "shown": True}
    for _ in range(2):
        answer = await client.post(f"{here}/decisions", headers=headers, json=body)
        assert answer.json() == {"decided": 0, "next": None}
        answer = await client.post(f"{here}/pass", headers=headers, json={"up_to": entry.number})
        assert answer.json()["decided"] == 0
        await fold(services)
    (now,) = (await client.get(here, headers=headers)).json()["items"]
    assert now["number"] > entry.number
    assert await signers(client) == []


async def test_many_are_decided_at_once_and_flagged_ones_are_left(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    headers = await bearer(services)
    names = ["Ana", "Bo", "4 Real", "Cy", "www.example.com"]
    for number, name in enumerate(names):
        await sign(client, person(given_name=name, email=f"p{number}@example.org"))
        await confirm(client, outbox)
        await fold(services)
    here = f"{ORGANIZERS}/campaigns/{LETTER}/moderation"

    async def read(**query: str) -> tuple[list[str], str | None]:
        page = (await client.get(here, headers=headers, params=query)).json()
        return [each["name"].split()[0] for each in page["items"]], page["next"]

    assert (await read())[0] == ["Ana", "Bo", "4", "Cy", "www.example.com"]
    assert await read(flagged="true") == (["4", "www.example.com"], None)
    assert await read(flagged="false") == (["Ana", "Bo", "Cy"], None)
    first, cursor = await read(limit="2")
    assert first == ["Ana", "Bo"]
    assert await read(cursor=str(cursor), limit="3") == (["4", "Cy", "www.example.com"], None)
    entries = (await client.get(here, headers=headers)).json()["items"]
    body = {"up_to": entries[2]["number"]}
    made = (await client.post(f"{here}/pass", headers=headers, json=body)).json()
    assert made == {"decided": 2, "next": None}
    assert sorted(s["name"].split()[0] for s in await signers(client)) == ["Ana", "Bo"]
    ids = [entries[2]["id"], entries[4]["id"], entries[0]["id"]]
    body = {"ids": ids, "up_to": entries[4]["number"], "what": "name", "shown": False}
    made = (await client.post(f"{here}/decisions", headers=headers, json=body)).json()
    assert made["decided"] == 2, "what is decided already is not decided in bulk"
    assert (await read())[0] == ["Cy"]
    too_many = {**body, "ids": [ids[0]] * 1001}
    answer = await client.post(f"{here}/decisions", headers=headers, json=too_many)
    assert answer.status_code == 422


async def test_a_bulk_pass_lets_no_slogan_and_no_well_known_name_through(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    headers = await bearer(services)
    names = [("Death", "To Everyone"), ("Donald", "Trump"), ("Ani", "Petrosyan"), ("Bo", "Roe")]
    for number, (given, family) in enumerate(names):
        city = "Boston" if given == "Bo" else "Glendale"
        body = person(given_name=given, family_name=family, email=f"p{number}@x.example", city=city)
        await sign(client, body)
        await confirm(client, outbox)
    await fold(services)
    here = f"{ORGANIZERS}/campaigns/{LETTER}/moderation"
    entries = (await client.get(here, headers=headers)).json()["items"]
    told = {each["name"]: each["flags"] for each in entries}
    assert told == {
        "Death To Everyone": ["held_word"],
        "Donald Trump": ["known_name"],
        "Ani Petrosyan": [],
        "Bo Roe": ["city_elsewhere"],
    }
    body = {"up_to": entries[-1]["number"]}
    await client.post(f"{here}/pass", headers=headers, json=body)
    assert [s["name"] for s in await signers(client)] == ["Ani Petrosyan"]


async def test_what_was_changed_after_the_reading_is_not_shown_by_its_id(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    headers = await bearer(services)
    shows = {"display": "initials"}
    await sign(client, person({"sign_on": shows}, given_name="Death", family_name="To You"))
    await confirm(client, outbox)
    (read,) = await queue(services)
    assert read.name == "D. T."
    await change(client, outbox, display="name")
    url = f"{ORGANIZERS}/sign-ons/{read.id}/decision"
    body = {"what": "name", "shown": True, "up_to": read.number}
    for _ in range(2):
        assert (await client.post(url, headers=headers, json=body)).status_code == 404
        assert await signers(client) == []
        await fold(services)
    hidden = {"what": "name", "shown": False}
    assert (await client.post(url, headers=headers, json=hidden)).status_code == 204
    (now,) = await rows(services, "review_number, review")
    assert now[1] == "refused"
    body["up_to"] = now[0]
    assert (await client.post(url, headers=headers, json=body)).status_code == 204
    assert [s["name"] for s in await signers(client)] == ["Death To You"], "thought better of"


async def test_names_that_read_like_listed_or_refused_ones_are_known_again(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    async def enter(number: int, given: str, top: Body | None = None) -> str:
        email = f"p{number}@x{number}.example"
        await sign(client, person(top, given_name=given, family_name="Roe", email=email))
        await confirm(client, outbox)
        return email

    await enter(1, "Ilona")
    await pass_names(services)
    refused = await enter(2, "Bad")
    await decide(services, shown=False)
    token = await outbox.own_data(client, LETTER, refused)
    await client.post("/own-data/signature", data={"token": token, "do": "withdraw"})
    await enter(3, "lIona")
    await enter(4, "B\u00e1d")
    await enter(5, "Cy")
    await enter(6, "Ilona", {"sign_on": {"display": "initials"}})
    await enter(7, "Dora")
    await enter(8, "D\u043era")
    told = {each.name: each.flags for each in await queue(services)}
    assert told == {
        "lIona Roe": ("same_name",),
        "B\u00e1d Roe": ("refused_name",),
        "Cy Roe": (),
        "I. R.": (),
        "Dora Roe": ("same_name",),
        "D\u043era Roe": ("mixed_scripts", "same_name"),
    }
    token = await outbox.own_data(client, LETTER, refused)
    await client.post("/own-data/erase", data={"token": token, "do": "erase"})
    assert not any("refused_name" in each.flags for each in await queue(services))


async def test_two_organizers_and_the_signer_at_once(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    for number in range(6):
        await sign(client, person(email=f"p{number}@example.org"))
        await confirm(client, outbox)
    token = await outbox.own_data(client, LETTER, "p0@example.org")
    entries = await queue(services)
    ids, last = [each.id for each in entries], entries[-1].number

    async def bulk(ids: list[UUID], *, shown: bool) -> int:
        async with transaction(services.engine) as session:
            desk = Moderation(services.vault, Reviewing())
            return await desk.decide_many(
                session, LETTER, ids, "name", up_to=last, shown=shown, actor="test"
            )

    withdrawal = client.post("/own-data/signature", data={"token": token, "do": "withdraw"})
    *decided, _ = await asyncio.gather(
        bulk(ids, shown=True), bulk(ids[::-1], shown=False), withdrawal
    )
    assert sum(decided) in {5, 6}, "each is decided once"
    assert min(decided) in {0, 1}
    withdrawn = await rows(services, PUBLIC, "status = 'withdrawn'")
    assert withdrawn == [(None,) * 5], "nothing is published of who withdrew"
    states = await rows(services, "review", "status = 'confirmed'")
    assert len(set(states)) == 1


async def test_a_campaign_may_let_plain_names_through(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    services.published = opened(services.published, LETTER, review="suspicious")
    for number, name in enumerate(("Ana", "4 Real")):
        await sign(client, person(given_name=name, email=f"p{number}@example.org"))
        await confirm(client, outbox)
    await fold(services)
    assert [s["name"] for s in await signers(client)] == ["Ana Petrosyan"]
    assert [each.name for each in await queue(services)] == ["4 Real Petrosyan"]
    statement = (await client.get(f"{URL}/{LETTER}/statement")).json()
    assert statement["review"] == "suspicious"
    assert "look at some of the names" in (await client.get(f"/c/{LETTER}?lang=en")).text


async def test_whoever_says_to_be_another_at_the_address_of_a_refusal_waits_everywhere(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    services.published = opened(services.published, LETTER, review="suspicious")
    await sign(client, person(given_name="4 Real"))
    await confirm(client, outbox)
    await decide(services, shown=False)
    await sign(client, person(given_name="Bo"))
    assert (await confirm_again(client, outbox, "another"))["signature"]["review"] == "queued"
    (entry,) = await queue(services)
    assert entry.flags == ("refused_address",)


async def test_a_refused_name_from_another_mailbox_waits_everywhere(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    services.published = opened(services.published, LETTER, review="suspicious")
    await sign(client, person(given_name="4 Bad"))
    await confirm(client, outbox)
    await decide(services, shown=False)
    # One that only an organizer knows to be bad.
    await sign(client, person(given_name="Zed", email="p1@x.example"))
    await confirm(client, outbox)
    await fold(services)
    (listed,) = await rows(services, "id", "review = 'passed'")
    async with transaction(services.engine) as session:
        desk = Moderation(services.vault, Reviewing())
        await desk.decide(session, listed[0], "name", shown=False, actor="test")
    await sign(client, person(given_name="Z\u00e9d", email="p2@y.example"))
    assert (await confirm(client, outbox))["signature"]["review"] == "queued"
    (entry,) = await queue(services)
    assert entry.flags == ("refused_name",)
    assert await signers(client) == []


@pytest.mark.parametrize("path", ["statement", "statement.pdf", "sign-ons"])
async def test_nothing_that_waits_is_on_any_public_answer(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, path: str
) -> None:
    await sign(client, person(given_name="Zzyzx"))
    await confirm(client, outbox)
    await fold(services)
    answer = await client.get(f"{URL}/{LETTER}/{path}")
    assert b"Zzyzx" not in answer.content
    page = (await client.get(f"/c/{LETTER}/statement?lang=en")).text
    assert "Zzyzx" not in page
    assert "1 person has signed" in page
