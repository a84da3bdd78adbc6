"""A person signs: once, by mail, and appears as they chose."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.services import Services, publish_texts
from api.sign_ons.statements import StatementSigned
from tests.app_fixtures import Body, Outbox
from tests.counts.later import later
from tests.sign_ons.signing import (
    LETTER,
    SCHOLARS,
    URL,
    confirm,
    fold,
    opened,
    pass_names,
    person,
    sign,
    signers,
)

BESIDE = "release-pows"


async def one(services: Services, query: str) -> Any:
    async with transaction(services.engine) as session:
        return (await session.execute(text(query))).one()


@pytest.mark.parametrize(
    ("display", "shown"),
    [
        ("hidden", None),
        ("initials", {"name": "A. P.", "place": "CA"}),
        ("name", {"name": "Ani Petrosyan", "place": "Glendale, CA"}),
    ],
)
async def test_a_person_signs_and_appears_as_chosen(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    display: str,
    shown: Body | None,
) -> None:
    made = await sign(client, person({"sign_on": {"display": display}}, city="Glendale"))
    assert made["status"] == "awaiting_confirmation"
    assert await signers(client) == [], "nobody is shown before they confirmed"
    assert (await confirm(client, outbox))["signed"] is True
    assert (await fold(services))["persons"] == 1
    assert await signers(client) == [], "it counts, and an organizer looks first"
    await pass_names(services)
    found = [{"name": s["name"], "place": s["place"]} for s in await signers(client)]
    assert found == ([shown] if shown else [])


async def test_beside_a_letter(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    body = form({"sign_on": {"display": "name"}})
    answer = await client.post(f"{URL}/{BESIDE}/submissions", json=body)
    assert answer.status_code == 202, answer.text
    confirmed = await confirm(client, outbox)
    assert confirmed["signed"] is True
    assert len(confirmed["letters"]) == 4
    totals = await fold(services, BESIDE)
    assert (totals["supporters"], totals["persons"], totals["letters"]) == (1, 1, 4)
    await pass_names(services, BESIDE)
    assert [s["name"] for s in await signers(client, BESIDE)] == ["Ani Petrosyan"]


async def test_one_person_signs_once_whoever_races(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    for email in ("ani@gmail.com", "a.ni@gmail.com", "Ani+x@googlemail.com"):
        await sign(client, person({"sign_on": {"display": "name"}}, email=email))
    await outbox.work()
    tokens = outbox.tokens("confirm")
    answers = await asyncio.gather(
        *(client.post("/api/v1/confirmations", json={"token": t}) for t in tokens * 3)
    )
    assert sorted(a.status_code for a in answers) == [200] + [409] * 3 + [410] * 2
    await outbox.days_pass()
    await sign(client, person({"sign_on": {"display": "initials"}}, email="ani@gmail.com"))
    changed = await confirm(client, outbox, person="same")
    assert (changed["status"], changed["signature"]["status"]) == ("confirmed", "changed")
    assert (await fold(services))["persons"] == 1
    live = await one(services, "SELECT count(*) FROM sign_ons WHERE status = 'confirmed'")
    assert live[0] == 1
    left = "SELECT count(*) FROM sign_ons WHERE status = 'discarded' AND words IS NOT NULL"
    assert (await one(services, left))[0] == 0


async def test_from_abroad_where_it_is_allowed(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    body = person(zip=None, country="fr")
    refused = await client.post(f"{URL}/{LETTER}/sign-ons", json=body)
    services.published = opened(services.published, LETTER, countries=False)
    refused = await client.post(f"{URL}/{LETTER}/sign-ons", json=body)
    assert refused.json()["errors"][0]["field"] == "supporter.country"
    services.published = opened(services.published, LETTER, countries=True)
    await sign(client, body)
    await confirm(client, outbox)
    await pass_names(services)
    assert [s["place"] for s in await signers(client)] == ["France"]
    unknown = await client.post(f"{URL}/{LETTER}/sign-ons", json=person(zip=None, country="XX"))
    assert unknown.json()["errors"][0]["code"] == "country_unknown"


CASES: list[tuple[Body, str, str]] = [
    (person(zip=None), "supporter.zip", "required"),
    (person(zip="912"), "supporter.zip", "zip_malformed"),
    (person(state="TX"), "supporter.state", "state_elsewhere"),
    (person({"sign_on": {"affiliation": "X"}}), "sign_on.affiliation", "not_asked"),
    (person({"sign_on": {"display": "loud"}}), "sign_on.display", "literal_error"),
    (person({"kind": "robot"}), "kind", "unknown_kind"),
    (person({"letters": []}), "letters", "unknown_field"),
    (person(street="12 Main St"), "supporter.street", "unknown_field"),
]


@pytest.mark.parametrize(("body", "field", "code"), CASES, ids=[c[1] + c[2] for c in CASES])
async def test_what_is_refused_is_named(
    client: httpx.AsyncClient, body: Body, field: str, code: str
) -> None:
    answer = await client.post(f"{URL}/{LETTER}/sign-ons", json=body)
    assert answer.status_code == 422, answer.text
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]


async def test_campaigns_without_a_statement_take_no_names(client: httpx.AsyncClient) -> None:
    for slug in ("reverse-907-waiver", "nothing"):
        for path in ("sign-ons", "statement"):
            assert (await client.get(f"{URL}/{slug}/{path}")).status_code == 404
        answer = await client.post(f"{URL}/{slug}/sign-ons", json=person())
        assert answer.status_code == 404


async def test_what_was_read_is_what_is_signed(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    read = (await client.get(f"{URL}/{LETTER}/statement?lang=hy")).json()
    assert read["language"] == "hy"
    stale = await client.post(
        f"{URL}/{LETTER}/sign-ons", json=person({"statement_digest": "st1:0"})
    )
    assert (stale.status_code, stale.json()["code"]) == (409, "statement_changed")
    await sign(client, person({"statement_digest": read["digest"], "language": "hy"}))
    await confirm(client, outbox)
    kept = await one(
        services,
        "SELECT t.text, t.language FROM sign_ons s JOIN statements t ON t.digest = s.statement",
    )
    assert tuple(kept) == (read["text"], "hy")


async def test_a_signed_text_is_not_edited_any_more(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    old = services.published.catalog.get(LETTER).bundle["campaign"]["sign_on"]["statement"]
    edited = opened(services.published, LETTER, statement={**old, "en": "Another text."})
    before = services.published
    services.published = edited
    await publish_texts(services)  # nobody has signed yet
    services.published = before
    await publish_texts(services)
    await sign(client, person())
    await confirm(client, outbox)
    services.published = edited
    with pytest.raises(StatementSigned, match=r"suspend-security-aid.*en"):
        await publish_texts(services)
    services.published = opened(before, LETTER, statement={**old, "es": "Otro texto."})
    await publish_texts(services)  # in Spanish nobody has


async def test_affiliation_is_shown_and_comments_wait_for_a_moderator(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    signing = {"display": "name", "affiliation": "University of Nowhere", "comment": "Please."}
    await sign(client, person({"sign_on": signing}), SCHOLARS)
    await confirm(client, outbox)
    await pass_names(services, SCHOLARS)
    (shown,) = await signers(client, SCHOLARS)
    assert shown["affiliation"] == "University of Nowhere"
    assert shown["comment"] is None


async def test_a_name_that_is_none_waits_for_a_moderator(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, person(given_name="Buy", family_name="pills at www.example.com"))
    await confirm(client, outbox)
    assert (await fold(services))["persons"] == 1
    assert await signers(client) == []


async def test_paging_goes_through_all_once(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    for number in range(7):
        await sign(
            client, person(email=f"p{number}@example.org", given_name=f"A{'bcdefgh'[number]}")
        )
    await outbox.work()
    for token in outbox.tokens("confirm"):
        await client.post("/api/v1/confirmations", json={"token": token})
        await fold(services)
    await pass_names(services)
    seen: list[int] = []
    cursor = ""
    while True:
        page = (await client.get(f"{URL}/{LETTER}/sign-ons?limit=3{cursor}")).json()
        seen += [signer["sequence"] for signer in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [7, 6, 5, 4, 3, 2, 1]
    bad = await client.get(f"{URL}/{LETTER}/sign-ons?cursor=x")
    assert bad.status_code == 422


async def test_history_adds_up(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, person())
    await confirm(client, outbox)
    await fold(services)
    answer = await client.get(f"{URL}/{LETTER}/history.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")  # for Excel
    lines = answer.content.decode("utf-8-sig").strip().split("\r\n")
    assert lines[0] == "hour,count,change,total"
    assert sorted(line.split(",", 1)[1] for line in lines[1:]) == ["persons,1,1", "supporters,1,1"]


async def test_history_ends_where_the_counts_are(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    """Whoever reads both, in whatever order, sees no count go back."""

    async def read() -> tuple[int, list[str]]:
        counts = (await client.get(f"{URL}/{LETTER}/counts")).json()
        answer = await client.get(f"{URL}/{LETTER}/history.csv")
        lines = answer.text.split("\r\n")
        return counts["persons"], [line.rpartition(",")[2] for line in lines if ",persons," in line]

    await sign(client, person())
    await confirm(client, outbox)
    await fold(services)
    services.counts.clock = lambda: 1_000_000.0
    assert await read() == (1, ["1"])
    await sign(client, person(email="other@example.org"))
    await confirm(client, outbox)
    await fold(services)
    assert await read() == (1, ["1"]), "within the slot"
    later(services.counts)
    assert await read() == (2, ["2"])


OF_REQUEST = {"date", "x-request-id", "ratelimit"}


async def test_five_kinds_of_signer_get_the_same_answer(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, person(email="repeated@example.org"))
    await confirm(client, outbox)
    await sign(client, person(email="waits@example.org"))
    await sign(client, person(email="blocked@example.org"))
    await sign(client, person(email="suspect@example.org"))
    await confirm(client, outbox)
    async with transaction(services.engine) as session:
        await session.execute(text("UPDATE persons SET standing = 'suspect'"))
    shapes = set()
    for name in ("new", "repeated", "waits", "blocked", "suspect"):
        answer = await client.post(
            f"{URL}/{LETTER}/sign-ons", json=person(email=f"{name}@example.org")
        )
        body = answer.json()
        told = answer.content.replace(body["id"].encode(), b"")
        told = told.replace(body["share_url"].rpartition("=")[2].encode(), b"")
        headers = tuple(sorted((k, v) for k, v in answer.headers.items() if k not in OF_REQUEST))
        shapes.add((answer.status_code, told, len(answer.content), headers))
    assert len(shapes) == 1
