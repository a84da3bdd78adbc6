"""What is refused, and how: a status, a code, a sentence, the field; never a 5xx."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from starlette.requests import ClientDisconnect
from starlette.types import Message

from api.campaigns.catalog import Catalog
from api.campaigns.published import PublishedCampaign
from api.database.session import transaction
from api.public.submissions import read_body
from api.services import Published, Services, now
from api.submissions import approval
from tests.app_fixtures import CAMPAIGN, Body

URL = f"/api/v1/campaigns/{CAMPAIGN}"
Make = Callable[..., Body]


def preview_of(submission: Body) -> Body:
    supporter = {k: v for k, v in submission["supporter"].items() if k != "email"}
    return {**{k: v for k, v in submission.items() if k != "approval"}, "supporter": supporter}


async def refused(client: httpx.AsyncClient, body: Any, status: int = 422) -> Body:
    answer = await client.post(f"{URL}/submissions", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: Body = answer.json()
    assert problem["code"]
    assert problem["detail"].endswith((".", ":")) or problem["detail"]
    return problem


async def stored(services: Services) -> int:
    async with transaction(services.engine) as session:
        return int(await session.scalar(text("SELECT count(*) FROM supporters")) or 0)


CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("no name", {"given_name": ""}, "supporter.given_name", "required"),
    ("digits for a name", {"family_name": "123"}, "supporter.family_name", "no_letter"),
    ("a name in two lines", {"given_name": "A\nB"}, "supporter.given_name", "line_break"),
    ("a control character", {"city": "Glen\x00dale"}, "supporter.city", "control_character"),
    ("a long name", {"given_name": "a" * 101}, "supporter.given_name", "too_long"),
    ("no email", {"email": "ani"}, "supporter.email", "email_malformed"),
    (
        "two emails",
        {"email": "ani@example.org, b@example.org"},
        "supporter.email",
        "email_malformed",
    ),
    ("an odd prefix", {"prefix": "Lord"}, "supporter.prefix", "literal_error"),
    ("half a phone number", {"phone": "555-0123"}, "supporter.phone", "phone_malformed"),
    ("no such ZIP", {"zip": "00000"}, "supporter.zip", "zip_unknown"),
    ("a military ZIP", {"zip": "09012"}, "supporter.zip", "zip_military"),
    ("the Marshall Islands", {"zip": "96960"}, "supporter.zip", "zip_freely_associated"),
    ("half a ZIP", {"zip": "912"}, "supporter.zip", "zip_malformed"),
    ("another state", {"state": "TX"}, "supporter.state", "state_elsewhere"),
    ("a number for text", {"given_name": 7}, "supporter.given_name", "not_text"),
    ("a field of their own", {"admin": True}, "supporter.admin", "unknown_field"),
]


@pytest.mark.parametrize(
    ("changes", "field", "code"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
async def test_a_bad_field_is_named(
    client: httpx.AsyncClient, form: Make, changes: Body, field: str, code: str
) -> None:
    problem = await refused(client, form(**changes))
    assert [(e["field"], e["code"]) for e in problem["errors"]] == [(field, code)]
    assert problem["errors"][0]["message"]


TOP: list[tuple[str, Body, str, str]] = [
    ("a blank district", {"district": " "}, "district", "district_needed"),
    ("a district elsewhere", {"district": "TX-7"}, "district", "district_elsewhere"),
    ("no such district", {"district": "CA-99"}, "district", "district_unknown"),
    ("a story too long", {"story": "x" * 1501}, "story", "too_long"),
    ("other demands", {"demands": ["free-everybody"]}, "demands", "demands_fixed"),
    ("a sign-on to nothing", {"sign_on": {"display": "name"}}, "sign_on", "not_offered"),
    ("an unknown language", {"language": "fr"}, "language", "literal_error"),
    ("a referral of their own", {"referral": "<script>"}, "referral", "malformed"),
    ("letters that are no list", {"letters": "all"}, "letters", "tuple_type"),
    (
        "a subject too short",
        {"letters": [{"seat": "president", "subject": "Hi"}]},
        "letters.0.subject",
        "too_short",
    ),
    ("an unknown field", {"targets": ["house:TX-7"]}, "targets", "unknown_field"),
]


@pytest.mark.parametrize(
    ("changes", "field", "code"), [c[1:] for c in TOP], ids=[c[0] for c in TOP]
)
async def test_a_bad_part_of_the_form_is_named(
    client: httpx.AsyncClient, services: Services, form: Make, changes: Body, field: str, code: str
) -> None:
    # The ZIP lies in two districts.
    body = form({"district": "MA-5", **changes}, zip="02138", city="Cambridge")
    problem = await refused(client, body)
    assert [(e["field"], e["code"]) for e in problem["errors"]] == [(field, code)]
    assert await stored(services) == 0


async def test_words_that_a_campaign_does_not_ask_for_are_refused_as_such(
    client: httpx.AsyncClient, services: Services, form: Make
) -> None:
    bundle = dict(services.published.catalog.get(CAMPAIGN).bundle)
    asked = {**bundle["campaign"]["form"], "story": None}
    bundle["campaign"] = {**bundle["campaign"], "form": asked}
    campaigns = {**services.published.catalog.campaigns, CAMPAIGN: PublishedCampaign(bundle)}
    services.published = Published(services.published.directory, Catalog(campaigns))
    (error,) = (await refused(client, form({"story": "Words."})))["errors"]
    assert (error["field"], error["code"]) == ("story", "not_asked")


async def test_somebody_elses_office_is_refused(client: httpx.AsyncClient, form: Make) -> None:
    edit = {"seat": "senate:TX:1", "own_words": "Hello there."}
    problem = await refused(client, form({"letters": [edit]}))
    assert problem["code"] == "not_your_target"


async def test_several_bad_fields_are_all_named(client: httpx.AsyncClient, form: Make) -> None:
    problem = await refused(client, form(given_name="", email="x", city="\t"))
    named = {e["field"] for e in problem["errors"]}
    assert named >= {"supporter.given_name", "supporter.email"}


async def test_a_split_zip_lists_its_districts(client: httpx.AsyncClient, form: Make) -> None:
    problem = await refused(client, form({"district": None}, zip="02138", city="Cambridge"))
    assert problem["districts"] == ["MA-5", "MA-7"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed_json"),
        (b"{", 400, "malformed_json"),
        (b"\xff\xfe", 400, "malformed_json"),
        (b"[" * 60_000, 400, "malformed_json"),
        (b"null", 422, "invalid_input"),
        (b"[]", 422, "invalid_input"),
        (b'"text"', 422, "invalid_input"),
        (b"{}", 422, "invalid_input"),
        (b'{"supporter": {"given_name": "\\ud800"}}', 400, "malformed_json"),
        (b"x" * (64 * 1024 + 1), 413, "too_large"),
    ],
)
async def test_bodies_that_are_no_form(
    client: httpx.AsyncClient, body: bytes, status: int, code: str
) -> None:
    for path in ("submissions", "letters", "targets"):
        answer = await client.post(
            f"{URL}/{path}", content=body, headers={"content-type": "application/json"}
        )
        assert (answer.status_code, answer.json()["code"]) == (status, code), path


async def test_an_unknown_campaign_and_address(client: httpx.AsyncClient, form: Make) -> None:
    answer = await client.post("/api/v1/campaigns/nothing-here/submissions", json=form())
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = await client.get("/api/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = await client.put(f"{URL}/submissions")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256, "a\tb"])
async def test_an_odd_idempotency_key(client: httpx.AsyncClient, form: Make, key: str) -> None:
    answer = await client.post(
        f"{URL}/submissions", json=form(), headers={b"Idempotency-Key": key.encode("latin-1")}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_malformed")


async def test_a_thousand_racing_with_one_key(
    client: httpx.AsyncClient, services: Services, form: Make
) -> None:
    headers = {"Idempotency-Key": "a-race"}
    answers = await asyncio.gather(
        *(client.post(f"{URL}/submissions", json=form(), headers=headers) for _ in range(1000))
    )
    assert {a.status_code for a in answers} == {202}
    assert len({a.content for a in answers}) == 1
    assert await stored(services) == 1
    other = await client.post(f"{URL}/submissions", json=form(city="Burbank"), headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")


class TestApproval:
    async def preview(self, client: httpx.AsyncClient, body: Body) -> Body:
        answer = await client.post(f"{URL}/letters", json=preview_of(body))
        assert answer.status_code == 200, answer.text
        shown: Body = answer.json()
        return shown

    async def test_own_words_may_change_and_the_letters_hold(
        self, client: httpx.AsyncClient, form: Make
    ) -> None:
        shown = await self.preview(client, form())
        edits = [{"seat": "president", "own_words": "Only for you.", "subject": "A plain request"}]
        body = form({"approval": shown["approval"], "story": "New.", "letters": edits})
        answer = await client.post(f"{URL}/submissions", json=body)
        assert answer.status_code == 202

    @pytest.mark.parametrize(
        "changes", [{"city": "Burbank"}, {"zip": "91501", "city": "Burbank"}, {"city": None}]
    )
    async def test_another_place_is_another_letter(
        self, client: httpx.AsyncClient, services: Services, form: Make, changes: Body
    ) -> None:
        shown = await self.preview(client, form())
        body = form({"approval": shown["approval"]}, **changes)
        problem = await refused(client, body, 409)
        assert problem["code"] == "letter_changed"
        assert await stored(services) == 0
        again = {**body, "approval": problem["approval"]}
        assert problem["letters"][0]["text"] != shown["letters"][0]["text"]
        assert (await client.post(f"{URL}/submissions", json=again)).status_code == 202

    async def test_one_older_than_a_day_is_refused(
        self, client: httpx.AsyncClient, services: Services, form: Make
    ) -> None:
        shown = await self.preview(client, form())
        known = approval.verify(services.keys, shown["approval"])
        assert known is not None
        for age, status in ((timedelta(hours=23, minutes=59), 202), (timedelta(hours=25), 409)):
            at = int((now() - age).timestamp())
            aged = approval.Approval(**{**vars_of(known), "at": at})
            body = form({"approval": approval.sign(services.keys, aged)})
            assert (await client.post(f"{URL}/submissions", json=body)).status_code == status

    @pytest.mark.parametrize("forged", ["", "x", ".", "e30.e30", "é.é", "A" * 8000])
    async def test_a_forged_one_is_refused(
        self, client: httpx.AsyncClient, form: Make, forged: str
    ) -> None:
        problem = await refused(client, form({"approval": forged}), 409)
        assert problem["code"] == "letter_changed"

    async def test_one_of_an_older_version_is_honoured_to_the_byte(
        self, client: httpx.AsyncClient, services: Services, form: Make
    ) -> None:
        """Another node approved a text that this one has never made: it comes from the database."""
        shown = await self.preview(client, form())
        known = approval.verify(services.keys, shown["approval"])
        assert known is not None
        async with transaction(services.engine) as session:
            await session.execute(
                text("""
                    INSERT INTO letter_texts SELECT 'lt1:older', seat, target_id, name, salutation,
                        subject, 'An older statement.', close, cites
                    FROM letter_texts WHERE digest = :digest
                """),
                {"digest": known.letters[0].text},
            )
        first = approval.Shown(known.letters[0].seat, known.letters[0].holder, "lt1:older")
        older = approval.Approval(
            **{**vars_of(known), "bundle": "b1:older", "letters": (first, *known.letters[1:])}
        )
        body = form({"approval": approval.sign(services.keys, older)})
        assert (await client.post(f"{URL}/submissions", json=body)).status_code == 202
        async with transaction(services.engine) as session:
            row = (await session.execute(text("SELECT bundle, letters FROM submissions"))).one()
        assert row.bundle == "b1:older"
        assert row.letters[0]["text"] == "lt1:older"


def vars_of(known: approval.Approval) -> Body:
    return {name: getattr(known, name) for name in known.__dataclass_fields__}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=8,
)
TOP_FIELDS = [
    "supporter",
    "district",
    "demands",
    "story",
    "approval",
    "letters",
    "sign_on",
    "consents",
    "language",
]


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    field=st.sampled_from(TOP_FIELDS),
    part=st.sampled_from(["zip", "email", "city", None]),
    value=JSON,
)
async def test_no_input_makes_it_fail(
    client: httpx.AsyncClient, form: Make, field: str, part: str | None, value: Any
) -> None:
    body = form({field: value}) if part is None else form(**{part: value})
    raw = json.dumps(body).encode("utf-8", "surrogatepass")
    for path in ("submissions", "letters", "targets"):
        answer = await client.post(
            f"{URL}/{path}", content=raw, headers={"content-type": "application/json"}
        )
        assert answer.status_code < 500, (path, field)
        if answer.status_code >= 400:
            problem = answer.json()
            assert problem["code"]
            assert problem["detail"]


async def test_a_body_in_pieces_is_one_form(
    client: httpx.AsyncClient, form: Make, services: Services
) -> None:
    """Sent without a length, as some libraries do: as good as any other."""
    raw = json.dumps(form()).encode()

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(raw), 50):
            yield raw[at : at + 50]

    answer = await client.post(
        f"{URL}/submissions", content=pieces(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 202, answer.text
    assert await stored(services) == 1


async def test_half_a_body_is_no_form() -> None:
    """Its sender has gone; what came is not looked at."""
    messages: Iterator[Message] = iter(
        [
            {"type": "http.request", "body": b'{"supporter"', "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> Message:
        return next(messages)

    with pytest.raises(ClientDisconnect):
        await read_body(receive)
