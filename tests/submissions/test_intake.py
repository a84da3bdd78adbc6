"""Group commit under races, bad rows and a database that goes away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, cast
from uuid import UUID

import psycopg
import pytest

from api.database.connection import connect
from api.database.roles import APP_ROLE
from api.errors import IdempotencyConflict, InvalidInput, Unavailable
from api.security.identifiers import new_id
from api.security.keys import KeyMissing
from api.submissions.intake import AcceptedForm, FormRow, IdempotencyClaim, Intake
from api.submissions.intake_sql import CLAIM, SUPPORTER

ROUTE = "POST /somewhere"


def a_form(claim: IdempotencyClaim | None = None, **changes: Any) -> AcceptedForm:
    values: dict[str, Any] = dict(
        supporter_id=new_id(),
        submission_id=new_id(),
        mail_id=new_id(),
        campaign="a-campaign",
        email_hash=b"h" * 32,
        hash_key_id="0" * 16,
        canonical_version=1,
        language="en",
        consents="{}",
        consents_version=1,
        bundle="b1:0",
        demands="[]",
        letters="[]",
        **changes,
    )
    answer = str(values["submission_id"]).encode()
    return AcceptedForm(cast("FormRow", values), answer, claim)


def test_the_statement_has_the_columns_of_a_row() -> None:
    assert set(SUPPORTER) == FormRow.__annotations__.keys()
    assert set(CLAIM) == {*IdempotencyClaim._fields, "answer"}


def a_claim(key: str, body: bytes = b"body") -> IdempotencyClaim:
    return IdempotencyClaim(ROUTE, key.encode().ljust(32, b"."), body)


@pytest.fixture
def connections() -> list[psycopg.AsyncConnection[Any]]:
    return []


@pytest.fixture
async def intake(
    owner_url: str, connections: list[psycopg.AsyncConnection[Any]]
) -> AsyncIterator[Intake]:
    async def remembered() -> psycopg.AsyncConnection[Any]:
        connections.append(await connect(owner_url, APP_ROLE, autocommit=True))
        return connections[-1]

    made = Intake(remembered)
    made.start()
    yield made
    await made.close()


@pytest.fixture
async def look(owner_url: str) -> AsyncIterator[Any]:
    async with await connect(owner_url, autocommit=True) as session:

        async def count(table: str) -> int:
            cursor = await session.execute(f"SELECT count(*) FROM {table}")
            row = await cursor.fetchone()
            assert row is not None
            return int(row[0])

        yield count


def made(form: AcceptedForm) -> Callable[[], AcceptedForm]:
    return lambda: form


async def test_each_form_is_stored_once_with_its_mail(intake: Intake, look: Any) -> None:
    forms = [a_form() for _ in range(350)]
    answers = await asyncio.gather(*(intake.put(made(form)) for form in forms))
    assert answers == [form.answer for form in forms]
    assert [await look(t) for t in ("supporters", "submissions", "mails")] == [350] * 3


async def test_a_thousand_racing_with_one_key_give_one_submission_and_one_answer(
    intake: Intake, owner_url: str, look: Any
) -> None:
    # A second intake stands for another API process.
    other = Intake(partial(connect, owner_url, APP_ROLE, autocommit=True))
    other.start()
    claim = a_claim("one")
    forms = [a_form(claim) for _ in range(1000)]
    answers = await asyncio.gather(
        *((intake, other)[i % 2].put(made(form)) for i, form in enumerate(forms))
    )
    await other.close()
    assert len(set(answers)) == 1
    assert await look("supporters") == 1
    assert await look("mails") == 1
    stored = UUID(answers[0].decode())
    assert stored in {form.submission_id for form in forms}


async def test_the_same_key_with_another_body_is_a_conflict(intake: Intake, look: Any) -> None:
    first = await intake.put(made(a_form(a_claim("k"))))
    with pytest.raises(IdempotencyConflict):
        await intake.put(made(a_form(a_claim("k", b"other"))))
    assert await intake.put(made(a_form(a_claim("k")))) == first
    assert await look("supporters") == 1


async def test_opposite_orders_of_keys_do_not_deadlock(intake: Intake, owner_url: str) -> None:
    others = [Intake(partial(connect, owner_url, APP_ROLE, autocommit=True)) for _ in range(3)]
    for other in others:
        other.start()
    keys = [f"key-{i:03}" for i in range(200)]
    puts = []
    for i, each in enumerate([intake, *others]):
        ordered = keys if i % 2 else list(reversed(keys))
        puts += [each.put(made(a_form(a_claim(key)))) for key in ordered]
    answers = await asyncio.gather(*puts)
    assert len(set(answers)) == 200
    for other in others:
        await other.close()


async def test_one_bad_row_harms_no_other(intake: Intake, look: Any) -> None:
    forms = [a_form() for _ in range(20)]
    bad = a_form(state="\x00")
    results = await asyncio.gather(
        *(intake.put(made(form)) for form in [*forms[:10], bad, *forms[10:]]),
        return_exceptions=True,
    )
    assert isinstance(results[10], InvalidInput)
    assert [r for i, r in enumerate(results) if i != 10] == [form.answer for form in forms]
    assert await look("supporters") == 20


async def test_a_form_that_cannot_be_finished_harms_no_other(intake: Intake, look: Any) -> None:
    def broken() -> AcceptedForm:
        raise KeyMissing("There is no key.")

    results = await asyncio.gather(
        intake.put(a_form), intake.put(broken), intake.put(a_form), return_exceptions=True
    )
    assert isinstance(results[1], KeyMissing)
    assert [type(result) for result in (results[0], results[2])] == [bytes, bytes]
    assert await look("supporters") == 2


async def test_a_connection_that_breaks_loses_nothing_and_doubles_nothing(
    intake: Intake,
    connections: list[psycopg.AsyncConnection[Any]],
    owner_url: str,
    look: Any,
) -> None:
    async with await connect(owner_url, autocommit=True) as killer:
        acknowledged = 0
        for turns in range(12):
            puts = [asyncio.create_task(intake.put(a_form)) for _ in range(40)]
            for _ in range(turns):  # so far the batches came
                await asyncio.sleep(0)
            for connection in connections:
                if not connection.closed:
                    await killer.execute(
                        "SELECT pg_terminate_backend(%s)", [connection.info.backend_pid]
                    )
            acknowledged += len(await asyncio.gather(*puts))
    assert await look("supporters") == acknowledged == 480
    assert await look("mails") == 480


async def test_a_database_that_stays_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused() -> psycopg.AsyncConnection[Any]:
        raise psycopg.OperationalError

    monkeypatch.setattr("api.submissions.intake.PATIENCE", 0.3)
    intake = Intake(refused)
    intake.start()
    with pytest.raises(Unavailable):
        await intake.put(a_form)
    await intake.close()
    with pytest.raises(Unavailable):
        await intake.put(a_form)
