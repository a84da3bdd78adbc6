"""Bulk invalidation: previewed, in batches, exact, and exact again after its undo."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.errors import NumberChanged
from api.services import Services
from api.sign_ons import invalidation
from api.sign_ons.invalidation import Criteria
from tests.app_fixtures import Body, Outbox
from tests.sign_ons.many import Name, store_people
from tests.sign_ons.signing import LETTER, URL, confirm, fold, pass_names, person, sign, signers
from tests.sign_ons.sizes import size, tell
from tests.times import Stopwatch

KEPT, FALSE = size(1000, 5000), size(2000, 20_000)


async def take(services: Services, criteria: Criteria, expected: int, limit: int = 500) -> str:
    async with transaction(services.engine) as session:
        made = await invalidation.begin(
            session, services.keys, criteria, expected=expected, actor="test"
        )
    await work(services, made, limit)
    return str(made)


async def work(services: Services, made: UUID, limit: int) -> None:
    """What a worker does."""
    done = 1
    while done:
        async with transaction(services.engine) as session:
            done = await invalidation.step(session, made, limit)


async def undo(services: Services, made: str) -> None:
    async with transaction(services.engine) as session:
        await invalidation.undo(session, UUID(made), actor="test")
    await work(services, UUID(made), 1500)


async def test_thousands_go_and_come_back_exactly(services: Services) -> None:
    async with transaction(services.engine) as session:
        names = [Name(f"A{n}", f"F{n}") for n in range(KEPT + FALSE)]
        await store_people(session, LETTER, names)
        await session.execute(
            text(
                "UPDATE supporters SET person_id = id, state = CASE WHEN id > :half THEN 'TX'"
                " ELSE 'CA' END"
            ),
            {
                "half": await session.scalar(
                    text("SELECT id FROM supporters ORDER BY id OFFSET :kept LIMIT 1"),
                    {"kept": KEPT - 1},
                )
            },
        )
    before = await fold(services)
    criteria = Criteria(LETTER, state="TX")
    with pytest.raises(NumberChanged):
        await take(services, criteria, 1)
    watch = Stopwatch()
    made = await take(services, criteria, FALSE, limit=500)
    taken = watch.wall
    totals = await fold(services)
    assert (totals["persons"], totals["supporters"]) == (KEPT, KEPT)
    watch = Stopwatch()
    await undo(services, made)
    undone = watch.wall
    assert await fold(services) == before
    tell(f"\n{FALSE:,} invalidated in {taken:.1f} s, given back in {undone:.1f} s")
    async with transaction(services.engine) as session:
        audited = await session.execute(text("SELECT action FROM audit ORDER BY seq"))
        assert [row.action for row in audited] == [
            f"invalidation.{word}" for word in ("begin", "done", "undoing", "undone")
        ]


async def test_by_domain_and_hour_and_what_was_shown_goes(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    for email in ("a@false.example", "b@false.example", "c@true.example"):
        await sign(client, person(email=email))
        await confirm(client, outbox)
    await pass_names(services)
    hour = datetime.now(UTC) - timedelta(hours=2)
    async with transaction(services.engine) as session:
        for criteria, count in (
            (Criteria(LETTER, domain="False.example"), 2),
            (Criteria(LETTER, domain="false.example", until=hour), 0),
            (Criteria(LETTER, since=hour), 3),
        ):
            assert await invalidation.preview(session, services.keys, criteria) == count
    made = await take(services, Criteria(LETTER, domain="false.example"), 2)
    assert len(await signers(client)) == 1
    assert (await fold(services))["persons"] == 1
    await undo(services, made)
    assert len(await signers(client)) == 3


async def test_letters_of_the_invalidated_wait_and_do_not_count(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    slug = "release-pows"
    await client.post(f"{URL}/{slug}/submissions", json=form({"sign_on": {"display": "name"}}))
    await confirm(client, outbox)
    made = await take(services, Criteria(slug, state="CA"), 1)
    await outbox.work()
    assert outbox.letters == {}, "they wait"
    async with transaction(services.engine) as session:
        shown = await session.execute(text("SELECT status FROM letters"))
        assert [row.status for row in shown] == ["queued"] * 4
    totals = await fold(services, slug)
    assert {name: n for name, n in totals.items() if n and name != "forms"} == {}
    await undo(services, made)
    await outbox.work()
    assert len(outbox.letters) == 4
    totals = await fold(services, slug)
    assert (totals["supporters"], totals["persons"], totals["letters"]) == (1, 1, 4)


async def test_a_batch_is_as_large_as_its_limit_however_it_is_planned(services: Services) -> None:
    async with transaction(services.engine) as session:
        await store_people(session, LETTER, [Name(f"A{n}", "B") for n in range(50)])
        made = await invalidation.begin(
            session, services.keys, Criteria(LETTER), expected=50, actor="test"
        )
    plans = ("hashjoin", "mergejoin", "hashagg", "material", "sort")
    async with transaction(services.engine) as session:
        for way in plans:
            await session.execute(text(f"SET LOCAL enable_{way} = off"))
        assert await invalidation.step(session, made, 10) == 10
    async with transaction(services.engine) as session:
        assert await invalidation.step(session, made, 10) == 10
