"""The client of one chamber, over HTTP: against the stand-in, and servers that do as they like."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from api.deliveries.channels.cwc.chambers import HOUSE, Endpoints
from api.deliveries.channels.cwc.client import LARGEST_ANSWER, Answer, CwcClient, End
from tests.clocks import LoopClock
from tests.deliveries.channels.sandboxed import chamber_settings, running

TIMEOUT = 60.0


@asynccontextmanager
async def answering(*parts: bytes, clock: LoopClock | None = None) -> AsyncIterator[CwcClient]:
    """A client of a server that gives these bytes as its answer, and then closes. With a clock,
    a sixth of the client's timeout goes by before each part but the first."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with suppress(OSError):  # it heard enough
            for number, part in enumerate(parts):
                if clock and number:
                    await clock.go_on(TIMEOUT / 6)
                writer.write(part)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = chamber_settings(sandbox_url=url, timeout=TIMEOUT)
    client = CwcClient(Endpoints.of(HOUSE, settings, production=False), settings)
    try:
        yield client
    finally:
        await client.close()
        server.close()


def head(status: int, length: int, *others: str) -> bytes:
    lines = (f"HTTP/1.1 {status} Said", f"Content-Length: {length}", *others)
    return "\r\n".join((*lines, "", "")).encode()


async def test_a_body_that_comes_slowly_does_not_change_the_outcome(loop_clock: LoopClock) -> None:
    """Otherwise an accepted letter would be in doubt, and be sent to the House again."""
    drops = [b"y"] * 60
    async with answering(head(200, 60), *drops, clock=loop_clock) as client:
        answer = await client.post(b"<CWC/>")
    assert (answer.end, answer.status) == (End.ANSWERED, 200)


async def test_a_head_that_comes_slowly_is_a_doubt(loop_clock: LoopClock) -> None:
    letters = [bytes((letter,)) for letter in head(200, 0)]
    async with answering(*letters, clock=loop_clock) as client:
        assert await client.post(b"<CWC/>") == Answer(End.BROKEN)


async def test_a_body_that_is_cut_off_or_too_long_says_what_it_says() -> None:
    async with answering(head(400, 500), b"<Errors><Error>DeliveryAgent Mis") as client:
        assert (await client.post(b"<CWC/>")).texts == ("<Errors><Error>DeliveryAgent Mis",)
    piece = b"x" * 100_000
    async with answering(head(400, 1000 * len(piece)), *[piece] * 1000) as client:
        (text,) = (await client.post(b"<CWC/>")).texts
        assert len(text) == LARGEST_ANSWER


async def test_a_retry_after_that_is_no_number_is_ignored() -> None:
    async with answering(head(429, 0, f"Retry-After: {'9' * 5000}")) as client:
        assert await client.post(b"<CWC/>") == Answer(End.ANSWERED, 429)


@pytest.mark.parametrize(
    ("body", "denied"),
    [
        (b"<Errors><Error>The 'City' element is invalid</Error></Errors>", True),
        (b"<e:Errors xmlns:e='urn:x'><e:Error>No</e:Error></e:Errors>", True),
        (b"<!DOCTYPE html>\n<html lang='en'><title>Request Rejected</title>", True),
        (b"<Errors><Error>cut of", True),
        (b"Validation Passed", False),
        (b"<Result><Errors/></Result>", False),
        (b'{"delivery_id": "0"}', False),
        (b"", False),
    ],
)
async def test_a_success_that_speaks_of_errors(body: bytes, denied: bool) -> None:
    async with answering(head(200, len(body)), body) as client:
        assert (await client.post(b"<CWC/>")).denied is denied


async def test_cancelled_requests_leave_the_connection_pool_in_order(loop_clock: LoopClock) -> None:
    """A request cancelled while it waits for a connection must not keep one forever."""
    async with running() as congress:
        settings = congress.house(timeout=TIMEOUT)
        client = CwcClient(Endpoints.of(HOUSE, settings, production=False), settings)
        congress.play("house", rules=[{"act": "hang"}])

        async def post() -> End:
            return (await client.post(b"<CWC/>")).end

        posts = []
        for _ in range(500):
            posts.append(asyncio.create_task(post()))
            await loop_clock.go_on(TIMEOUT / 120)
        await loop_clock.go_on(TIMEOUT)
        assert set(await asyncio.gather(*posts)) == {End.BROKEN}
        congress.play("house")
        assert await post() is End.ANSWERED
        await client.close()
