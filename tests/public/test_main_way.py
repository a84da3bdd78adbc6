"""The main way, whole: from a form to letters written out and counted."""

from collections.abc import Callable
from typing import Any

import httpx

from api.counts import ledger
from api.database.session import transaction
from api.services import Services
from tests.app_fixtures import CAMPAIGN, Body, Outbox

URL = f"/api/v1/campaigns/{CAMPAIGN}"


async def counts(services: Services) -> dict[str, int]:
    async with transaction(services.engine) as session:
        await ledger.fold(session)
        return await ledger.totals(session, CAMPAIGN)


async def test_form_mail_confirmation_letters_counts(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    previewed = await client.post(f"{URL}/letters", json=preview_of(form()))
    assert previewed.status_code == 200, previewed.text
    shown = {letter["seat"]: letter for letter in previewed.json()["letters"]}
    assert set(shown) == {"president", "house:CA-30", "senate:CA:1", "senate:CA:3"}
    assert all("Glendale" in letter["text"] for letter in shown.values())

    own = "My grandmother was born in Stepanakert."
    sent = form({"story": own, "approval": previewed.json()["approval"]})
    accepted = await client.post(f"{URL}/submissions", json=sent)
    assert accepted.status_code == 202, accepted.text
    assert accepted.json()["status"] == "awaiting_confirmation"

    await outbox.work()
    assert len(outbox.mails) == 1
    assert not outbox.letters, "nothing goes out before its writer confirmed it"
    mail = outbox.mails[0]
    assert mail["To"] == "ani@example.org"
    assert "Ani" not in mail.as_string().replace("ani@example.org", "")

    token = outbox.tokens("confirm")[0]
    confirmed = await client.post("/api/v1/confirmations", json={"token": token})
    assert confirmed.status_code == 200, confirmed.text
    assert {letter["seat"] for letter in confirmed.json()["letters"]} == set(shown)

    await outbox.work()
    assert set(outbox.letters) == set(shown)
    for seat, text in outbox.letters.items():
        assert own in text
        for paragraph in shown[seat]["statement"].split("\n\n"):
            assert paragraph in text, "the letter says what was approved"
    assert await counts(services) == {"forms": 1, "supporters": 1, "letters": 4}

    again = await client.post("/api/v1/confirmations", json={"token": token})
    assert (again.status_code, again.json()["code"]) == (410, "token_gone")


def preview_of(submission: dict[str, Any]) -> dict[str, Any]:
    supporter = {k: v for k, v in submission["supporter"].items() if k != "email"}
    kept = {k: v for k, v in submission.items() if k not in {"consents", "approval"}}
    return {**kept, "supporter": supporter}
