"""Office codes of every seat, and the lists that all processes share."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.session import transaction
from api.deliveries.channels.cwc.chambers import HOUSE, SENATE, Endpoints
from api.deliveries.channels.cwc.client import CwcClient, NoOffices
from api.deliveries.channels.cwc.offices import OfficeLists, code_of, read_codes
from api.services import Published, now
from api.targets.days import eastern_today
from tests.deliveries.channels.sandboxed import Running

TWELVE = timedelta(hours=12)


@pytest.mark.parametrize(
    ("seat", "code"),
    [
        ("house:CA-30", "HCA30"),
        ("house:CA-3", "HCA03"),
        ("house:WY-0", "HWY00"),
        ("house:DC-0", "HDC00"),
        ("house:PR-0", "HPR00"),
        ("house:GU-0", "HGU00"),
        ("house:AS-0", "HAQ00"),
        ("senate:MA:1", "SMA01"),
        ("senate:TX:2", "STX02"),
        ("senate:AK:3", "SAK03"),
        ("president", None),
        ("secretary-of-state", None),
        ("house:CA", None),
        ("senate:CA:4", None),
    ],
)
def test_codes_of_seats(seat: str, code: str | None) -> None:
    assert code_of(seat) == code


def test_every_seat_of_congress_has_a_code_of_its_own(published: Published) -> None:
    seats = [target.seat for target in published.directory.seats(eastern_today())]
    codes = [code_of(seat) for seat in seats]
    assert None not in codes
    assert len(set(codes)) == len(codes) > 500
    assert sum(str(code).startswith("S") for code in codes) <= 100


def test_both_shapes_of_a_list() -> None:
    strings = orjson.dumps(["HCA30", "HAQ00"])
    entry = {"name": "Alex Padilla [bioguide_id: P000145]", "office_code": "SCA03"}
    assert read_codes(strings) == {"HCA30", "HAQ00"}
    assert read_codes(orjson.dumps([entry])) == {"SCA03"}


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b"", b"<html/>", b"[1]", b'["nonsense"]', b'[{"name": "x"}]', b"null", b"5"],
)
def test_a_list_that_is_empty_or_broken_is_an_error(body: bytes) -> None:
    with pytest.raises(NoOffices):
        read_codes(body)


@pytest.fixture
async def lists(
    engine: AsyncEngine, congress: Running
) -> AsyncIterator[Callable[..., OfficeLists]]:
    """Makes the lists of one process each, over one database."""
    made: list[OfficeLists] = []

    def make(clock: Callable[[], datetime] = now) -> OfficeLists:
        clients = {}
        for chamber, settings in ((HOUSE, congress.house()), (SENATE, congress.senate())):
            endpoints = Endpoints.of(chamber, settings, production=False)
            clients[f"cwc_{chamber.name}"] = CwcClient(endpoints, settings)
        lifetimes = dict.fromkeys(clients, TWELVE)
        made.append(OfficeLists(engine, clients, lifetimes, clock))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def test_a_list_is_fetched_once_and_shared(
    lists: Callable[..., OfficeLists], congress: Running
) -> None:
    congress.play("house", offices=["HCA30"])
    congress.play("senate", offices=["SCA03"], objects=True)
    worker, web = lists(), lists()
    assert worker.reaches("cwc_house", "house:CA-30") is None, "nobody knows yet"
    assert await worker.refresh_due() == 2
    assert await worker.refresh_due() == 0
    assert worker.reaches("cwc_house", "house:CA-30")
    assert worker.reaches("cwc_house", "house:CA-31") is False
    assert worker.reaches("cwc_senate", "senate:CA:3")
    assert worker.reaches("cwc_senate", "senate:CA:1") is False
    await web.start()
    assert web.known == worker.known


async def test_the_lists_of_an_hour_ago_do_and_those_of_yesterday_do_not(
    lists: Callable[..., OfficeLists], congress: Running
) -> None:
    past = {"hours": 0.0}
    ours = lists(lambda: now() + timedelta(hours=past["hours"]))
    await ours.refresh_due()
    for hours, fresh in ((5.9, True), (11.9, True), (12.1, False)):
        past["hours"] = hours
        assert ours.is_fresh("cwc_house") is fresh
    assert ours.reaches("cwc_house", "house:CA-30") is None
    congress.play("house", keys=["another"])
    assert not await ours.refresh("cwc_house")
    assert ours.reaches("cwc_house", "house:CA-30") is None, "no list of today"


async def test_a_list_that_fails_is_not_asked_for_again_at_once(
    lists: Callable[..., OfficeLists], congress: Running
) -> None:
    ours = lists()
    congress.play("house", offices=[])
    assert not await ours.refresh("cwc_house")
    congress.play("house", offices=["HCA30"])
    assert not await ours.refresh("cwc_house"), "within the minute"
    assert await ours.refresh("cwc_house", least=timedelta(0))


async def test_a_list_that_is_empty_replaces_none(
    lists: Callable[..., OfficeLists], congress: Running, engine: AsyncEngine
) -> None:
    ours = lists()
    congress.play("house", offices=["HCA30"])
    await ours.refresh("cwc_house")
    congress.play("house", offices=[])
    assert not await ours.refresh("cwc_house", least=timedelta(0))
    async with transaction(engine) as session:
        query = text("SELECT codes FROM office_lists WHERE channel = 'cwc_house'")
        assert await session.scalar(query) == ["HCA30"]
    assert ours.reaches("cwc_house", "house:CA-30")
