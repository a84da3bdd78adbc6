"""The PDF of an open letter: made by the worker, once for everybody; nobody holds a connection."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import QueuePool, text

from api.database.session import transaction
from api.printing.child import Job
from api.printing.workshop import Busy
from api.privacy.transient import delete_prints
from api.services import Services, make_printing, now
from api.sign_ons.prints import StatementPrints
from tests.app_fixtures import CAMPAIGN, Body, Outbox
from tests.counts.later import later
from tests.sign_ons.printing import printed
from tests.sign_ons.signing import LETTER, URL, confirm, fold, person, sign

PDF = f"{URL}/{LETTER}/statement.pdf"


def held(services: Services) -> int:
    """Connections that requests hold now."""
    pool = services.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


async def age(services: Services, by: timedelta) -> None:
    async with transaction(services.engine) as session:
        older = text("UPDATE statement_prints SET made_at = made_at - CAST(:by AS interval)")
        await session.execute(older, {"by": by})
    services.statements = StatementPrints(services.engine)  # which remembers nothing


async def test_without_a_worker_it_says_when_to_come_again(
    client: httpx.AsyncClient, services: Services
) -> None:
    services.statements = StatementPrints(services.engine, patience=0)
    answer = await client.get(PDF)
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["retry-after"] == "10"


async def test_sixty_readers_who_wait_stop_no_form(
    client: httpx.AsyncClient, services: Services, form: Callable[..., Body]
) -> None:
    """Each held a connection of fifteen while one was printing: forms were refused."""
    made, begun, go = 0, asyncio.Event(), asyncio.Event()
    workshop = services.workshop.print

    async def slow(job: Job, seconds: float | None = None, client: str | None = None) -> bytes:
        nonlocal made
        made += 1
        begun.set()
        await go.wait()
        return await workshop(job, seconds, client)

    services.workshop.print = slow  # type: ignore[method-assign]
    readers = [asyncio.create_task(client.get(PDF)) for _ in range(60)]
    worker = asyncio.create_task(printed(services, client.get(PDF)))
    await begun.wait()
    path = f"{URL}/{CAMPAIGN}/submissions"
    answers = [await client.post(path, json=form(email=f"p{n}@example.org")) for n in range(5)]
    assert [answer.status_code for answer in answers] == [202] * 5
    assert (await client.get(f"/c/{LETTER}/statement")).status_code == 200
    assert not any(reader.done() for reader in readers)
    go.set()
    answered = [await reader for reader in readers] + [await worker]
    assert {answer.status_code for answer in answered} == {200}
    assert len({answer.headers["etag"] for answer in answered}) == 1
    assert made == 1


async def test_who_has_it_is_sent_nothing(client: httpx.AsyncClient, services: Services) -> None:
    answer = await printed(services, client.get(PDF))
    assert answer.content.startswith(b"%PDF")
    known = {"If-None-Match": answer.headers["etag"]}
    again = await client.get(PDF, headers=known)
    assert (again.status_code, again.content) == (304, b"")


async def test_a_list_that_stayed_is_not_printed_again_and_one_that_grew_is(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    first = await printed(services, client.get(PDF))
    await age(services, timedelta(minutes=2))
    old = await client.get(PDF)
    assert old.headers["etag"] == first.headers["etag"], "the old one, while a new one is made"
    workshop, services.workshop.print = services.workshop.print, None  # type: ignore[assignment,method-assign]
    assert await make_printing(services).print_wanted() == 1, "which needs no printing"
    assert await make_printing(services).print_wanted() == 0
    services.workshop.print = workshop  # type: ignore[method-assign]
    await sign(client, person())
    await confirm(client, outbox)
    await fold(services)
    later(services.counts)
    await age(services, timedelta(minutes=20))
    newer = await printed(services, client.get(PDF))
    assert newer.headers["etag"] != first.headers["etag"]


async def test_one_that_failed_is_left_alone_for_a_while(
    client: httpx.AsyncClient, services: Services
) -> None:
    services.statements = StatementPrints(services.engine, patience=0)
    await client.get(PDF)
    services.workshop.print = None  # type: ignore[assignment,method-assign]
    with pytest.raises(TypeError):
        await make_printing(services).print_wanted()
    assert await make_printing(services).print_wanted() == 0


async def test_old_ones_are_deleted(client: httpx.AsyncClient, services: Services) -> None:
    await printed(services, client.get(PDF))
    async with transaction(services.engine) as session:
        assert await delete_prints(session, now=now(), limit=10) == 0
        later = now() + timedelta(minutes=11)
        assert await delete_prints(session, now=later, limit=10) == 1


async def test_a_letter_is_printed_without_a_connection(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> None:
    await client.post(f"{URL}/{CAMPAIGN}/submissions", json=form())
    await outbox.work()
    link = {"token": outbox.tokens("confirm")[-1]}
    confirmed = (await client.post("/api/v1/confirmations", json=link)).json()
    page = confirmed["page_url"].removeprefix(services.settings.public_url)
    seen: list[int] = []

    async def look(_job: object, *, client: str) -> bytes:
        seen.append(held(services))
        return b"%PDF"

    services.workshop.print = look  # type: ignore[method-assign,assignment]
    answer = await client.get(f"{page}/letters/{confirmed['letters'][0]['id']}.pdf")
    assert answer.status_code == 200, answer.text
    assert seen == [0]


async def test_no_request_needs_two_connections_at_once(
    app: FastAPI, client: httpx.AsyncClient, services: Services
) -> None:
    """Whoever holds one and waits for another can wait for others who do the same."""
    pool = services.engine.pool
    assert isinstance(pool, QueuePool)
    pool._pool.maxsize, pool._max_overflow, pool._timeout = 1, 0, 0.0
    for path in (f"{URL}/{LETTER}/statement", f"/c/{LETTER}/statement", f"/c/{LETTER}"):
        answer = await client.get(path)
        assert answer.status_code == 200, path


async def test_what_was_begun_before_somebody_was_erased_is_not_kept(
    client: httpx.AsyncClient, services: Services
) -> None:
    workshop = services.workshop.print

    async def slow(job: Job, seconds: float | None = None, client: str | None = None) -> bytes:
        async with transaction(services.engine) as session:
            await session.execute(text("DELETE FROM statement_prints"))  # as erasing does
        with pytest.raises(Busy):
            await StatementPrints(services.engine, patience=0).find(LETTER, "en")
        return await workshop(job, seconds, client)

    services.workshop.print = slow  # type: ignore[method-assign]
    services.statements = StatementPrints(services.engine, patience=0)
    assert (await client.get(PDF)).status_code == 503
    assert await make_printing(services).print_wanted() == 1
    async with transaction(services.engine) as session:
        found = text("SELECT pdf, wanted_at IS NOT NULL FROM statement_prints")
        assert (await session.execute(found)).all() == [(None, True)]
