"""Token buckets over several processes, and the routes that take from them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event, text

from api.database.connection import connect
from api.database.session import transaction
from api.limits import keeper
from api.limits.buckets import BUCKETS, FREE, LEASE_SECONDS, LIMITED, ORGANIZERS, Bucket
from api.limits.keeper import Limits, Taken
from api.limits.limiter import shares
from api.privacy.transient import delete_full
from api.services import Services, now
from tests.app_fixtures import CAMPAIGN, Body, transport_to
from tests.clocks import Clock
from tests.locks import waiting_for_locks
from tests.pages.browserless import Page
from tests.times import Stopwatch
from tests.waiting import PATIENCE

TEN = Bucket("ten", 10, 1, "a test")
WIDE = Bucket("wide", 500, 1, "a test")  # without an allowance
RACED = Bucket("raced", 500, 60, "a test")
FORMS = f"/api/v1/campaigns/{CAMPAIGN}/submissions"


@pytest.fixture
def clock() -> Clock:
    """The seconds of ``limits``."""
    return Clock()


@pytest.fixture
async def limits(database_url: str, clock: Clock) -> AsyncIterator[Limits]:
    made = Limits(partial(connect, database_url, None, autocommit=True), clock)
    yield made
    await made.close()


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Limits]:
    """Another process's."""
    made = Limits(partial(connect, database_url, None, autocommit=True))
    yield made
    await made.close()


def routes_of(routes: Any, prefix: str = "") -> Iterator[str]:
    for route in routes:
        if hasattr(route, "original_router"):
            inner = getattr(route.include_context, "prefix", "") or ""
            yield from routes_of(route.original_router.routes, prefix + inner)
        else:
            for method in set(route.methods or ()) - {"HEAD"}:
                yield f"{method} {prefix}{route.path}"


async def tokens(limits: Limits, bucket: Bucket, key: bytes, count: int) -> int:
    taken = await asyncio.gather(*(limits.take(bucket, key) for _ in range(count)))
    return sum(each is not None and each.granted for each in taken)


