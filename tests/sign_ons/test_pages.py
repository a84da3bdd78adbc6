"""Signing an open letter without JavaScript, in three languages."""

import httpx
import pytest

from api.services import Services
from tests.app_fixtures import Outbox
from tests.pages.browserless import Page, get
from tests.sign_ons.signing import LETTER, SCHOLARS, fold, pass_names, person, sign

PERSON = {
    "given_name": "Ani",
    "family_name": "Petrosyan",
    "email": "ani@example.org",
    "zip": "91204",
    "display": "name",
}


async def mailed(client: httpx.AsyncClient, outbox: Outbox) -> Page:
    await outbox.work()
    return await get(client, f"/confirm/{outbox.tokens('confirm')[-1]}")


async def own_data(client: httpx.AsyncClient, outbox: Outbox, language: str) -> Page:
    """What somebody sees of themselves behind a mailed link, once they pressed its button."""
    asking = await get(client, f"/self-service?campaign={SCHOLARS}&lang={language}")
    await asking.submit(client, {"email": PERSON["email"]})
    await outbox.work()
    opened = await get(client, f"/self-service/{outbox.tokens('self-service')[-1]}")
    return await opened.submit(client)


@pytest.mark.parametrize("language", ["en", "hy", "es"])
async def test_a_person_signs_sees_changes_and_withdraws(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, language: str
) -> None:
    page = await get(client, f"/c/{SCHOLARS}?lang={language}")
    assert page.answer.status_code == 200
    fields = {**PERSON, "affiliation": "University of Nowhere"}
    sent = await page.submit(client, fields)
    assert sent.answer.status_code == 200, sent.words
    confirming = await mailed(client, outbox)
    assert "University of Nowhere" in confirming.words
    await confirming.submit(client)
    assert (await fold(services, SCHOLARS))["persons"] == 1
    listed = await get(client, f"/c/{SCHOLARS}/statement?lang={language}")
    assert "Ani Petrosyan" not in listed.words
    await pass_names(services, SCHOLARS)
    listed = await get(client, f"/c/{SCHOLARS}/statement?lang={language}")
    assert "Ani Petrosyan" in listed.words
    assert "University of Nowhere" in listed.words
    mine = await own_data(client, outbox, language)
    mine = await mine.submit(client, {"display": "initials"})
    await pass_names(services, SCHOLARS)
    listed = await get(client, f"/c/{SCHOLARS}/statement?lang={language}")
    assert "Petrosyan" not in listed.words
    assert "A. P." in listed.words
    await mine.submit(client, button=mine.button("withdraw"))
    assert (await fold(services, SCHOLARS))["persons"] == 0
    listed = await get(client, f"/c/{SCHOLARS}/statement?lang={language}")
    assert "A. P." not in listed.words


async def test_errors_stand_at_their_fields(client: httpx.AsyncClient) -> None:
    page = await get(client, f"/c/{LETTER}")
    wrong = await page.submit(client, {"email": "ani", "given_name": "Ani"})
    assert wrong.answer.status_code == 422
    for name in ("error-family_name", "error-email"):
        assert wrong.by_id(name)
    assert wrong.form["given_name"] == "Ani"


async def test_from_abroad(client: httpx.AsyncClient, outbox: Outbox) -> None:
    page = await get(client, f"/c/{LETTER}")
    fields = {**PERSON, "zip": "", "country": "FR"}
    assert (await page.submit(client, fields)).answer.status_code == 200
    assert "France" in (await mailed(client, outbox)).words


async def test_an_organization_signs(client: httpx.AsyncClient, outbox: Outbox) -> None:
    page = await get(client, f"/c/{LETTER}/sign/organization")
    wrong = await page.submit(client, {"website": "no address"})
    assert wrong.answer.status_code == 422
    assert wrong.by_id("error-organization")
    assert wrong.by_id("error-website")
    fields = {
        **{name: PERSON[name] for name in ("given_name", "family_name", "email")},
        "organization": "Example Society",
        "website": "example.org",
        "role": "Director",
    }
    assert (await wrong.submit(client, fields)).answer.status_code == 200
    confirming = await mailed(client, outbox)
    assert "Example Society" in confirming.words
    assert (await confirming.submit(client)).answer.status_code == 200


async def test_beside_letters(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    page = await get(client, "/c/release-pows")
    details = {name: PERSON[name] for name in ("given_name", "family_name", "email")}
    letters = await page.submit(client, {**details, "zip": "82001"})
    assert ("sign_on", "name") in letters.form.choices
    await letters.submit(client, {"sign_on": "name"})
    confirming = await mailed(client, outbox)
    assert "Ani Petrosyan, WY" in confirming.words
    mine = await confirming.submit(client)
    assert "You have signed. Your name or initials appear once" in mine.words
    assert (await fold(services, "release-pows"))["persons"] == 1


async def test_a_stranger_discards_it(client: httpx.AsyncClient, outbox: Outbox) -> None:
    await sign(client, person())
    page = await mailed(client, outbox)
    assert (await page.submit(client, form=1)).answer.status_code == 200
    again = await get(client, f"/confirm/{outbox.tokens('confirm')[-1]}")
    assert again.titles["h1"] == "This was deleted"


async def test_the_earlier_signatories_are_apart(client: httpx.AsyncClient) -> None:
    page = await get(client, f"/c/{LETTER}/statement")
    assert "Coptic Solidarity" in page.words
    assert "0 people have signed" in page.words
    assert (await client.get(f"/c/{LETTER}/statement?after=x")).status_code == 404
    assert (await client.get("/c/reverse-907-waiver/statement")).status_code == 404
