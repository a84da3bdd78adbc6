"""Two people at one mailbox: each writes, signs, counts and sees for themselves."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.confirmation.receipts import outcome_of
from api.counts import ledger
from api.database.session import session_scope, transaction
from api.services import Services
from api.targets.days import eastern_date
from tests.app_fixtures import CAMPAIGN, Body, Outbox
from tests.pages.browserless import Page, get
from tests.sign_ons.signing import LETTER, fold, pass_names, person, sign, signers
from tests.sign_ons.signing import confirm as press

URL = f"/api/v1/campaigns/{CAMPAIGN}"
CONFIRMATIONS = "/api/v1/confirmations"
Form = Callable[..., Body]


async def write(client: httpx.AsyncClient, outbox: Outbox, body: Body) -> str:
    """Send a form; the token of its link. No letter leaves meanwhile."""
    assert (await client.post(f"{URL}/submissions", json=body)).status_code == 202
    await outbox.send_mails()
    return outbox.tokens("confirm")[-1]


async def confirm(client: httpx.AsyncClient, token: str, who: str | None = None) -> Body:
    answer = await client.post(CONFIRMATIONS, json={"token": token, "person": who})
    assert answer.status_code == 200, answer.text
    made: Body = answer.json()
    return made


async def page_of(client: httpx.AsyncClient, confirmed: Body) -> Page:
    return await get(client, "/me/" + confirmed["page_url"].rsplit("/", 1)[1])


async def totals(services: Services) -> dict[str, int]:
    async with transaction(services.engine) as session:
        await ledger.fold(session)
        return await ledger.totals(session, CAMPAIGN)


async def column(services: Services, query: str, **values: Any) -> list[Any]:
    async with transaction(services.engine) as session:
        rows = await (await session.connection()).execute(text(query), values)
        return list(rows.scalars()) if rows.returns_rows else []


def mail_text(outbox: Outbox) -> str:
    part = outbox.mails[-1].get_body(("plain",))
    assert part is not None
    return str(part.get_content())


async def test_each_has_letters_a_page_a_count_and_words_of_their_own(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    ani = await confirm(client, await write(client, outbox, form({"story": "ANI-WORDS"})))
    token = await write(client, outbox, form({"story": "BOB-WORDS"}, given_name="Bob"))
    page = await get(client, f"/confirm/{token}")
    assert "ANI-WORDS" not in page.words
    assert "Ani" not in page.words
    asked = await client.post(CONFIRMATIONS, json={"token": token})
    assert (asked.status_code, asked.json()["code"]) == (409, "person_needed")
    assert asked.json()["another"] is True
    assert asked.json()["people"][0]["confirmed_on"]
    assert (await totals(services))["letters"] == 4, "a refusal does nothing"
    bob = await confirm(client, token, "another")
    assert (bob["status"], len(bob["letters"]), bob["kept"]) == ("confirmed", 4, [])
    assert (await totals(services))["supporters"] == 2
    assert (await totals(services))["letters"] == 8
    await outbox.work()
    texts = [path.read_text() for path in (outbox.folder / "letters").glob("*.txt")]
    assert sum("ANI-WORDS" in words for words in texts) == 4
    assert sum("BOB-WORDS" in words for words in texts) == 4
    for confirmed, own, others in ((ani, "ANI", "BOB"), (bob, "BOB", "ANI")):
        mine = await page_of(client, confirmed)
        assert f"{own}-WORDS" in mine.words
        assert f"{others}-WORDS" not in mine.words


async def test_the_page_asks_and_chooses_for_nobody(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    await confirm(client, await write(client, outbox, form()))
    token = await write(client, outbox, form({"story": "BOB-WORDS"}, given_name="Bob"))
    page = await get(client, f"/confirm/{token}")
    assert "person" not in page.form.names
    assert [name for name, _ in page.form.choices] == ["person", "person"]
    assert "in your name" not in page.words
    refused = await page.submit(client)
    assert refused.answer.status_code == 422
    assert refused.by_id("summary-title")
    assert "Choose which of these people you are" in refused.words
    assert (await totals(services))["letters"] == 4
    mine = await refused.submit(client, {"person": "another"})
    assert "Thank you, Bob." in mine.words
    again = await refused.submit(client, {"person": "another"})
    assert again.answer.url == mine.answer.url, "the button may be pressed twice"
    assert (await totals(services))["letters"] == 8


async def test_a_page_that_was_opened_before_anybody_confirmed_asks_at_its_button(
    client: httpx.AsyncClient, outbox: Outbox, form: Form
) -> None:
    first = await write(client, outbox, form())
    second = await write(client, outbox, form({"story": "BOB-WORDS"}, given_name="Bob"))
    page = await get(client, f"/confirm/{second}")
    assert not page.form.choices
    await confirm(client, first)
    asked = await page.submit(client)
    assert asked.answer.status_code == 422
    assert len(asked.form.choices) == 2


async def test_a_third_is_told_so_and_nothing_is_sent(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    await confirm(client, await write(client, outbox, form()))
    await confirm(client, await write(client, outbox, form(given_name="Bob")), "another")
    token = await write(client, outbox, form({"story": "CY-WORDS"}, given_name="Cy"))
    answer = await client.post(CONFIRMATIONS, json={"token": token, "person": "another"})
    assert (answer.status_code, answer.json()["code"]) == (409, "mailbox_full")
    for who in (None, "same"):
        answer = await client.post(CONFIRMATIONS, json={"token": token, "person": who})
        assert (answer.status_code, answer.json()["code"]) == (409, "person_needed")
        assert answer.json()["another"] is False
    places = await column(services, "SELECT id::text FROM persons ORDER BY place")
    people = [one["person"] for one in answer.json()["people"]]
    assert people == places, "the first first, also within an hour, where ids are random"
    page = await get(client, f"/confirm/{token}")
    assert "the first of the two who confirmed on" in page.words
    assert "the second of the two who confirmed on" in page.words
    third = await page.submit(client, {"person": "another"})
    assert third.answer.status_code == 422
    assert "an address of your own" in third.words
    assert (await totals(services))["letters"] == 8


async def test_two_who_race_to_be_another_are_two_and_a_third_is_none(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    tokens = []
    for name in ("Ani", "Bob", "Cy"):
        tokens.append(await write(client, outbox, form(given_name=name)))
        await outbox.days_pass()
    bodies = [{"token": token, "person": "another"} for token in tokens]
    answers = await asyncio.gather(*(client.post(CONFIRMATIONS, json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409]
    assert sorted(await column(services, "SELECT place FROM persons")) == [1, 2]
    assert (await totals(services))["letters"] == 8


async def test_the_same_person_replaces_what_has_not_left(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    first = await confirm(client, await write(client, outbox, form({"story": "OLD-WORDS"})))
    corrected = form({"story": "NEW-WORDS"}, given_name="Anahit", email="ani+x@example.org")
    token = await write(client, outbox, corrected)
    page = await get(client, f"/confirm/{token}")
    assert "4 of these letters take the place of letters of yours" in page.words
    second = await confirm(client, token, "same")
    assert (second["status"], len(second["replaced"])) == ("confirmed", 4)
    assert (await totals(services))["letters"] == 4
    assert (await totals(services))["supporters"] == 1
    await outbox.work()
    texts = list(outbox.letters.values())
    assert len(list((outbox.folder / "letters").glob("*.txt"))) == 4
    assert all("NEW-WORDS" in words for words in texts)
    assert "4 of them take the place" in mail_text(outbox)
    old = await page_of(client, first)
    assert old.words.count("You confirmed a newer letter to this office") == 4
    left = "SELECT count(*) FROM deliveries WHERE reason = 'replaced' AND payload IS NOT NULL"
    assert await column(services, left) == [0]


KEPT = ("sending", "accepted", "sent", "written", "self_reported", "uncertain")
UNSENT = ("queued", "retrying", "paused", "needs_user_action", "failed", "expired")


@pytest.mark.parametrize("status", [*KEPT, *UNSENT])
async def test_only_what_certainly_reached_nobody_gives_way(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form, status: str
) -> None:
    await confirm(client, await write(client, outbox, form()))
    await column(services, "UPDATE deliveries SET status = :status", status=status)
    await column(services, "UPDATE letters SET status = :status", status=status)
    again = await confirm(client, await write(client, outbox, form({"story": "Anew."})), "same")
    made, kept = (4, 0) if status in UNSENT else (0, 4)
    assert (len(again["letters"]), len(again["kept"])) == (made, kept)
    assert again["status"] == ("confirmed" if made else "already_written")
    assert (await totals(services))["letters"] == 4
    living = "SELECT count(*) FROM letters WHERE status <> 'cancelled'"
    assert await column(services, living) == [4]


async def test_a_letter_that_may_have_arrived_is_kept_whatever_its_state(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    await confirm(client, await write(client, outbox, form()))
    await column(services, "UPDATE deliveries SET status = 'paused', attempts = 1")
    doubt = """INSERT INTO attempts (delivery_id, number, began, ended, outcome, unknown)
               SELECT id, 1, now(), now(), 'retrying', true FROM deliveries"""
    await column(services, doubt)
    again = await confirm(client, await write(client, outbox, form({"story": "Anew."})), "same")
    assert (len(again["letters"]), len(again["kept"])) == (0, 4)


async def test_a_letter_that_a_worker_has_claimed_is_kept_and_nobody_waits(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    await confirm(client, await write(client, outbox, form()))
    token = await write(client, outbox, form({"story": "Anew."}))
    async with transaction(services.engine) as session:
        await session.execute(text("SELECT id FROM deliveries FOR UPDATE"))
        again = await asyncio.wait_for(confirm(client, token, "same"), 60)
    assert (len(again["letters"]), len(again["kept"])) == (0, 4)


async def test_page_mail_and_api_say_for_each_office_when_it_was_written_to(
    client: httpx.AsyncClient, outbox: Outbox, form: Form
) -> None:
    await confirm(client, await write(client, outbox, form({"story": "FIRST"})))
    await outbox.work()
    again = await confirm(client, await write(client, outbox, form({"story": "SECOND"})), "same")
    today = eastern_date(datetime.now(UTC))
    assert {kept["written_on"] for kept in again["kept"]} == {today.isoformat()}
    mine = await page_of(client, again)
    assert "Thank you" not in mine.words
    assert mine.words.count("You wrote to this office on") == 4
    assert "SECOND" not in mine.words
    await outbox.work()
    assert outbox.mails[-1]["subject"].startswith("No new letters were sent")
    told = " ".join(mail_text(outbox).split())
    assert told.count("the new letter to this office is not sent") == 4
    assert "Thank you" not in told


async def test_the_other_ones_form_waits_and_an_identical_repeat_goes(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    token = await write(client, outbox, form())
    await client.post(f"{URL}/submissions", json=form())
    await client.post(f"{URL}/submissions", json=form(given_name="Bob"))
    await confirm(client, token)
    found = await column(services, "SELECT status FROM supporters ORDER BY status")
    assert found == ["confirmed", "discarded", "unconfirmed"]


async def test_erasing_one_leaves_the_other_whole_and_frees_the_place(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    await confirm(client, await write(client, outbox, form({"story": "ANI-WORDS"})))
    bob = await confirm(
        client,
        await write(client, outbox, form({"story": "BOB-WORDS"}, given_name="Bob")),
        "another",
    )
    asked = {"campaign": CAMPAIGN, "email": "ani@example.org"}
    await client.post("/api/v1/self-service/links", json=asked)
    await outbox.send_mails()
    links = outbox.tokens("self-service")
    assert len(links) == 2, "a link for each of them"
    seen = {}
    for link in links:
        opened = await client.post("/api/v1/self-service/open", json={"token": link})
        token = {"token": opened.json()["token"]}
        data = (await client.post("/api/v1/self-service", json=token)).json()
        seen[data["person"]["given_name"]] = (opened.json()["token"], str(data))
    assert "BOB-WORDS" not in seen["Ani"][1]
    assert "ANI-WORDS" not in seen["Bob"][1]
    erased = await client.post("/api/v1/self-service/erase", json={"token": seen["Ani"][0]})
    assert len(erased.json()["cancelled"]) == 4
    assert "BOB-WORDS" in (await page_of(client, bob)).words
    assert (await totals(services))["letters"] == 4
    await confirm(client, await write(client, outbox, form(given_name="Cy")), "another")
    kept = "SELECT place FROM persons WHERE email_hash IS NOT NULL"
    assert sorted(await column(services, kept)) == [1, 2]


async def test_standing_is_each_persons_own(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    await confirm(client, await write(client, outbox, form()))
    await column(services, "UPDATE persons SET standing = 'invalidated'")
    await confirm(client, await write(client, outbox, form(given_name="Bob")), "another")
    found = await column(services, "SELECT standing FROM persons ORDER BY place")
    assert found == ["invalidated", "counted"]


async def test_two_sign_separately_and_who_signs_again_changes_their_signature(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, person())
    await press(client, outbox)
    await sign(client, person(given_name="Bob"))
    await press(client, outbox, person="another")
    assert (await fold(services))["persons"] == 2
    await pass_names(services)
    before = {one["name"]: one["sequence"] for one in await signers(client)}
    (ani,) = await column(services, "SELECT id FROM persons WHERE place = 1")
    await sign(client, person({"sign_on": {"display": "name"}}, family_name="Petrosian"))
    changed = await press(client, outbox, person=str(ani))
    assert (changed["signed"], changed["signature"]["status"]) == (True, "changed")
    assert (await fold(services))["persons"] == 2
    await pass_names(services)
    after = {one["name"]: one["sequence"] for one in await signers(client)}
    assert after["Ani Petrosian"] == before["Ani Petrosyan"]
    assert after["Bob Petrosyan"] == before["Bob Petrosyan"]
    await sign(client, person({"language": "en"}, family_name="Petrosian"))
    same = await press(client, outbox, person=str(ani))
    assert (same["status"], same["signed"]) == ("already_signed", False)
    assert same["signature"]["status"] == "unchanged"
    await outbox.work()
    assert "says the same" in " ".join(mail_text(outbox).split())
    assert "Thank you" not in mail_text(outbox)
    asked = {"campaign": LETTER, "email": "ani@example.org"}
    await client.post("/api/v1/self-service/links", json=asked)
    await outbox.send_mails()
    assert len(outbox.tokens("self-service")) == 2


async def signed_again(
    client: httpx.AsyncClient, outbox: Outbox, who: str | None, **changes: Any
) -> str:
    """Sign with another name; what the receipt says."""
    await sign(client, person(**changes))
    await press(client, outbox, person=who)
    await outbox.work()
    return " ".join(mail_text(outbox).split())


async def test_a_receipt_calls_no_signature_changed_that_is_new_after_a_withdrawal(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await signed_again(client, outbox, None)
    (ani,) = map(str, await column(services, "SELECT id FROM persons"))
    changed = "your signature is changed"
    assert changed in await signed_again(client, outbox, ani, given_name="Annie")
    asked = {"campaign": LETTER, "email": "ani@example.org"}
    await client.post("/api/v1/self-service/links", json=asked)
    await outbox.send_mails()
    link = {"token": outbox.tokens("self-service")[-1]}
    opened = (await client.post("/api/v1/self-service/open", json=link)).json()
    withdrawn = await client.post("/api/v1/self-service/withdraw", json={"token": opened["token"]})
    assert withdrawn.json() == {"changed": True}
    again = await signed_again(client, outbox, ani, given_name="Anush")
    assert changed not in again
    assert "You confirmed your signature under the open letter" in again


async def test_a_late_receipt_tells_what_its_own_form_did(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    """Another form of the same person may have been confirmed since."""
    await signed_again(client, outbox, None)
    (ani,) = map(str, await column(services, "SELECT id FROM persons"))
    await sign(client, person({"language": "en"}))
    repeated = await press(client, outbox, person=ani)
    assert repeated["signature"]["status"] == "unchanged"
    await signed_again(client, outbox, ani, given_name="Annie")
    waiting = "SELECT supporter_id FROM sign_ons WHERE earlier IS NOT NULL AND person_id IS NULL"
    (form,) = await column(services, waiting)
    async with session_scope(services.engine) as session:
        outcome = await outcome_of(session, form)
    assert outcome.signature == "unchanged"
    assert outcome.signed_on is not None
    assert outcome.signed_on.isoformat() == repeated["signature"]["signed_on"]


async def test_a_late_receipt_does_not_take_a_newer_signature_for_the_one_it_repeats(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, person())
    await press(client, outbox)
    await outbox.work()
    (ani,) = map(str, await column(services, "SELECT id FROM persons"))
    await sign(client, person(given_name="Annie"))
    await outbox.send_mails()
    late = outbox.tokens("confirm")[-1]
    await sign(client, person(given_name="Anush"))
    await outbox.send_mails()
    newest = outbox.tokens("confirm")[-1]
    await confirm(client, late, ani)
    receipt = await column(services, "SELECT id FROM mails WHERE status = 'queued'")
    await confirm(client, newest, ani)
    later = "UPDATE mails SET due_at = now() + interval '1 day' WHERE id <> ALL(:i)"
    await column(services, later, i=receipt)
    await outbox.send_mails()
    assert "says the same" not in " ".join(mail_text(outbox).split())
    assert "You confirmed a form for the open letter" in " ".join(mail_text(outbox).split())


async def test_a_link_says_what_became_of_it(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Form
) -> None:
    token = await write(client, outbox, form())
    await confirm(client, token)
    used = await client.post(CONFIRMATIONS, json={"token": token})
    assert (used.status_code, used.json()["became"]) == (410, "confirmed")
    assert "was used on" in used.json()["detail"]
    late = await write(client, outbox, form({"story": "Late."}))
    await column(services, "UPDATE tokens SET expires = now() WHERE used_at IS NULL")
    gone = await client.post(CONFIRMATIONS, json={"token": late})
    assert (gone.status_code, gone.json()["became"]) == (410, "expired")
    page = await get(client, f"/confirm/{late}")
    assert page.titles["h1"] == "The time of this link is over"
    unknown = await client.post(CONFIRMATIONS, json={"token": "x" * 43})
    assert unknown.json()["became"] == "unknown"