def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buckets that one lease takes whole, and that hardly fill."""
    monkeypatch.setattr(Bucket, "quantum", property(lambda bucket: bucket.capacity))
    monkeypatch.setattr(Bucket, "per_second", property(lambda _: 0.01))


async def flood(client: httpx.AsyncClient, path: str, count: int = 1010) -> None:
    await asyncio.gather(*(client.post(path, json={}) for _ in range(count)))


def test_every_route_takes_from_a_bucket_or_says_why_not(app: FastAPI) -> None:
    found = {route for route in routes_of(app.routes) if ORGANIZERS not in route}
    assert found - LIMITED.keys() - FREE.keys() == set(), "name its bucket, or why it needs none"
    assert (LIMITED.keys() | FREE.keys()) - found == set(), "there is no such route"
    assert LIMITED.keys() & FREE.keys() == set()
    assert set(LIMITED.values()) | {"organizers"} == set(BUCKETS)


def test_the_numbers_are_in_the_documents() -> None:
    documented = Path("docs/api.md").read_text()
    for each in BUCKETS.values():
        row = f"| `{each.name}` | {each.capacity} | {each.per_minute} | {each.what} |"
        assert row in documented


async def test_two_processes_never_give_out_more_than_there_was(
    limits: Limits, other: Limits
) -> None:
    watch = Stopwatch()
    given = await asyncio.gather(
        *(tokens(each, RACED, b"one", 1000) for each in (limits, other) for _ in range(2))
    )
    refilled = RACED.per_second * watch.wall
    assert sum(given) <= RACED.capacity + refilled + 1
    assert sum(given) >= RACED.capacity * 0.9


async def test_whoever_comes_a_few_times_costs_no_statement(limits: Limits, owner_url: str) -> None:
    for key in (b"one", b"two", b"three"):
        assert await tokens(limits, RACED, key, RACED.allowance) == RACED.allowance
    async with await connect(owner_url, None, autocommit=True) as session:
        rows = await session.execute("SELECT tokens FROM limits")
        assert await rows.fetchall() == []
        taken = await limits.take(RACED, b"one")
        assert taken is not None
        rows = await session.execute("SELECT tokens FROM limits")
        assert await rows.fetchall() == [(RACED.capacity - RACED.allowance - 1.0,)]
        assert taken.left == RACED.capacity - RACED.allowance - 1


async def test_an_empty_bucket_has_no_allowance(limits: Limits, clock: Clock) -> None:
    await tokens(limits, RACED, b"one", 2 * RACED.capacity)
    assert await tokens(limits, RACED, b"one", 50) == 0, "it is believed to be empty"
    for _ in range(3):
        clock.go_on(keeper.EMPTY_SECONDS)  # for so long it is believed
        assert await tokens(limits, RACED, b"one", 50) <= RACED.allowance


def test_four_processes_allow_no_more_than_what_refills() -> None:
    for bucket in BUCKETS.values():
        assert 0 < bucket.allowance < bucket.quantum
        assert 4 * bucket.allowance <= bucket.per_second * LEASE_SECONDS


async def test_a_bucket_fills_again_and_a_full_one_is_deleted(
    limits: Limits, other: Limits, services: Services
) -> None:
    assert await tokens(limits, TEN, b"one", 20) == 10
    refused = await limits.take(TEN, b"one")
    assert refused
    assert 30 < refused.wait <= 61
    assert await tokens(limits, TEN, b"other", 1) == 1
    async with transaction(services.engine) as session:
        assert await delete_full(session, now=now(), limit=9) == 0
        await session.execute(text("UPDATE limits SET at = at - interval '150 seconds'"))
    assert await tokens(other, TEN, b"one", 20) == 2
    async with transaction(services.engine) as session:
        # A clock that was set back gives nothing, and takes nothing.
        await session.execute(text("UPDATE limits SET at = at + interval '1 hour'"))
    assert await tokens(limits, TEN, b"one", 5) == 0
    async with transaction(services.engine) as session:
        later = now() + timedelta(hours=3)
        assert await delete_full(session, now=later, limit=9) == 2


async def test_without_its_table_nobody_is_stopped(
    limits: Limits, services: Services, owner_url: str
) -> None:
    session = await connect(owner_url, None, autocommit=True)
    await session.execute("ALTER TABLE limits RENAME TO away")
    try:
        assert await limits.take(TEN, b"one") is None
    finally:
        await session.execute("ALTER TABLE away RENAME TO limits")
        await session.close()


async def test_a_table_that_is_locked_stops_nobody_for_long(
    limits: Limits, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow table is treated as absent: everybody is let through until the limits work again."""
    monkeypatch.setattr(keeper, "PATIENCE", 0.2)
    monkeypatch.setattr(keeper, "REST_SECONDS", 0.0)
    session = await connect(owner_url, None)
    await session.execute("LOCK TABLE limits IN ACCESS EXCLUSIVE MODE")
    assert await limits.take(TEN, b"one") is None
    await session.rollback()
    await session.close()
    monkeypatch.setattr(keeper, "PATIENCE", PATIENCE)
    taken = await limits.take(TEN, b"one")
    assert taken is not None
    assert taken.granted


async def test_after_a_failure_everybody_is_let_through_for_a_while(
    limits: Limits, clock: Clock, owner_url: str
) -> None:
    assert await tokens(limits, TEN, b"one", 3) == 3
    broken = limits._connection
    assert broken is not None
    async with await connect(owner_url, None, autocommit=True) as owner:
        await owner.execute("ALTER TABLE limits RENAME TO away")
        try:
            assert await limits.take(TEN, b"two") is None
        finally:
            await owner.execute("ALTER TABLE away RENAME TO limits")
    assert broken.closed
    clock.go_on(keeper.REST_SECONDS - 1)
    assert await limits.take(TEN, b"two") is None
    clock.go_on(1)
    assert await limits.take(TEN, b"two") == Taken(True, 9, 0, TEN)


