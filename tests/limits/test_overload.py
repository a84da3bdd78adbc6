"""Many readers of expensive answers, on the real server, keep nobody else from being served."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import QueuePool

from api.printing import queue, workshop
from api.services import Services, make_printing
from api.settings import Settings
from api.sign_ons.prints import StatementPrints
from tests.app_fixtures import CAMPAIGN, Body, Outbox
from tests.serving import port_of, serving
from tests.sign_ons.signing import LETTER, URL
from tests.waiting import until

READERS = 64
PATIENT = 120.0
"""Seconds, since tests run on busy machines."""
READER, OTHER = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "198.51.100.2"}
Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def settings(tmp_path: Path, owner_url: str) -> Settings:
    url = SecretStr(owner_url)
    return Settings(state_dir=tmp_path / "var", DATABASE_URL=url, trusted_proxies=("127.0.0.1",))


@pytest.fixture
async def port(app: FastAPI) -> AsyncIterator[int]:
    async with serving(app, force=True) as server:  # some readers never end
        yield port_of(server)


@pytest.fixture
async def reader(port: int) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=READERS)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers=READER, limits=limits, timeout=PATIENT
    ) as made:
        yield made


@pytest.fixture
async def other(port: int) -> AsyncIterator[httpx.AsyncClient]:
    """Another client than the readers."""
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers=OTHER, timeout=PATIENT
    ) as made:
        yield made


@pytest.fixture
async def worker(services: Services) -> AsyncIterator[None]:
    async def work() -> None:
        while True:
            await until(make_printing(services).print_wanted, PATIENT)

    services.statements = StatementPrints(services.engine, PATIENT)
    working = asyncio.create_task(work())
    yield
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


@pytest.fixture
async def own_letter(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Callable[..., Body]
) -> str:
    """The address of a confirmed letter on paper; typst takes a while for its words."""
    body = form({"story": "աբգ" * 300})
    assert (await client.post(f"{URL}/{CAMPAIGN}/submissions", json=body)).status_code == 202
    await outbox.work()
    link = {"token": outbox.tokens("confirm")[-1]}
    made = (await client.post("/api/v1/confirmations", json=link)).json()
    page = made["page_url"].removeprefix(services.settings.public_url)
    return f"{page}/letters/{made['letters'][0]['id']}.pdf"


def narrow(services: Services) -> None:
    """Leave one connection for all requests: one that holds it while it waits blocks everybody."""
    pool = services.engine.pool
    assert isinstance(pool, QueuePool)
    pool._pool.maxsize, pool._max_overflow, pool._timeout = 1, 0, PATIENT


async def go_on(other: httpx.AsyncClient, form: Callable[..., Body]) -> None:
    """Store a form and look up a link for somebody else meanwhile."""
    stored = await other.post(f"{URL}/{CAMPAIGN}/submissions", json=form())
    assert stored.status_code == 202, stored.text
    asked = await other.post("/api/v1/confirmations", json={"token": "no-such-token"})
    assert asked.status_code == 410, asked.text


@pytest.mark.parametrize(
    "path",
    [
        f"{URL}/{LETTER}/statement.pdf",
        f"{URL}/{LETTER}/statement",
        f"{URL}/{LETTER}/sign-ons",
        f"{URL}/{LETTER}/history.csv",
        f"/c/{LETTER}/statement",
        f"/card/{CAMPAIGN}.png?lang=hy",
        "/card/pages/about.png",
        "/records",
        "/readyz",
    ],
)
@pytest.mark.usefixtures("worker")
async def test_readers_of_one_thing_block_nobody(
    reader: httpx.AsyncClient,
    other: httpx.AsyncClient,
    services: Services,
    form: Callable[..., Body],
    path: str,
) -> None:
    narrow(services)
    readers = [asyncio.create_task(reader.get(path)) for _ in range(READERS)]
    await go_on(other, form)
    assert {answer.status_code for answer in await asyncio.gather(*readers)} == {200}


async def test_readers_of_their_letter_block_nobody(
    reader: httpx.AsyncClient,
    other: httpx.AsyncClient,
    services: Services,
    form: Callable[..., Body],
    own_letter: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue, "PATIENCE", PATIENT)
    monkeypatch.setattr(workshop, "LETTER_SECONDS", PATIENT)
    narrow(services)
    readers = [asyncio.create_task(reader.get(own_letter)) for _ in range(READERS)]
    await go_on(other, form)
    answers = await asyncio.gather(*readers)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("path", [f"{URL}/{LETTER}/statement", f"/c/{LETTER}/statement"])
async def test_a_slow_reader_holds_no_connection(
    other: httpx.AsyncClient, services: Services, form: Callable[..., Body], port: int, path: str
) -> None:
    """Nor does somebody who sends slowly: a body that never ends."""
    narrow(services)
    slow = [socket.socket() for _ in range(30)]
    for number, each in enumerate(slow):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        each.setblocking(False)
        await asyncio.get_running_loop().sock_connect(each, ("127.0.0.1", port))
        asks = f"GET {path}" if number % 2 else "POST /api/v1/confirmations"
        body = "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        request = f"{asks} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 192.0.2.1\r\n"
        request += "\r\n" if number % 2 else body
        await asyncio.get_running_loop().sock_sendall(each, request.encode())
    await go_on(other, form)
    for each in slow:
        each.close()
