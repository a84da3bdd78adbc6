"""A person sees and erases all that is theirs at a mailbox, and nothing that is another's.

They may use another name in one form, sign for an organization as well, or share the mailbox.
"""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.mail import suppressions
from api.privacy import ledger
from api.services import Services
from api.submissions.stored import load_form
from api.supporters.tokens import Purpose, mint
from tests.app_fixtures import Body, Outbox
from tests.pages.browserless import Page
from tests.privacy.test_erasure import POWS, SELF, took_part
from tests.sign_ons.signing import confirm, confirm_again, person, sign
from tests.sign_ons.test_organizations import organization

HERS, HIS = "ani@example.org", "Words of another."


async def see(client: httpx.AsyncClient, token: str) -> Body:
    answer = await client.post(SELF, json={"token": token})
    assert answer.status_code == 200, answer.text
    told: Body = answer.json()
    return told


async def erase(client: httpx.AsyncClient, token: str, **options: Any) -> Body:
    answer = await client.post(f"{SELF}/erase", json={"token": token, **options})
    assert answer.status_code == 200, answer.text
    told: Body = answer.json()
    return told


async def write(
    client: httpx.AsyncClient, form: Callable[..., Body], story: str, **who: str
) -> None:
    sent = form({"story": story}, email=HERS, **who)
    answer = await client.post(f"/api/v1/campaigns/{POWS}/submissions", json=sent)
    assert answer.status_code == 202, answer.text


async def links(services: Services) -> list[str]:
    """An opened link of everybody who confirmed: more of them than are mailed to one address."""
    newest = text(
        "SELECT DISTINCT ON (person_id) id FROM supporters WHERE status = 'confirmed'"
        " ORDER BY person_id, id DESC"
    )
    async with transaction(services.engine) as session:
        ids = (await session.execute(newest)).scalars().all()
        return [await mint(session, each, Purpose.OWN_DATA) for each in ids]


async def kept(services: Services) -> int:
    async with transaction(services.engine) as session:
        query = text("SELECT count(*) FROM supporters WHERE identity IS NOT NULL")
        return int(await session.scalar(query) or 0)


async def test_whoever_signs_for_an_organization_as_well_is_one_person(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, person())
    await confirm(client, outbox)
    for name in ("Club of Ani", "Other Club"):
        await outbox.days_pass()
        await sign(client, organization(name, f"https://{name.split()[0].lower()}.example", HERS))
        await (confirm if name == "Club of Ani" else confirm_again)(client, outbox)
    await outbox.days_pass()
    await sign(client, organization("Club of Bob", "https://b.example", HERS, given_name="Bob"))
    await confirm_again(client, outbox, "another")
    tokens = await links(services)
    assert len(tokens) == 3
    told = dict.fromkeys(("Club of Ani", "Other Club", "Club of Bob"), 0)
    for token in tokens:
        document = json.dumps(await see(client, token))
        told = {name: number + (name in document) for name, number in told.items()}
    assert told == {"Club of Ani": 2, "Other Club": 2, "Club of Bob": 1}
    mine = [token for token in tokens if "Club of Bob" not in json.dumps(await see(client, token))]
    await erase(client, mine[0])
    assert await kept(services) == 1
    async with transaction(services.engine) as session:
        entries = text("SELECT * FROM organizations WHERE entry IS NOT NULL")
        (left,) = (await session.execute(entries)).all()
        owner = await load_form(session, left.supporter_id, services.vault)
        assert owner.seal.entry(left.entry, left.id).name == "Club of Bob"
        hashes = text("SELECT count(*) FROM persons WHERE email_hash IS NOT NULL")
        assert await session.scalar(hashes) == 1
    assert len(list(ledger.read(services.settings.erasure_ledger_file))) == 2


async def test_a_form_that_waits_is_whose_name_is_nearest(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Callable[..., Body],
) -> None:
    """Both names are alike enough to be one name, typed wrong."""
    await took_part(client, outbox, form, HERS)
    await outbox.days_pass()
    await write(client, form, HIS, given_name="Anie")
    await confirm_again(client, outbox, "another")
    await outbox.days_pass()
    await write(client, form, "Waiting words of another.", given_name="Anie")
    await write(client, form, "Waiting words of hers.", given_name="ANI")
    await write(client, form, "Typed into each other.", given_name="Petrosyan", family_name="Ani")
    found = {}
    for token in await links(services):
        told = await see(client, token)
        stories = {each["words"]["story"] for each in told["forms"]}
        found[told["person"]["given_name"]] = (token, stories, told["others_waiting"])
    assert found["Anie"][1:] == ({HIS, "Waiting words of another."}, 2)
    mine = {"My own words.", "Waiting words of hers.", "Typed into each other."}
    assert found["Ani"][1:] == (mine, 1)
    answer = await erase(client, found["Ani"][0])
    assert answer["others_waiting"] == 1
    assert await kept(services) == 2


@pytest.mark.parametrize("others", [False, True])
async def test_what_waits_under_other_names_goes_at_the_owners_word(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Callable[..., Body],
    others: bool,
) -> None:
    token = await took_part(client, outbox, form, HERS)
    await write(client, form, HIS, given_name="Bob")
    await write(client, form, HIS, given_name="Անի", family_name="Պետրոսյան")
    told = await see(client, token)
    assert (told["others_waiting"], HIS in json.dumps(told)) == (2, False)
    asked = Page(await client.post("/own-data/erase", data={"token": token}))
    assert "2 more forms" in asked.words
    answer = await erase(client, token, others=others)
    assert answer["others_waiting"] == (0 if others else 2)
    assert await kept(services) == (0 if others else 2)


async def test_the_page_says_what_stays(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    token = await took_part(client, outbox, form, HERS)
    await write(client, form, HIS, given_name="Bob")
    async with transaction(services.engine) as session:
        whom = suppressions.recipient(services.keys, HERS)
        await suppressions.suppress(session, whom, "unsubscribed")
    assert (await see(client, token))["mail_stopped"]
    page = Page(await client.post("/own-data/erase", data={"token": token, "do": "erase"}))
    assert "under another name" in page.words
    assert "Mail to your address is stopped" in page.words


async def test_no_file_of_the_development_outbox_is_left(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body]
) -> None:
    token = await took_part(client, outbox, form, HERS)
    await outbox.work()
    assert outbox.letters
    assert outbox.mails
    await erase(client, token)
    assert not outbox.letters
    assert not outbox.mails