async def test_tokens_are_leased_for_a_while_and_without_waiting_for_the_disk(
    limits: Limits, clock: Clock
) -> None:
    for _ in range(2):  # the second lease is twice as large
        await limits.take(WIDE, b"one")
    first = limits._leases[b"one"]
    assert first.tokens > 0
    clock.go_on(LEASE_SECONDS)
    await limits.take(WIDE, b"one")
    assert limits._leases[b"one"] is not first, "what it had left is lost"
    assert limits._connection is not None
    shown = await limits._connection.execute("SHOW synchronous_commit")
    assert await shown.fetchone() == ("off",)


async def test_what_is_left_is_told_to_the_token_though_two_leases_arrive(limits: Limits) -> None:
    """The second is asked for before the first is there, and adds to what the first has left."""
    assert await limits.take(WIDE, b"one") == Taken(True, 499, 0, WIDE)
    first = asyncio.create_task(limits.take(WIDE, b"one"))
    for _ in range(2):  # it joins a batch, and the batch is sent
        await asyncio.sleep(0)
    second = asyncio.create_task(limits.take(WIDE, b"one"))
    assert await first == Taken(True, 498, 0, WIDE)
    assert await second == Taken(True, 497, 0, WIDE)
    assert await tokens(limits, WIDE, b"one", 497) == 497
    refused = await limits.take(WIDE, b"one")
    assert refused is not None
    assert not refused.granted


async def test_whoever_is_refused_is_told_when_the_next_token_is_there(
    limits: Limits, services: Services
) -> None:
    assert await tokens(limits, TEN, b"one", 10) == 10
    async with transaction(services.engine) as session:
        full = "SET tokens = 0.25, at = clock_timestamp()"
        await session.execute(text(f"UPDATE limits {full}"))
    refused = await limits.take(TEN, b"one")
    assert refused is not None
    assert (refused.granted, refused.left) == (False, 0)
    assert 40 < refused.wait <= 45, "three quarters of a minute"


async def test_who_waits_for_a_token_gets_it_before_a_process_ends(
    limits: Limits, owner_url: str
) -> None:
    session = await connect(owner_url, None)
    await session.execute("LOCK TABLE limits IN ACCESS EXCLUSIVE MODE")
    waiting = asyncio.create_task(limits.take(TEN, b"one"))
    await waiting_for_locks(owner_url)
    closing = asyncio.create_task(limits.close())
    await asyncio.sleep(0)
    await session.rollback()
    await session.close()
    await closing
    assert await waiting == Taken(True, 9, 0, TEN)


def test_requests_of_one_client_want_at_least_a_token_each() -> None:
    batch = keeper._Batch()
    for size in (3, 1, 1):
        batch.want(RACED, b"one", size)
    assert batch.wanted == {b"one": (RACED, 5)}


async def test_only_leases_that_have_ended_are_forgotten_where_that_is_enough(
    limits: Limits, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "MOST_LEASES", 4)
    for key in (b"1", b"2", b"3"):
        await limits.take(RACED, key)
    clock.go_on(LEASE_SECONDS)
    for key in (b"4", b"5"):
        await limits.take(RACED, key)
    assert set(limits._leases) == {b"4", b"5"}


@pytest.mark.parametrize("bucket", [TEN, RACED])
async def test_a_million_addresses_take_no_more_memory_than_some(
    bucket: Bucket, limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "MOST_LEASES", 100)
    for first in range(0, 2000, 50):
        keys = [str(number).encode() for number in range(first, first + 50)]
        taken = await asyncio.gather(*(limits.take(bucket, key) for key in keys))
        assert all(each and each.granted for each in taken)
        assert len(limits._leases) <= 100


