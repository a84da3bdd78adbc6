import asyncio
import json
import logging
import threading
import traceback
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from select import select
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from api.errors import Unavailable
from api.targets.geocoder import Geocoder
from tests.clocks import LoopClock
from tests.targets.http_stand_in import Answer, body, serve
from tests.times import Stopwatch, quick

STREET = "77 Quillfeather Lane"
SHORT = 0.5  # seconds, for those who answer nothing in any time
LAYER = "119th Congressional Districts"


def answer(*geoids: str, layer: str = LAYER) -> bytes:
    """An answer in the service's form, with one match a GEOID."""
    matches: list[dict[str, Any]] = [
        {
            "matchedAddress": "77 QUILLFEATHER LN, ANYTOWN",
            "coordinates": {"x": -71.1, "y": 42.3},
            "addressComponents": {"zip": "02138"},
            "geographies": {"States": [{"GEOID": geoid[:2]}], layer: [{"GEOID": geoid}]},
        }
        for geoid in geoids
    ]
    return json.dumps({"result": {"input": {}, "addressMatches": matches}}).encode()


async def ask(
    respond: Answer, *, states: tuple[str, ...] = ("MA",), seconds: float = 60.0
) -> str | None:
    with serve(respond) as url:
        geocoder = Geocoder(url, timeout=seconds)
        try:
            return await geocoder.locate(STREET, "Anytown", "02138", states=states, congress=119)
        finally:
            await geocoder.close()


@pytest.mark.parametrize(
    ("geoids", "states", "district"),
    [
        (["2507"], ("MA",), "MA-7"),
        (["2507", "2507"], ("MA",), "MA-7"),
        (["5600"], ("WY",), "WY-0"),
        (["1198"], ("DC",), "DC-0"),
        (["7298"], ("PR",), "PR-0"),
        (["2507", "3612"], ("MA",), "MA-7"),
        (["5402"], ("VA", "WV"), "WV-2"),
        ([], ("MA",), None),
        (["2505", "2507"], ("MA",), None),
        (["3612"], ("MA",), None),
        (["25ZZ"], ("MA",), None),
    ],
)
async def test_the_district_of_the_match(
    geoids: list[str], states: tuple[str, ...], district: str | None
) -> None:
    assert await ask(body(answer(*geoids)), states=states) == district


async def test_what_is_asked() -> None:
    seen: list[str] = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.path)
        body(answer("2507"))(handler)

    await ask(respond)
    await ask(respond, states=("MA", "NH"))
    parts = urlsplit(seen[0])
    assert parts.path == "/geocoder/geographies/address"
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    assert query["street"] == STREET
    assert (query["city"], query["state"], query["zip"]) == ("Anytown", "MA", "02138")
    assert (query["benchmark"], query["vintage"]) == ("Public_AR_Current", "Current_Current")
    assert query["format"] == "json"
    assert "state" not in parse_qs(urlsplit(seen[1]).query)


def slow(handler: BaseHTTPRequestHandler) -> None:
    """Answers when the client has hung up."""
    with suppress(OSError):
        handler.connection.recv(1)
        body(answer("2507"))(handler)


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """Each byte comes in time, the whole never does."""
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):  # the client gave up, as it should
        while not select([handler.connection], [], [], SHORT / 10)[0]:
            handler.wfile.write(b" ")
            handler.wfile.flush()


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def redirect(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://127.0.0.1:9/elsewhere")
    handler.end_headers()


BROKEN: dict[str, Answer] = {
    "error": body(b"down for maintenance", 500),
    "not there": body(answer("2507"), 404),
    "too many requests": body(b"", 429),
    "redirect": redirect,
    "slow": slow,
    "dripping": dripping,
    "hang-up": hang_up,
    "cut off": body(answer("2507")[:-20], claimed=4000),
    "empty": body(b""),
    "a page": body(b"<html>Sorry</html>"),
    "no UTF-8": body(b'{"result": "\xff"}'),
    "a number": body(b"7"),
    "no result": body(b"{}"),
    "a message": body(b'{"errors": ["x"], "status": "400"}'),
    "no list": body(b'{"result": {"addressMatches": {}}}'),
    "no geographies": body(b'{"result": {"addressMatches": [{}]}}'),
    "null": body(b'{"result": {"addressMatches": [null]}}'),
    "other Congress": body(answer("2507", layer="120th Congressional Districts")),
    "no such state": body(answer("9907")),
    "no code": body(answer("Massachusetts")),
    "huge": body(b" " * 600_000 + answer("2507")),
}


@pytest.mark.parametrize("respond", BROKEN.values(), ids=BROKEN.keys())
async def test_an_outage_is_said_as_one(respond: Answer) -> None:
    watch, late = Stopwatch(), respond in {slow, dripping}
    with pytest.raises(Unavailable, match="Choose your district yourself"):
        await ask(respond, seconds=SHORT if late else 60.0)
    assert quick(watch.wall, 10)


async def test_a_refused_connection() -> None:
    with serve(body(b"")) as url:
        gone = url
    geocoder = Geocoder(gone)
    with pytest.raises(Unavailable):
        await geocoder.locate(STREET, "", "02138", states=("MA",), congress=119)
    await geocoder.close()


@pytest.mark.parametrize("respond", [BROKEN["error"], BROKEN["hang-up"], BROKEN["null"]])
async def test_the_street_reaches_no_log_and_no_exception(
    respond: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    assert await ask(body(answer("2507"))) == "MA-7"
    with pytest.raises(Unavailable) as caught:
        await ask(respond)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    told = "".join(traceback.format_exception(caught.value))
    assert "Quillfeather" not in caplog.text + told


async def test_other_requests_of_the_same_client_library_stay_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    import httpx

    caplog.set_level(logging.INFO, logger="httpx")
    with serve(body(b"ok")) as url:
        async with httpx.AsyncClient() as client:
            await client.get(url)
    assert "HTTP Request" in caplog.text


async def test_an_endpoint_with_a_path_of_its_own() -> None:
    seen: list[str] = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        seen.append(urlsplit(handler.path).path)
        body(answer("2507"))(handler)

    with serve(respond) as url:
        geocoder = Geocoder(f"{url}/proxy/census")
        await geocoder.locate(STREET, "Anytown", "02138", states=("MA",), congress=119)
        await geocoder.close()
    assert seen == ["/proxy/census"]


async def test_cancelled_requests_leave_the_connection_pool_in_order(loop_clock: LoopClock) -> None:
    """A request cancelled while it waits for a connection must not keep one forever."""
    silent = threading.Event()

    def respond(handler: BaseHTTPRequestHandler) -> None:
        if not silent.is_set():
            silent.wait()
        with suppress(OSError):
            body(answer("2507"))(handler)

    with serve(respond) as url:
        geocoder = Geocoder(url, timeout=60.0)

        async def ask() -> str | None:
            return await geocoder.locate(STREET, "Anytown", "02138", states=("MA",), congress=119)

        asked = []
        for _ in range(500):
            asked.append(asyncio.create_task(ask()))
            await loop_clock.go_on(0.5)
        await loop_clock.go_on(60.0)
        ends = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(end, Unavailable) for end in ends)
        silent.set()
        assert await ask() == "MA-7"
        await geocoder.close()
