"""Suspects: answered alike, not counted, letters waiting; cleared by an organizer."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.services import Services
from api.settings import Settings
from api.supporters.suspicion import load_rules
from tests.app_fixtures import Body, Outbox
from tests.organizers.tokens import URL, bearer, refused
from tests.sign_ons.signing import LETTER, confirm, fold, pass_names, person, sign, signers

POWS = "release-pows"


@pytest.fixture
def settings(tmp_path: Path, settings: Settings) -> Settings:
    file = tmp_path / "domains.txt"
    file.write_text("# ours\nthrowaway.example  # and what is below it\n")
    return settings.model_copy(update={"suspect_per_client": 3, "suspect_domains": file})


@pytest.fixture
async def headers(services: Services) -> dict[str, str]:
    return await bearer(services)


async def standings(services: Services) -> list[tuple[str, str | None]]:
    async with transaction(services.engine) as session:
        rows = await session.execute(
            text("SELECT standing, suspect_reason FROM persons ORDER BY suspect_reason")
        )
        return [(row.standing, row.suspect_reason) for row in rows]


async def test_letters_wait_shown_as_queued_until_they_are_let_in(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Callable[..., Body],
    headers: dict[str, str],
) -> None:
    bodies = []
    for email in ("ani@example.org", "ani@mail.throwaway.example"):
        sent = form({"sign_on": {"display": "name"}}, email=email)
        await client.post(f"/api/v1/campaigns/{POWS}/submissions", json=sent)
        await outbox.work()
        token = outbox.tokens("confirm")[-1]
        answer = await client.post("/api/v1/confirmations", json={"token": token})
        bodies.append(answer.json())
    same = [
        {**b, "page_url": "", "letters": [(x["seat"], x["status"]) for x in b["letters"]]}
        for b in bodies
    ]
    assert same[0] == same[1], "told alike"
    outbox_before = len(outbox.mails)
    await outbox.work()
    assert len(outbox.mails) == outbox_before + 1
    assert len(list((outbox.folder / "letters").glob("*.txt"))) == 4, "only those of the one"
    totals = await fold(services, POWS)
    assert (totals["supporters"], totals["persons"], totals["letters"]) == (1, 1, 4)
    await pass_names(services, POWS)
    assert len(await signers(client, POWS)) == 1
    page = await client.get(bodies[1]["page_url"].removeprefix("http://127.0.0.1:8000"))
    assert "suspect" not in page.text.lower()
    listed = await client.get(f"{URL}/campaigns/{POWS}/suspects", headers=headers)
    (one,) = listed.json()["items"]
    assert (one["reason"], one["letters"]) == ("disposable", 4)
    url = f"{URL}/campaigns/{POWS}/suspects/release"
    answer = await client.post(url, headers=headers, json={"people": [one["id"]]})
    assert answer.json() == {"released": 1}
    await outbox.work()
    assert len(list((outbox.folder / "letters").glob("*.txt"))) == 8
    totals = await fold(services, POWS)
    assert (totals["supporters"], totals["persons"], totals["letters"]) == (2, 2, 8)
    assert (await client.post(url, headers=headers, json={})).json() == {"released": 0}


async def test_too_many_from_one_client_and_those_on_the_list(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, headers: dict[str, str]
) -> None:
    here = f"{URL}/campaigns/{LETTER}/watchlist"
    for entry in ({"domain": "Watched.example"}, {"address": "one.person@gmail.com"}):
        assert (await client.post(here, headers=headers, json=entry)).status_code == 204
    for number, email in enumerate(
        ("a@watched.example", "oneperson+x@gmail.com", "b@example.org", "c@example.org")
    ):
        await sign(client, person(email=email, given_name=f"N{number}"))
        await confirm(client, outbox)
    expected = [("suspect", "rate"), ("suspect", "watched"), ("suspect", "watched")]
    assert await standings(services) == [*expected, ("counted", None)]
    assert (await fold(services))["persons"] == 1
    listed = (await client.get(here, headers=headers)).json()["items"]
    assert [each["domain"] for each in listed] == ["watched.example", None]
    one = f"{here}/{listed[0]['id']}"
    assert (await client.delete(one, headers=headers)).status_code == 204
    assert refused(await client.delete(one, headers=headers)) == (404, "not_found")
    both = {"domain": "a.example", "address": "a@a.example"}
    assert (await client.post(here, headers=headers, json=both)).status_code == 422
    preview = f"{URL}/campaigns/{LETTER}/invalidations/preview"
    met = await client.post(preview, headers=headers, json={"standing": "suspect"})
    assert met.json() == {"people": 3}


def test_a_domain_and_what_is_below_it(tmp_path: Path) -> None:
    shipped = Settings().data_dir / "disposable_domains.txt"
    rules = load_rules(3, shipped)
    assert rules.is_disposable("mailinator.com")
    assert rules.is_disposable("x.y.mailinator.com")
    assert not rules.is_disposable("notmailinator.com")
    assert not rules.is_disposable("com")