def test_a_congregation_writes_from_one_address() -> None:
    """Two hundred people in two minutes, each with more than they need."""
    each = {
        "forms": 3, "previews": 12, "look-ups": 2, "mails": 2, "links": 16, "prints": 5,
        "pictures": 5, "lists": 12,
    }  # fmt: skip
    assert each.keys() | {"organizers"} == BUCKETS.keys()
    for name, requests in each.items():
        bucket = BUCKETS[name]
        assert 200 * requests <= bucket.capacity + 2 * bucket.per_minute, name


async def test_routes_without_a_limit_need_no_connection(
    client: httpx.AsyncClient, services: Services
) -> None:
    """But for counts, which are read for everybody at once."""
    held: list[object] = []
    pool = services.engine.sync_engine.pool
    event.listen(pool, "checkout", lambda *_: held.append(1))
    places = {"{slug}": CAMPAIGN, "{submission_id}": str(UUID(int=1)), "{name}": "site.css"}
    for route in FREE:
        method, path = route.split(" ")
        for place, value in places.items():
            path = path.replace(place, value)
        if method == "GET" and path not in {"/readyz", "/metrics"}:
            await client.get(path)
            assert held == [], route


async def test_a_form_over_the_limit_is_told_when_to_come_again(
    client: httpx.AsyncClient,
    form: Callable[..., Body],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = await client.post(FORMS, json=form())
    assert answer.status_code == 202
    assert answer.headers["ratelimit-policy"] == '"forms";q=1000;w=500'
    assert answer.headers["ratelimit"] == '"forms";r=999;t=1'
    empty(monkeypatch)
    await flood(client, FORMS)
    refused = await client.post(FORMS, json=form())
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["ratelimit"].startswith('"forms";r=0;t=')
    assert (await client.get(f"/c/{CAMPAIGN}")).status_code == 200


async def test_a_refused_page_keeps_what_was_typed(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty(monkeypatch)
    await flood(client, FORMS)
    typed = {"lang": "es", "own_words:house:CA-30": 'Una <línea> "así"\r\ny otra', "do": "send"}
    answer = await client.post(f"/c/{CAMPAIGN}/send?lang=es", data=typed)
    assert answer.status_code == 429
    assert answer.headers["retry-after"]
    assert answer.headers["content-language"] == "es"
    assert answer.headers["cache-control"] == "no-store"
    page = Page(answer)
    assert "nada de lo que escribió" in page.words
    assert dict(page.form.fields) == {k: v.replace("\r\n", "\n") for k, v in typed.items()}
    assert page.form.action == f"/c/{CAMPAIGN}/send?lang=es"


def test_a_network_of_48_bits_shares_a_larger_bucket() -> None:
    assert shares("192.0.2.1") == ((False, "192.0.2.1"),)
    assert shares(None) == ((True, ""),)
    one, two = shares("2001:db8:1:2::/64"), shares("2001:db8:1:3::/64")
    assert one[1] == two[1] == (True, "2001:db8:1::/48")
    assert one[0] != two[0]


async def test_a_client_of_two_buckets_is_told_of_the_one_with_less(app: FastAPI) -> None:
    ipv6 = transport_to(app, client=("2001:db8:1:2::1", 1))
    async with httpx.AsyncClient(transport=ipv6, base_url="http://127.0.0.1") as client:
        answer = await client.get(f"/api/v1/campaigns/{CAMPAIGN}/targets?zip=91204")
    assert answer.headers["ratelimit-policy"] == '"previews";q=2000;w=200'
    assert answer.headers["ratelimit"] == '"previews";r=1999;t=1'


async def test_clients_whom_nobody_can_tell_apart_are_told_of_their_shared_bucket(
    client: httpx.AsyncClient,
) -> None:
    address = f"/api/v1/campaigns/{CAMPAIGN}/targets?zip=91204"
    answer = await client.get(address, headers={"X-Forwarded-For": "192.0.2.1"})
    assert answer.headers["ratelimit-policy"] == '"previews shared";q=32000;w=200'
    assert answer.headers["ratelimit"] == '"previews shared";r=31999;t=1'
