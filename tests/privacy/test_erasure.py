"""Erasing oneself: nothing is left, waiting letters go nowhere, and no restore undoes it."""

import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from api.counts import ledger as counts
from api.database.session import transaction
from api.privacy import erasure, ledger
from api.privacy.ledger import Erasure, LedgerUnreadable
from api.security.identifiers import new_id
from api.services import Services
from api.submissions.stored import load_form
from tests.app_fixtures import Body, Outbox
from tests.organizers.tokens import refused
from tests.sign_ons.signing import LETTER, confirm, fold, pass_names, person, sign, signers
from tests.sign_ons.test_organizations import organization

POWS = "release-pows"
SELF = "/api/v1/self-service"
PERSONAL = {
    "supporters": (
        "email_hash",
        "data_key",
        "identity",
        "address",
        "domain_hash",
        "form_hash",
        "referral",
    ),
    "submissions": ("words",),
    "sign_ons": ("words", "public_name", "public_place", "sort_key"),
    "deliveries": ("payload",),
    "persons": ("email_hash",),
    "tokens": ("hash",),
}


async def took_part(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body], email: str
) -> str:
    """The token for the own data of somebody who wrote and signed; their letters wait."""
    top = {"sign_on": {"display": "name"}, "story": "My own words.", "referral": "from-bob"}
    sent = form(top, email=email)
    await client.post(f"/api/v1/campaigns/{POWS}/submissions", json=sent)
    await outbox.work()
    token = outbox.tokens("confirm")[-1]
    await client.post("/api/v1/confirmations", json={"token": token})
    return await outbox.own_data(client, POWS, email)


async def left(services: Services) -> list[str]:
    """The columns in which something personal is."""
    found = []
    async with transaction(services.engine) as session:
        for table, columns in PERSONAL.items():
            for name in columns:
                query = f"SELECT count(*) FROM {table} WHERE {name} IS NOT NULL"
                if await session.scalar(text(query)):
                    found.append(f"{table}.{name}")
    return found


