"""How many bytes and how much time a client may take, over real connections."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.cli import http
from api.cli.http import MAX_HEAD_BYTES, MAX_HEADERS
from tests.serving import port_of, serving

Ask = Callable[..., Awaitable[bytes]]
GET = b"GET /x HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: a\r\n"


async def _reads(request: Request) -> Response:
    return PlainTextResponse(f"read {len(await request.body())}")


async def _refuses(_: Request) -> Response:
    return PlainTextResponse("no", 413)


def app() -> Starlette:
    both = ["GET", "POST"]
    return Starlette(
        routes=[Route("/x", _reads, methods=both), Route("/no", _refuses, methods=both)]
    )


@pytest.fixture
async def ask() -> AsyncIterator[Ask]:
    """Send pieces over a connection of its own, and give all that comes until it is closed."""
    async with serving(app()) as server:
        port = port_of(server)

        async def send(*pieces: bytes, close: bool = False) -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                if close:
                    writer.write_eof()
                return await reader.read()
            except ConnectionResetError:
                return b""
            finally:
                writer.close()

        yield send


def line(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


CLOSE = b"Connection: close\r\n"


class TestHeaders:
    async def test_what_a_large_proxy_adds_is_taken(self, ask: Ask) -> None:
        headers = b"".join(b"X-%d: %s\r\n" % (n, b"v" * 200) for n in range(90))
        answer = await ask(GET + CLOSE + headers + b"\r\n")
        assert (line(answer), answer.endswith(b"read 0")) == (200, True)

    @pytest.mark.parametrize(
        ("head", "status"),
        [
            (GET + b"X: " + b"v" * MAX_HEAD_BYTES + b"\r\n\r\n", 431),
            (GET + b"".join(b"X: 1\r\n" for _ in range(MAX_HEADERS)) + b"\r\n", 431),
            (GET + b"Cookie: a=b\r\n" * 10_000 + b"\r\n", 431),
            (b"GET /x?" + b"v" * MAX_HEAD_BYTES + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            (GET + b"X: " + b"v" * 10 * MAX_HEAD_BYTES, 431),  # a line without an end
            (b"GET /x?" + b"v" * 10 * MAX_HEAD_BYTES, 414),
        ],
    )
    async def test_more_is_refused_before_it_ends(self, ask: Ask, head: bytes, status: int) -> None:
        answer = await ask(head)
        assert line(answer) == status
        assert b"application/problem+json" in answer

    async def test_a_flood_is_cut_off(self, ask: Ask) -> None:
        """As much as the connection takes: it is closed long before all of it came."""
        answer = await ask(GET, *(b"X-%d: %s\r\n" % (n, b"v" * 60_000) for n in range(1200)))
        assert answer == b"" or line(answer) == 431

    async def test_a_second_request_on_a_connection_counts_anew(self, ask: Ask) -> None:
        headers = b"X: " + b"v" * 20_000 + b"\r\n"
        answer = await ask(GET + headers + b"\r\n", GET + headers + b"\r\n", GET + CLOSE + b"\r\n")
        assert answer.count(b"200 OK") == 3


class TestLengths:
    @pytest.mark.parametrize(
        "length", [b"+5", b"-5", b"5, 6", b"0x5", b"9" * 4300, b"\xc2\xb2", b"5 5", b"5.0"]
    )
    async def test_an_invalid_length(self, ask: Ask, length: bytes) -> None:
        answer = await ask(POST + CLOSE + b"Content-Length: " + length + b"\r\n\r\nhello")
        assert line(answer) == 400

    @pytest.mark.parametrize("first", [b"Content-Length: 6", b"Transfer-Encoding: chunked"])
    async def test_two_lengths(self, ask: Ask, first: bytes) -> None:
        head = POST + CLOSE + first + b"\r\nContent-Length: 5\r\n\r\n"
        assert line(await ask(head + b"5\r\nhello\r\n0\r\n\r\n")) == 400

    async def test_chunk_extensions_are_bounded(self, ask: Ask) -> None:
        chunk = b"1;" + b"x" * 8000 + b"\r\na\r\n"
        answer = await ask(POST + b"Transfer-Encoding: chunked\r\n\r\n", *([chunk] * 2000))
        assert answer == b"" or line(answer) == 413


async def test_an_answer_before_the_whole_body_arrives(ask: Ask) -> None:
    """An app refuses by the announced length; a connection closed then would be reset, and many
    programs would never see why."""
    body = b"x" * 4_000_000
    head = POST.replace(b"/x", b"/no") + CLOSE + b"Content-Length: %d\r\n\r\n" % len(body)
    answer = await ask(head, body)
    assert (line(answer), answer.endswith(b"no")) == (413, True)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /x HTTP/1.1\r\nX: a\x00b\r\n\r\n",
        b"GET /x HTTP/1.1\r\nno colon\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
        b"GET /x HTTP/9.9\r\n\r\n",
    ],
)
async def test_an_invalid_request(ask: Ask, head: bytes) -> None:
    answer = await ask(head, close=True)
    assert line(answer) in {400, 404}


async def test_http_1_0_without_a_host(ask: Ask) -> None:
    assert line(await ask(b"GET /x HTTP/1.0\r\n\r\n")) == 200
    assert line(await ask(b"GET http://b/x HTTP/1.1\r\nHost: a\r\n" + CLOSE + b"\r\n")) == 200


class TestTime:
    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("HEAD_SECONDS", "BODY_SECONDS", "LOOK_SECONDS"):
            monkeypatch.setattr(http, name, 0.05)

    @pytest.mark.parametrize(
        "begun",
        [
            b"",
            b"G",
            GET + b"X-Slow: ",
            POST + b"Content-Length: 5\r\n\r\nhel",
            POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhe",
            GET + b"\r\n" + b"GET /x HTT",
        ],
    )
    async def test_who_does_not_go_on_is_told_and_cut_off(self, ask: Ask, begun: bytes) -> None:
        answer = await ask(begun)
        assert answer.endswith(b'"code":"request_too_slow"}')

    async def test_a_whole_request_has_time_for_its_answer(self) -> None:
        async with serving(app()) as server:
            port = port_of(server)

            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(GET + b"\r\n")
            head = await reader.readuntil(b"read 0")
            assert line(head) == 200
            writer.close()
