"""Hostile requests as bytes, to the real app behind the real protocol: each is refused as what it
is, never as an outage, and nothing of it is stored."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api.database.session import transaction
from api.services import Services
from tests.app_fixtures import CAMPAIGN, Body
from tests.serving import port_of, serving

Ask = Callable[[bytes], Awaitable[tuple[int, bytes]]]

SUBMISSIONS = f"/api/v1/campaigns/{CAMPAIGN}/submissions".encode()
SIGN_ONS = b"/api/v1/campaigns/statement-on-armenia/sign-ons"
PAGE = f"/c/{CAMPAIGN}/send".encode()
JSON = b"Content-Type: application/json\r\n"
URLENCODED = b"Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture
async def ask(app: FastAPI) -> AsyncIterator[Ask]:
    """Send bytes over a connection of their own; status and all of the answer."""
    async with serving(app) as server:
        port = port_of(server)

        async def send(request: bytes) -> tuple[int, bytes]:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(request)
                await writer.drain()
                answer = await asyncio.wait_for(reader.read(), 60)
            finally:
                writer.close()
            return int(answer.split(b" ", 2)[1]), answer

        yield send


def post(path: bytes, body: bytes, headers: bytes = JSON, length: bytes | None = None) -> bytes:
    said = str(len(body)).encode() if length is None else length
    head = b"POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s" % (path, headers)
    return head + b"Content-Length: %s\r\n\r\n" % said + body


def get(target: bytes, headers: bytes = b"") -> bytes:
    return b"GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n" % (target, headers)


async def stored(services: Services) -> int:
    """Rows of forms and of whatever else a form makes."""
    tables = ("supporters", "letters", "sign_ons", "persons", "idempotency_keys", "mail_outbox")
    async with transaction(services.engine) as session:
        listed = await session.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        )
        here = set(listed.scalars())
        assert {"supporters", "sign_ons"} <= here
        counts = [
            await session.execute(text(f"SELECT count(*) FROM {name}"))
            for name in tables
            if name in here
        ]
    return sum(int(count.scalar_one()) for count in counts)


async def refused(ask: Ask, request: bytes, *statuses: int) -> None:
    status, answer = await ask(request)
    assert 400 <= status < 500, (request[:200], answer[:600])
    assert not statuses or status in statuses, (status, request[:200], answer[:600])
    assert b"database" not in answer.lower()


LENGTHS = [b"0" * 4300, b"0" * 4300 + b"5", b"+5", b"-1", b"1e3", b"1_0", b"0x10", b"5,5", b"5 5"]
LENGTHS += ["\u0665".encode(), "\uff15".encode(), b"\xb2", b"", b"9" * 4300, b"1.0", b"NaN"]


@pytest.mark.parametrize("length", LENGTHS)
async def test_an_invalid_content_length(ask: Ask, services: Services, length: bytes) -> None:
    await refused(ask, post(SUBMISSIONS, b"{}   ", length=length), 400, 413)
    await refused(ask, post(PAGE, b"a=b&c", URLENCODED, length=length), 400, 413)
    assert await stored(services) == 0


async def test_two_lengths(ask: Ask, services: Services, form: Callable[..., Body]) -> None:
    body = json.dumps(form()).encode()
    for other in (b"0", b"5", str(len(body) + 1).encode()):
        await refused(ask, post(SUBMISSIONS, body, JSON + b"Content-Length: %s\r\n" % other), 400)
    chunked = post(SUBMISSIONS, body, JSON + b"Transfer-Encoding: chunked\r\n")
    await refused(ask, chunked, 400)
    assert await stored(services) == 0


NUL_IN_THE_HEAD = [
    get(b"/c/a\x00b"),
    get(b"/c/a%00b"),
    get(b"/api/v1/campaigns?lang=\x00"),
    get(b"/api/v1/campaigns?lang=%00"),
    get(b"/api/v1/campaigns?%00=1"),
    get(b"/", b"Accept-Language: e\x00n\r\n"),
    get(b"/", b"X-\x00: 1\r\n"),
    get(b"/", b"Cookie: \x00\r\n"),
    get(b"/", b"X-Forwarded-For: 1.1.1.1\x00\r\n"),
    post(b"/confirm/a%00b", b"", URLENCODED),
    post(b"/api/v1/confirmations?x=%00", b"{}"),
]


@pytest.mark.parametrize("request_", NUL_IN_THE_HEAD)
async def test_a_nul_in_the_head(ask: Ask, request_: bytes) -> None:
    await refused(ask, request_, 400)


def texts(document: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where a document has a text."""
    for name, value in document.items():
        if isinstance(value, dict):
            yield from texts(value, (*path, name))
        elif isinstance(value, str):
            yield (*path, name)


def replaced(document: Any, path: tuple[str, ...], value: str) -> Any:
    if not path:
        return value
    return {**document, path[0]: replaced(document[path[0]], path[1:], value)}


