"""One chamber over real HTTP: every end of a request, and nothing secret or personal in a log."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import LogCapture

from api import logs, metrics
from api.database.session import transaction
from api.deliveries.channels.base import Content, Outcome, Outgoing, Pause
from api.deliveries.channels.cwc import channel as cwc_channel
from api.deliveries.channels.cwc import offices
from api.deliveries.channels.cwc.breaker import MOST_DOUBTS, OPEN_FOR
from api.deliveries.channels.cwc.chambers import HOUSE, SENATE, Chamber, CwcMisconfigured, Endpoints
from api.deliveries.channels.cwc.channel import CwcChannel, channel_name
from api.deliveries.channels.cwc.client import CwcClient, End
from api.deliveries.channels.cwc.offices import OfficeLists
from api.deliveries.models import DeliveryStatus as Status
from api.deliveries.routing import make_router
from api.services import now
from api.settings import ChamberSettings, Environment, HouseSettings, Settings
from tests.clocks import LoopClock
from tests.deliveries.channels.cwc.messages import at, by, campaign, content
from tests.deliveries.channels.sandboxed import KEY, Running, chamber_settings, unreached
from tests.tls import make_contexts
from tests.waiting import until

Make = Callable[..., CwcChannel]


@pytest.fixture
async def channel(engine: AsyncEngine, congress: Running) -> AsyncIterator[Make]:
    made: list[CwcClient] = []

    def make(chamber: Chamber = HOUSE, **other: Any) -> CwcChannel:
        own = congress.house if chamber is HOUSE else congress.senate
        settings = own(**{"environment": "production", **other})
        client = CwcClient(Endpoints.of(chamber, settings, production=False), settings)
        made.append(client)
        name = channel_name(chamber, settings)
        offices = OfficeLists(engine, {name: client}, {name: timedelta(hours=12)}, now)
        return CwcChannel(chamber, settings, client, offices)

    yield make
    for client in made:
        await client.close()


def letter_to(channel: CwcChannel, *, attempts: int = 1, doubts: int = 0) -> Outgoing:
    seat = "house:CA-30" if channel.chamber is HOUSE else "senate:CA:1"
    letter = content(seat=seat)
    payload = channel.prepare(letter)
    return Outgoing(
        letter.delivery_id, uuid4(), seat, payload, attempts, doubts, timedelta(minutes=attempts)
    )


async def sent(channel: CwcChannel, outgoing: Outgoing) -> Outcome:
    (outcome,) = await channel.send([outgoing])
    return outcome


@pytest.mark.parametrize("chamber", [HOUSE, SENATE], ids=["house", "senate"])
async def test_a_letter_is_accepted_once_whatever_is_repeated(
    channel: Make, congress: Running, chamber: Chamber
) -> None:
    ours = channel(chamber)
    letter = letter_to(ours)
    assert await sent(ours, letter) == Outcome(Status.ACCEPTED)
    again = replace(letter, attempts=2, doubts=1)
    assert await sent(ours, again) == Outcome(Status.ACCEPTED)
    assert [entry["id"] for entry in congress.taken(chamber.name)] == [letter.id.hex]
    assert await sent(ours, letter) == Outcome(Status.UNCERTAIN, "id_taken", pause=Pause.CHANNEL)


@pytest.mark.parametrize(
    ("rule", "status", "reason", "unknown"),
    [
        ({"act": "status", "status": 429}, Status.RETRYING, "too_many_requests", False),
        ({"act": "status", "status": 500}, Status.RETRYING, "server_error", False),
        ({"act": "status", "status": 503}, Status.RETRYING, "unavailable", False),
        ({"act": "status", "status": 403}, Status.RETRYING, "not_authorized", False),
        ({"act": "status", "status": 404}, Status.FAILED, "refused", False),
        ({"act": "break"}, Status.RETRYING, "connection_broken", True),
        ({"act": "hang"}, Status.RETRYING, "connection_broken", True),
        ({"act": "accept_and_break"}, Status.RETRYING, "connection_broken", True),
        ({"act": "accept_and_hang"}, Status.RETRYING, "connection_broken", True),
        ({"act": "answer", "seconds": 0.2}, Status.ACCEPTED, None, False),
    ],
    ids=lambda value: value["act"] if isinstance(value, dict) else None,
)
async def test_every_end_of_a_request(
    channel: Make,
    congress: Running,
    rule: dict[str, Any],
    status: Status,
    reason: str | None,
    unknown: bool,
    loop_clock: LoopClock,
) -> None:
    ours = channel(SENATE, timeout=60)
    congress.play("senate", objects=True, rules=[{**rule, "times": 1}])
    letter = letter_to(ours)
    answering = asyncio.create_task(sent(ours, letter))
    if rule["act"].endswith("hang"):
        await it_hangs(congress, "senate", loop_clock)
    outcome = await answering
    assert (outcome.status, outcome.reason, outcome.unknown) == (status, reason, unknown)
    if status is Status.RETRYING:
        retried = replace(letter, attempts=2, doubts=1)
        assert (await sent(ours, retried)).status is Status.ACCEPTED
    assert len(congress.taken("senate")) == (status is not Status.FAILED), "once, and never twice"


async def it_hangs(congress: Running, chamber: str, clock: LoopClock) -> None:
    """Return when the first message to it has come and its sender has given up."""
    await until(lambda: any(congress.sandbox.playing[chamber].used.values()))
    await clock.go_on(60)


async def test_retry_after_over_the_wire(channel: Make, congress: Running) -> None:
    ours = channel()
    congress.play("house", rules=[{"act": "status", "status": 429, "retry_after": 90}])
    outcome = await sent(ours, letter_to(ours))
    assert timedelta(seconds=90) <= outcome.delay <= timedelta(seconds=99)


async def test_a_key_an_agent_and_a_type_that_are_refused(channel: Make, congress: Running) -> None:
    ours = channel()
    await ours.offices.refresh("cwc_house")
    congress.play("house", agent="Somebody Else")
    outcome = await sent(ours, letter_to(ours))
    assert (outcome.reason, outcome.pause, outcome.attempted) == (
        "agent_mismatch",
        "channel",
        False,
    )
    congress.play("house", keys=["another"])
    assert (await sent(ours, letter_to(ours))).reason == "not_authorized"


async def test_a_schema_error_of_the_other_side(channel: Make, congress: Running) -> None:
    ours = channel()
    letter = letter_to(ours)
    spoiled = letter.payload.replace(b">Glendale<", b">Oz<")
    assert await sent(ours, replace(letter, payload=spoiled)) == Outcome(
        Status.FAILED, "schema_error:City"
    )


async def test_an_office_that_left_the_list_is_rerouted_and_the_list_fetched(
    channel: Make, congress: Running, engine: AsyncEngine
) -> None:
    ours = channel()
    await ours.offices.refresh("cwc_house")
    ours.offices.tried.clear()
    async with transaction(engine) as session:
        an_hour = "UPDATE office_lists SET fetched_at = now() - interval '1 hour'"
        await session.execute(text(an_hour))
    congress.play("house", offices=["HCA31"])
    outcome = await sent(ours, letter_to(ours))
    assert outcome == Outcome(Status.FAILED, "office_not_listed", reroute=True)
    assert not ours.reaches("house:CA-30"), "fetched anew"


async def test_without_a_list_of_today_nothing_goes_out(channel: Make, congress: Running) -> None:
    congress.play("house", offices=[])
    ours = channel()
    outcome = await sent(ours, letter_to(ours))
    assert (outcome.status, outcome.reason) == (Status.RETRYING, "offices_unknown")
    assert not outcome.attempted
    assert congress.sandbox.requests["house"] == 0


async def test_an_office_that_is_not_listed_is_never_tried(
    channel: Make, congress: Running
) -> None:
    congress.play("house", offices=["HCA31"])
    ours = channel()
    outcome = await sent(ours, letter_to(ours))
    assert outcome == Outcome(Status.FAILED, "office_not_listed", attempted=False, reroute=True)
    doubtful = await sent(ours, letter_to(ours, attempts=2, doubts=1))
    assert (doubtful.status, doubtful.reroute) == (Status.UNCERTAIN, False)
    assert congress.sandbox.requests["house"] == 0


async def test_a_refused_connection(channel: Make) -> None:
    ours = channel(sandbox_url=f"http://127.0.0.1:{closed_port()}")
    answer = await ours.client.post(b"<CWC/>")
    assert answer.end is End.NOT_CONNECTED
    outcome = await sent(ours, letter_to(ours))
    assert outcome.reason == "offices_unknown"


async def test_an_untrusted_certificate(channel: Make, tmp_path: Path) -> None:
    async with tls_server(tmp_path) as port:
        ours = channel(sandbox_url=f"https://127.0.0.1:{port}")
        assert (await ours.client.post(b"<CWC/>")).end is End.TLS


async def test_a_doubt_with_the_house_ends_with_a_person(channel: Make, congress: Running) -> None:
    ours = channel()
    congress.play("house", deduplicates=False, rules=[{"act": "accept_and_break"}])
    letter = letter_to(ours)
    seen = []
    for doubts in range(4):
        once_more = replace(letter, attempts=doubts + 1, doubts=doubts)
        seen.append((await sent(ours, once_more)).status)
    assert seen == [Status.RETRYING, Status.RETRYING, Status.UNCERTAIN, Status.UNCERTAIN]
    assert len(congress.taken("house")) == 3, "the last was not even tried"


async def test_a_test_system_never_accepts(channel: Make, congress: Running) -> None:
    ours = channel(environment="test")
    assert ours.name == "cwc_house_test"
    assert await sent(ours, letter_to(ours)) == Outcome(Status.WRITTEN, "test_system")
    assert len(congress.taken("house")) == 1


async def test_no_key_and_nothing_personal_is_logged(
    channel: Make,
    congress: Running,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    loop_clock: LoopClock,
) -> None:
    for name in ("", *logs.HTTP_LOGGERS):
        caplog.set_level(logging.DEBUG, logger=name)
    written = LogCapture()
    for module in (cwc_channel, offices):
        monkeypatch.setattr(module, "log", structlog.wrap_logger(None, processors=[written]))
    ours = channel(timeout=60)
    for rule in ("answer", "break", "hang", "accept_and_break"):
        congress.play("house", rules=[{"act": rule}])
        answering = asyncio.create_task(sent(ours, letter_to(ours)))
        if rule == "hang":
            await it_hangs(congress, "house", loop_clock)
        await answering
    congress.play("house", keys=["another"])
    ours.offices.tried.clear()
    assert not await ours.offices._refresh("cwc_house", timedelta(days=-1))
    assert ours.hindrance(content(address=at(city="Oz"))) == "not_valid"
    lines = written.entries
    assert [line["event"] for line in lines] == [
        "offices.fetched",
        "offices.not_fetched",
        "cwc.not_valid",
    ]
    captured = str(lines) + caplog.text
    for secret in (KEY, "apikey", "Petrosyan", "ani@", "12 Main", "grandmother", "91204", "Oz"):
        assert secret not in captured, secret
    assert KEY not in repr(ours) + repr(ours.settings)


def test_an_exception_never_names_the_address() -> None:
    with pytest.raises(ValueError, match="City") as raised:
        unreached(HOUSE).prepare(content(address=at(city="Oz")))
    assert "Oz" not in str(raised.value).replace("CWC/", "")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"identity": by(prefix=None)}, "no_prefix"),
        ({"address": at(street=None)}, "not_valid"),
        ({"address": at(state="AE")}, "not_valid"),
        ({"own_words": "", "statement": ""}, "not_valid"),
        ({"own_words": "Hello"}, "not_valid"),
        ({"subject": "Short"}, "not_valid"),
        ({"own_words": "a\x0bb" * 10}, "not_valid"),
        (
            {
                "cause": campaign(
                    sponsor={"name": "Us", "email": "a@example.org", "about": "We act."}
                )
            },
            "not_valid",
        ),
        ({"seat": "president"}, "office_not_listed"),
    ],
    ids=str,
)
def test_what_hinders_a_letter(changed: dict[str, Any], reason: str | None) -> None:
    letter: Content = content(**changed)
    assert unreached(HOUSE).hindrance(letter) == reason


@pytest.mark.parametrize(
    "url",
    [
        "http://cwc.house.gov/v2/message",
        "https://house.gov.example.org/v2/message",
        "https://evilhouse.gov/v2/message",
        "https://cwc.house.gov:8443/v2/message",
        "https://user@cwc.house.gov/v2/message",
        "https://cwc.house.gov/v2/message?apikey=x",
        "https://soapbox.senate.gov/api/production-messages/",
        "https://127.0.0.1/v2/message",
        "https://cwc.house.gov:port/",
        "ftp://cwc.house.gov/",
        "//cwc.house.gov/",
        "",
    ],
)
def test_no_other_host_is_spoken_to(url: str) -> None:
    for name in ("message_url", "offices_url"):
        settings = chamber_settings(sandbox_url=None, **{name: url or " "})
        with pytest.raises(CwcMisconfigured, match=r"house\.gov"):
            Endpoints.of(HOUSE, settings, production=True)


@pytest.mark.parametrize(
    ("chamber", "environment", "message", "offices"),
    [
        (
            HOUSE,
            "test",
            "https://uat-cwc.house.gov/v2/message",
            "https://uat-cwc.house.gov/v2/offices",
        ),
        (
            HOUSE,
            "production",
            "https://cwc.house.gov/v2/message",
            "https://cwc.house.gov/v2/offices",
        ),
        (
            SENATE,
            "test",
            "https://soapbox.senate.gov/api/testing-messages/",
            "https://soapbox.senate.gov/api/active_offices",
        ),
        (
            SENATE,
            "production",
            "https://soapbox.senate.gov/api/production-messages/",
            "https://soapbox.senate.gov/api/active_offices",
        ),
    ],
)
def test_the_addresses_of_each_environment(
    chamber: Chamber, environment: str, message: str, offices: str
) -> None:
    settings = chamber_settings(sandbox_url=None, environment=environment)
    assert Endpoints.of(chamber, settings, production=True) == Endpoints(message, offices)


@pytest.mark.parametrize(
    ("chamber", "environment", "url"),
    [
        (HOUSE, "production", "https://uat-cwc.house.gov/v2/message"),
        (HOUSE, "production", "https://UAT-cwc.house.gov/v3/message"),
        (HOUSE, "test", "https://cwc.house.gov/v2/message"),
        (SENATE, "production", "https://soapbox.senate.gov/api/testing-messages/"),
        (SENATE, "test", "https://soapbox.senate.gov/api/production-messages"),
    ],
)
def test_an_address_of_the_other_environment_is_refused(
    chamber: Chamber, environment: str, url: str
) -> None:
    """Otherwise people would be told of a test letter as accepted, or of a real one as a test."""
    settings = chamber_settings(sandbox_url=None, environment=environment, message_url=url)
    with pytest.raises(CwcMisconfigured, match="_ENVIRONMENT="):
        Endpoints.of(chamber, settings, production=environment == "production")


@pytest.mark.parametrize(
    "url", ["http://192.0.2.7:8110", "https://cwc.house.gov", "file:///x", "x"]
)
def test_a_sandbox_is_on_this_machine(url: str) -> None:
    with pytest.raises(CwcMisconfigured, match="this machine"):
        Endpoints.of(HOUSE, chamber_settings(sandbox_url=url), production=False)


def test_a_sandbox_is_not_for_production(engine: AsyncEngine) -> None:
    settings = Settings(env=Environment.PRODUCTION, cwc_house=house())
    with pytest.raises(CwcMisconfigured, match="development"):
        make_router(settings, engine, now)


def house(**other: Any) -> HouseSettings:
    made: ChamberSettings = chamber_settings(**other)
    assert isinstance(made, HouseSettings)
    return made


@pytest.mark.parametrize(
    "missing", ["agent", "contact_name", "contact_email", "contact_phone", "ack_email", "key"]
)
def test_half_of_the_credentials_are_refused(missing: str) -> None:
    with pytest.raises(ValueError, match=f"UNDERSIGNED_CWC_HOUSE_{missing.upper()}"):
        chamber_settings(**{missing: None})


def test_production_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="KEY"):
        HouseSettings(environment="production")


def test_windows_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(CwcMisconfigured, match=r"HOUSE_WINDOWS.*sun 00:00-06:00"):
        unreached(HOUSE, windows="at night")


def test_a_key_is_not_shown() -> None:
    settings = chamber_settings(key=SecretStr("planted"), proxy=SecretStr("http://planted@p:1"))
    assert "planted" not in f"{settings!r} {settings} {settings.model_dump()}"


async def test_an_outage_closes_it_for_a_while(channel: Make, congress: Running) -> None:
    ours = channel()
    before = rests(ours)
    await sent(ours, letter_to(ours))
    congress.play("house", outage_seconds=60)
    for _ in range(MOST_DOUBTS):
        assert ours.closed_until(now()) is None
        assert (await sent(ours, letter_to(ours))).unknown
    opens = ours.closed_until(now())
    assert opens is not None
    assert timedelta(0) < opens - now() <= OPEN_FOR
    assert rests(ours) == before + 1


def rests(channel: CwcChannel) -> float:
    """As ``/metrics`` reports it."""
    name = f'undersigned_channel_rests_total{{channel="{channel.name}"}} '
    lines = metrics.exposition().decode().splitlines()
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@asynccontextmanager
async def tls_server(folder: Path) -> AsyncIterator[int]:
    """A server whose certificate is not trusted."""

    def ended(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    context, _ = make_contexts(folder)
    server = await asyncio.start_server(ended, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]
