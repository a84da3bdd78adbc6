"""Ten thousand names: pages at any depth, paper, and counts that add up."""

import asyncio
import random
import re
import statistics
from typing import Any

import httpx
import psycopg
from sqlalchemy import text
from sqlalchemy.sql.compiler import SQLCompiler
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql._expression_select_cls import SelectBase

from api.database.connection import connect_kwargs
from api.database.session import session_scope, transaction
from api.services import Services
from api.sign_ons import listing, own
from api.sign_ons.models import Display
from api.sign_ons.names import person_key
from api.sign_ons.review import Reviewing
from api.submissions.stored import load_form
from tests.app_fixtures import Outbox
from tests.sign_ons.many import Name, store_organizations, store_people
from tests.sign_ons.printing import printed
from tests.sign_ons.signing import LETTER, URL, fold, person, sign
from tests.sign_ons.sizes import size, tell
from tests.times import Stopwatch, quick

PEOPLE = size(2000, 10_000)
NEXT = re.compile(r"after=([\w-]+)\" rel=\"next\"")


async def test_a_list_of_thousands_is_quick_at_any_depth_and_on_paper(
    client: httpx.AsyncClient, services: Services
) -> None:
    names = [Name(f"Given{number}", f"Family{number % 977}") for number in range(PEOPLE)]
    async with transaction(services.engine) as session:
        await store_people(session, LETTER, names)
        await store_organizations(session, LETTER, [f"Society No. {n}" for n in range(200)])
    await fold(services)
    # Processor time of the whole answer, the client's reading of it included; the best of three.
    after: str | None = ""
    pages: list[float] = []
    seen = 0
    while after is not None:
        url = f"/c/{LETTER}/statement{after}"
        took = []
        for _ in range(3):
            watch = Stopwatch()
            page = (await client.get(url)).text
            took.append(watch.processor)
        pages.append(min(took))
        seen += page.count('<li><bdi lang="">')
        found = NEXT.search(page)
        after = f"?lang=en&after={found[1]}" if found else None
    watch = Stopwatch()
    paper = (await printed(services, client.get(f"{URL}/{LETTER}/statement.pdf"))).content
    # Setting it takes a process of its own: this one only composes it.
    print_cpu, print_wall = watch.processor, watch.wall
    tell(f"\n{len(pages)} pages: {min(pages) * 1000:.1f} to {max(pages) * 1000:.1f} ms each")
    tell(f"PDF of {PEOPLE:,} and 200: {print_cpu:.2f} s of processor, {print_wall:.2f} s")
    assert seen == PEOPLE
    assert quick(statistics.median(pages), 0.05)
    assert quick(pages[-1], 0.05)
    assert paper.startswith(b"%PDF")
    assert quick(print_cpu, 3)


async def test_no_depth_of_paging_reads_more(services: Services, owner_url: str) -> None:
    """Each page of the JSON list and of the names is read from its index, from where it begins."""
    async with transaction(services.engine) as session:
        await store_people(session, LETTER, [Name(f"A{n}", f"F{n % 97}") for n in range(3000)])
    await fold(services)
    with psycopg.connect(**connect_kwargs(owner_url)) as owner:  # as autovacuum does in time
        owner.execute("ANALYZE sign_ons, persons")
    async with transaction(services.engine) as session:
        for query, bounds in (
            (listing.NEWEST, {"sequence": 1500, "limit": 50}),
            (listing.BY_NAME, {"sort_key": person_key("A5", "F50"), "sequence": 9, "limit": 50}),
        ):
            plan = await plan_of(session, query, {"campaign": LETTER, **bounds})
            assert 100 <= rows_read(plan) < 200, plan


async def plan_of(
    session: AsyncSession, query: SelectBase[Any], values: dict[str, Any]
) -> dict[str, Any]:
    """PostgreSQL's plan of a query, with what it counted while it ran."""
    connection = await session.connection()
    compiled = query.compile(dialect=connection.dialect)
    assert isinstance(compiled, SQLCompiler)
    made = compiled.construct_expanded_state(values)
    explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {made.statement}"
    found = (await connection.exec_driver_sql(explain, made.parameters)).scalar_one()
    plan: dict[str, Any] = found[0]["Plan"]
    return plan


def rows_read(plan: dict[str, Any]) -> int:
    """How many rows of signatures and persons a plan fetched, those that it threw away included."""
    own = 0
    if plan.get("Relation Name") in {"sign_ons", "persons"}:
        each = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        own = each * plan["Actual Loops"]
    return int(own) + sum(rows_read(part) for part in plan.get("Plans", []))


async def test_counts_equal_a_recount_after_a_race_of_everything(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    """Sign, confirm, change, withdraw, sign again, from many clients at once."""
    for number in range(24):
        await sign(client, person(email=f"p{number % 16}@example.org", given_name=f"N{number}"))
    await outbox.work()
    tokens = outbox.tokens("confirm")
    chosen = random.Random(7)
    seen: list[int] = []

    async def act(token: str) -> None:
        answer = await client.post("/api/v1/confirmations", json={"token": token})
        if answer.status_code != 200:
            return
        async with session_scope(services.engine) as session:
            found = await session.scalar(
                text(
                    "SELECT id FROM supporters WHERE status = 'confirmed' ORDER BY random() LIMIT 1"
                )
            )
            form = await load_form(session, found, services.vault)
            if chosen.random() < 0.5:
                await own.withdraw(session, form, services.vault)
            else:
                await own.change_display(
                    session, form, Display.INITIALS, services.vault, Reviewing()
                )
        seen.append((await fold(services)).get("persons", 0))

    await asyncio.gather(*(act(token) for token in tokens for _ in range(2)))
    totals = await fold(services)
    async with transaction(services.engine) as session:
        persons = await session.scalar(
            text("SELECT count(*) FROM sign_ons WHERE status = 'confirmed'")
        )
        supporters = await session.scalar(text("SELECT count(*) FROM persons"))
    assert (totals["persons"], totals["supporters"]) == (persons, supporters)
    assert min(seen) >= 0