# As they are written in a JSON document, escaped or raw.
IN_TEXT = [
    b"\\u0000",
    b"a\\u0000b",
    b"\x00",
    b"\\ud800",
    b"\\udfff",
    b"\\ud83d\\ud83d",
    b"\xed\xa0\x80",
]
IN_TEXT += [b"\xff", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\\ufffe", b"\\u001b", b"x" * 60_000]


@pytest.mark.parametrize("hostile", IN_TEXT, ids=range(len(IN_TEXT)))
async def test_a_hostile_text_in_each_field_of_a_whole_form(
    ask: Ask, services: Services, form: Callable[..., Body], hostile: bytes
) -> None:
    whole = form({"language": "en", "partner": None}, phone="202-555-0100", street="1 Main St")
    fields = list(texts(whole))
    assert len(fields) > 6
    for field in fields:
        body = json.dumps(replaced(whole, field, "@@")).encode().replace(b"@@", hostile)
        await refused(ask, post(SUBMISSIONS, body), 400, 413, 422)
    assert await stored(services) == 0


NUMBERS = [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 4301, b"-0", b"1.5", b"01", b"0x1"]
DOCUMENTS = [b"[" * 30_000, b'{"a":' * 10_000, b"[" * 500 + b"]" * 500, b"", b" ", b"null", b"{}"]
DOCUMENTS += [
    b'{"a" 1}',
    b"{'a': 1}",
    b'"text"',
    b"[]",
    b"{}{}",
    b"\xef\xbb\xbf{}",
    b"\x1f\x8b\x08",
]
DOCUMENTS += ['{"supporter": {}}'.encode("utf-16"), b'{"supporter": {"email": 1}}', *NUMBERS]


@pytest.mark.parametrize("path", [SUBMISSIONS, SIGN_ONS, b"/api/v1/confirmations"])
async def test_hostile_documents(ask: Ask, services: Services, path: bytes) -> None:
    for document in DOCUMENTS:
        await refused(ask, post(path, document))
    for number in NUMBERS:
        await refused(
            ask, post(path, b'{"supporter": {"zip": %s}, "token": %s}' % (number, number))
        )
    assert await stored(services) == 0


@pytest.mark.parametrize("name", ["district", "language", "edits", "partner", "idempotency"])
async def test_a_hostile_number_beside_a_whole_form(
    ask: Ask, services: Services, form: Callable[..., Body], name: str
) -> None:
    for number in NUMBERS:
        body = json.dumps(form({name: "@@"})).encode().replace(b'"@@"', number)
        await refused(ask, post(SUBMISSIONS, body), 400, 422)
    assert await stored(services) == 0


async def test_the_same_member_twice_is_one_form_at_most(
    ask: Ask, services: Services, form: Callable[..., Body]
) -> None:
    """JSON leaves open which of two counts; one does, and the other is nowhere."""
    whole = json.dumps(form()).encode()
    twice = whole[:-1] + b', "supporter": {"email": "x"}}'
    await refused(ask, post(SUBMISSIONS, twice), 422)
    assert await stored(services) == 0


async def test_more_parameters_than_anybody_has(ask: Ask, services: Services) -> None:
    many = b"&".join(b"p%d=1" % n for n in range(100_000))
    await refused(ask, get(b"/api/v1/campaigns?" + many), 414)
    await refused(ask, get(b"/api/v1/campaigns?" + many[:9000]), 414)
    for body in (b"a=1&" * 100_000, b"&" * 500_000, many[:500_000], b"=" * 500_000):
        await refused(ask, post(PAGE, body, URLENCODED), 400, 413, 422)
    await refused(ask, post(b"/unsubscribe/x", many, URLENCODED), 413)
    assert await stored(services) == 0


INVALID = [b"\xff", b"%FF", b"%ED%A0%80", b"%C0%80", b"%F4%90%80%80", b"%00"]


@pytest.mark.parametrize("value", INVALID)
async def test_invalid_utf_8(ask: Ask, services: Services, value: bytes) -> None:
    for name in (b"zip", b"lang", b"cursor"):
        status, answer = await ask(get(b"/api/v1/campaigns/x?%s=%s" % (name, value)))
        assert 400 <= status < 500, answer[:600]
    whole = b"given_name=%s&family_name=P&email=a@example.org&zip=91204&city=G" % value
    await refused(ask, post(PAGE, whole, URLENCODED))
    multipart = b'--b\r\nContent-Disposition: form-data; name="zip"\r\n\r\n%s\r\n--b--\r\n' % value
    kind = b"Content-Type: multipart/form-data; boundary=b\r\n"
    await refused(ask, post(PAGE, multipart, kind))
    assert await stored(services) == 0


async def test_endless_headers(ask: Ask) -> None:
    """One line of 76 MB, and as many lines."""
    line = b"X: " + b"v" * 1000 + b"\r\n"
    for head in (b"X: " + b"v" * 76_000_000, line * 76_000):
        try:
            status, answer = await ask(b"GET / HTTP/1.1\r\nHost: a\r\n" + head)
        except (ConnectionResetError, BrokenPipeError):
            continue  # cut off while it was still sending
        assert (status, b"headers_too_large" in answer) == (431, True)