async def test_seen_downloaded_changed_and_withdrawn(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    token = await took_part(client, outbox, form, "ani@example.org")
    await fold(services, POWS)
    told = (await client.post(SELF, json={"token": token})).json()
    assert told["person"]["email"] == "ani@example.org"
    assert told["words"] == {"story": "My own words."}
    assert len(told["letters"]) == 4
    assert told["signature"]["display"] == "name"
    file = await client.post("/own-data/download", data={"token": token})
    assert "attachment" in file.headers["content-disposition"]
    assert json.loads(file.content) == told
    body = {"token": token, "display": "initials"}
    assert (await client.post(f"{SELF}/display", json=body)).json() == {"changed": True}
    await pass_names(services, POWS)
    assert [each["name"] for each in await signers(client, POWS)] == ["A. P."]
    for changed in (True, False):
        answer = await client.post(f"{SELF}/withdraw", json={"token": token})
        assert answer.json() == {"changed": changed}
    gone = await client.post(SELF, json={"token": "x" * 43})
    assert refused(gone) == (410, "token_gone")


async def test_nothing_is_left_and_waiting_letters_go_nowhere(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    token = await took_part(client, outbox, form, "ani@example.org")
    assert (await fold(services, POWS))["letters"] == 4
    async with transaction(services.engine) as session:
        sent = """
            WITH one AS (SELECT id FROM letters ORDER BY seat LIMIT 1), there AS (
                UPDATE deliveries SET status = 'accepted' WHERE letter_id IN (SELECT id FROM one))
            UPDATE letters SET status = 'accepted' WHERE id IN (SELECT id FROM one)"""
        await session.execute(text(sent))
        await counts.append(session, POWS, {"delivered": 1})
    asked = await client.post("/own-data/erase", data={"token": token})
    assert "Erase everything" in asked.text
    assert await left(services) != [], "asking does nothing"
    done = await client.post(f"{SELF}/erase", json={"token": token})
    assert (len(done.json()["cancelled"]), len(done.json()["gone_out"])) == (3, 1)
    assert await left(services) == []
    await outbox.work()
    assert outbox.letters == {}
    totals = await fold(services, POWS)
    names = ("supporters", "persons", "letters", "delivered")
    assert [totals[name] for name in names] == [0, 0, 1, 1]
    assert await signers(client, POWS) == []
    assert refused(await client.post(f"{SELF}/erase", json={"token": token})) == (410, "token_gone")
    again = await took_part(client, outbox, form, "ani@example.org")
    assert (await client.post(SELF, json={"token": again})).status_code == 200, "as somebody new"


async def test_what_waits_goes_too_and_what_is_anothers_stays(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    """Two people share the mailbox: the second has not confirmed yet, or is called otherwise."""
    token = await took_part(client, outbox, form, "ani@example.org")
    waiting = {
        "again": form({"story": "Other words."}, email="ani@example.org"),
        "with an alias": form({"story": "Alias words."}, email="Ani+x@example.org"),
        "corrected": form({"story": "Corrected words."}, email="ani@example.org"),
        "another": form({"story": "Words of Bob."}, email="ani@example.org"),
        "elsewhere": form({"story": "Of another mailbox."}, email="eva@example.org"),
    }
    for which, name in {"corrected": "Anie", "another": "Bob"}.items():
        waiting[which]["supporter"]["given_name"] = name
    for sent in waiting.values():
        answer = await client.post(f"/api/v1/campaigns/{POWS}/submissions", json=sent)
        assert answer.status_code == 202, answer.text
    told = (await client.post(SELF, json={"token": token})).json()
    stories = {each["words"]["story"] for each in told["forms"]}
    assert stories == {"My own words.", "Other words.", "Alias words.", "Corrected words."}
    assert {each["status"] for each in told["forms"]} == {"confirmed", "unconfirmed"}
    assert {each["kind"] for each in told["mails"]} >= {"confirmation"}
    assert len(told["deliveries"]) == 4
    await client.post(f"{SELF}/erase", json={"token": token})
    async with transaction(services.engine) as session:
        query = text("SELECT id FROM supporters WHERE identity IS NOT NULL ORDER BY id")
        ids = (await session.execute(query)).scalars().all()
        names = {(await load_form(session, each, services.vault)).words.own for each in ids}
        mails = text("SELECT count(*) FROM mails WHERE status = 'queued' AND kind = 'confirmation'")
        assert await session.scalar(mails) == 2
    assert names == {"Words of Bob.", "Of another mailbox."}
    (entry,) = ledger.read(services.settings.erasure_ledger_file)
    assert len(entry.supporter_ids) == 4


async def test_what_waits_for_an_organization_is_its_representatives(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, person())
    await confirm(client, outbox)
    token = await outbox.own_data(client, LETTER, "ani@example.org")
    for name, who in (("Waiting Club", "Ani"), ("Club of Bob", "Bob")):
        body = organization(name, "https://a.example", "ani@example.org", given_name=who)
        await sign(client, body)
    told = json.dumps((await client.post(SELF, json={"token": token})).json())
    assert "Waiting Club" in told
    assert "Club of Bob" not in told
    await client.post(f"{SELF}/erase", json={"token": token})
    async with transaction(services.engine) as session:
        query = text("SELECT * FROM organizations WHERE entry IS NOT NULL")
        (left,) = (await session.execute(query)).all()
        owner = await load_form(session, left.supporter_id, services.vault)
        assert owner.seal.entry(left.entry, left.id).name == "Club of Bob"


async def test_earlier_forms_are_told_with_their_words(
    client: httpx.AsyncClient, outbox: Outbox, form: Callable[..., Body]
) -> None:
    await took_part(client, outbox, form, "ani@example.org")
    sent = form({"story": "Second words."}, email="ani@example.org")
    await client.post(f"/api/v1/campaigns/{POWS}/submissions", json=sent)
    await outbox.work()
    confirm = {"token": outbox.tokens("confirm")[-1], "person": "same"}
    await client.post("/api/v1/confirmations", json=confirm)
    token = await outbox.own_data(client, POWS, "ani@example.org")
    told = (await client.post(SELF, json={"token": token})).json()
    assert {each["words"]["story"] for each in told["forms"]} == {"My own words.", "Second words."}


async def test_what_an_office_may_have_is_not_called_cancelled(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    """One letter is being sent at this moment, the end of another's attempt is unknown."""
    token = await took_part(client, outbox, form, "ani@example.org")
    async with transaction(services.engine) as session:
        found = await session.execute(text("SELECT id FROM deliveries ORDER BY id LIMIT 2"))
        first, second = found.scalars()
        sending = "UPDATE deliveries SET status = 'sending', lease_until = now() WHERE id = :id"
        await session.execute(text(sending), {"id": first})
        doubt = "INSERT INTO attempts VALUES (:id, 1, now(), now(), 'retrying', 'broken', true)"
        await session.execute(text(doubt), {"id": second})
    done = await client.post(f"{SELF}/erase", json={"token": token})
    assert (len(done.json()["cancelled"]), len(done.json()["may_have"])) == (2, 2)
    assert not done.json()["gone_out"]
    async with transaction(services.engine) as session:
        state = text("SELECT status, reason, payload FROM deliveries WHERE id = :id")
        row = (await session.execute(state, {"id": second})).one()
    assert tuple(row) == ("uncertain", "erased", None)


async def test_the_page_says_what_cannot_be_called_back(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    token = await took_part(client, outbox, form, "ani@example.org")
    await outbox.work()
    sent = {"token": token, "do": "erase"}
    page = await client.post("/own-data/erase?lang=es", data=sent)
    assert "Cartas de esta instalación de prueba, que no fueron a nadie" in page.text
    assert "ya salieron" not in page.text, "they were written to files"
    assert "canceladas" not in page.text
    assert (await client.post(SELF, json={"token": token})).status_code == 410


async def test_a_restore_brings_nobody_back(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    token = await took_part(client, outbox, form, "ani@example.org")
    backup = await _rows(services)
    await client.post(f"{SELF}/erase", json={"token": token})
    await _put_back(services, backup)
    assert await left(services) != []
    (known,) = ledger.read(services.settings.erasure_ledger_file)
    for done in (True, False):
        async with transaction(services.engine) as session:
            assert await erasure.replay(session, known, services.vault) is done
    assert await left(services) == []
    assert (await client.post(SELF, json={"token": token})).status_code == 410


async def test_without_its_ledger_nothing_is_erased(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    token = await took_part(client, outbox, form, "ani@example.org")
    services.settings.erasure_ledger_file.mkdir(parents=True)
    answer = await client.post(f"{SELF}/erase", json={"token": token})
    assert refused(answer) == (503, "erasure_ledger")
    assert (await client.post(SELF, json={"token": token})).status_code == 200


def test_the_ledger_survives_a_line_that_was_cut(tmp_path: Path) -> None:
    file = tmp_path / "new" / "erasures.jsonl"
    first, second = Erasure(new_id(), [new_id()]), Erasure(uuid4(), [])
    ledger.append(file, first)
    with file.open("ab") as opened:
        opened.write(b'{"person": "0')
    ledger.append(file, second)
    assert list(ledger.read(file)) == [first, second]
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(LedgerUnreadable):
        list(ledger.read(tmp_path / "none"))


async def _rows(services: Services) -> dict[str, list[dict[str, object]]]:
    async with transaction(services.engine) as session:
        return {
            table: [dict(row) for row in (await session.execute(query)).mappings()]
            for table in PERSONAL
            for query in [text(f"SELECT * FROM {table}")]
        }


async def _put_back(services: Services, backup: dict[str, list[dict[str, object]]]) -> None:
    """As a restore does: the personal columns, and the tokens."""
    async with transaction(services.engine) as session:
        for table, rows in backup.items():
            for row in rows:
                if table == "tokens":
                    names = ", ".join(row)
                    query = (
                        f"INSERT INTO tokens ({names}) VALUES ({', '.join(f':{n}' for n in row)})"
                    )
                else:
                    columns = [*PERSONAL[table], *({"status"} & row.keys())]
                    settings = ", ".join(f"{name} = :{name}" for name in columns)
                    query = f"UPDATE {table} SET {settings} WHERE id = :id"
                await session.execute(text(query), row)
