"""Who will send a letter is known before it is written, and stated with the true reason."""

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from api.campaigns.dossier import Office
from api.deliveries.channels.cwc.offices import OfficeList
from api.deliveries.routing import Router, make_router
from api.services import now
from api.settings import Environment, HouseSettings, SenateSettings, Settings
from api.submissions.channel_checks import check_writer
from tests.deliveries.channels.cwc.messages import HOME, WRITER, at, by, content
from tests.deliveries.channels.sandboxed import CREDENTIALS
from tests.deliveries.queued import StandIn

HOUSE, SENATE, PRESIDENT = "house:CA-30", "senate:CA:1", "president"
REAL = {**CREDENTIALS, "environment": "production"}


def router(engine: AsyncEngine, env: Environment, **settings: Any) -> Router:
    return make_router(Settings(env=env, **settings), engine, now)


def told(made: Router, seat: str, *, has_prefix: bool = True) -> tuple[str | None, str | None]:
    way = made.foresee(seat, has_prefix=has_prefix).told
    return way["sent_by"], way["reason"]


def listed(made: Router, *codes: str) -> None:
    assert made.offices is not None
    made.offices.known = {name: OfficeList(frozenset(codes), now()) for name in made.channels}


async def test_without_credentials_every_letter_is_its_writers(engine: AsyncEngine) -> None:
    made = router(engine, Environment.PRODUCTION)
    assert [told(made, seat) for seat in (HOUSE, SENATE, PRESIDENT)] == [
        ("you", "no_access"),
        ("you", "no_access"),
        ("you", "no_email"),
    ]


async def test_development_tells_that_it_sends_to_nobody(engine: AsyncEngine) -> None:
    made = router(engine, Environment.DEVELOPMENT)
    assert {told(made, seat) for seat in (HOUSE, SENATE, PRESIDENT)} == {
        ("nobody", "test_installation")
    }


async def test_the_writer_is_looked_at_only_where_a_channel_does(engine: AsyncEngine) -> None:
    """The rest of the accept path then pays nothing for it."""
    nothing: Any = None
    for env in (Environment.PRODUCTION, Environment.DEVELOPMENT):
        check_writer(router(engine, env), targeting=nothing, place=nothing)
    made = router(engine, Environment.PRODUCTION, cwc_house=HouseSettings(**REAL))
    with pytest.raises(AttributeError):
        check_writer(made, targeting=nothing, place=nothing)


async def test_one_chamber_can_be_reached_and_the_other_not(engine: AsyncEngine) -> None:
    house = HouseSettings(**REAL)
    made = router(engine, Environment.PRODUCTION, cwc_house=house)
    listed(made, "HCA30")
    assert told(made, HOUSE) == ("us", None)
    assert told(made, HOUSE, has_prefix=False) == ("you", "no_prefix")
    assert told(made, "house:CA-31") == ("you", "office_not_listed")
    assert told(made, SENATE) == ("you", "no_access")
    assert made.foresee_chamber("house").sent_by == "us"
    assert made.foresee_chamber("senate").sent_by == "you"


async def test_a_test_system_in_production_reaches_no_office(engine: AsyncEngine) -> None:
    senate = SenateSettings(**{**CREDENTIALS, "environment": "test"})
    made = router(engine, Environment.PRODUCTION, cwc_senate=senate)
    listed(made, "SCA01")
    assert told(made, SENATE) == ("nobody", "test_system")
    assert made.test_channels == ["cwc_senate_test"]


async def test_a_sandbox_reaches_no_office_whatever_it_stands_for(engine: AsyncEngine) -> None:
    house = HouseSettings(**REAL, sandbox_url="http://127.0.0.1:8110")
    made = router(engine, Environment.DEVELOPMENT, cwc_house=house)
    listed(made, "HCA30")
    assert told(made, HOUSE) == ("nobody", "sandbox")
    assert made.test_channels == ["folder", "cwc_house_sandbox"]


@pytest.mark.parametrize("address", [None, "letters@example.org"])
async def test_an_office_with_an_address_gets_mail(
    engine: AsyncEngine, address: str | None
) -> None:
    settings = Settings(
        env=Environment.PRODUCTION,
        smtp_url=SecretStr("smtp://127.0.0.1:1"),
        mail_from="Undersigned <no-reply@example.org>",
    )
    office = Office(
        seat=PRESIDENT,
        office="An Office",
        holder=None,
        salutation="Dear Officer,",
        postal_address="1 Example Street",
        email=address,
        as_of=now().date(),
    )
    made = make_router(settings, engine, now, {PRESIDENT: office}.get)
    assert told(made, PRESIDENT) == (("us", None) if address else ("you", "no_email"))


async def test_a_letter_goes_the_way_that_was_foreseen_or_says_why_not(engine: AsyncEngine) -> None:
    made = router(engine, Environment.PRODUCTION, cwc_house=HouseSettings(**REAL))
    listed(made, "HCA30")

    def way(**changed: Any) -> tuple[str, str | None, str]:
        route = made.route(content(**changed))
        return route.channel.name, route.reason, route.environment

    assert way() == ("cwc_house", None, "production")
    assert way(identity=by(prefix=None)) == ("hand_over", "no_prefix", "production")
    assert way(seat="house:CA-31") == ("hand_over", "office_not_listed", "production")
    assert way(seat=SENATE) == ("hand_over", "no_access", "production")
    assert way(seat=PRESIDENT) == ("hand_over", "no_email", "production")


async def test_a_route_says_which_of_a_chambers_systems_it_leads_to(engine: AsyncEngine) -> None:
    house = HouseSettings(**{**CREDENTIALS, "environment": "test"})
    made = router(engine, Environment.DEVELOPMENT, cwc_house=house)
    listed(made, "HCA30")
    assert made.route(content()).environment == "test"
    assert made.route(content(seat=PRESIDENT)).environment == "development"


async def test_the_form_asks_for_what_the_channels_of_its_offices_need(engine: AsyncEngine) -> None:
    made = router(engine, Environment.PRODUCTION, cwc_house=HouseSettings(**REAL))
    listed(made, "HCA30", "HCA31")
    assert made.requires([HOUSE, "house:CA-31", PRESIDENT]) == ["prefix", "street", "city"]
    assert made.requires([SENATE, PRESIDENT]) == []
    homeless = at(street=None, city=None)
    faults = made.writer_faults([HOUSE, "house:CA-31"], WRITER, homeless, whole=True)
    assert [(fault.field, fault.code) for fault in faults] == [
        ("supporter.street", "required"),
        ("supporter.city", "required"),
    ]
    assert made.writer_faults([HOUSE], WRITER, homeless, whole=False) == []
    assert made.writer_faults([HOUSE], WRITER, HOME, whole=True) == []
    assert made.writer_faults([SENATE], WRITER, homeless, whole=True) == []


async def test_lists_of_offices_are_followed_until_the_channels_are_closed(
    engine: AsyncEngine,
) -> None:
    before = asyncio.all_tasks()
    made = router(engine, Environment.PRODUCTION, cwc_house=HouseSettings(**REAL))
    await made.start()
    (following,) = asyncio.all_tasks() - before
    assert not following.done()
    await made.close()
    assert following.cancelled()
    without = router(engine, Environment.PRODUCTION)
    await without.start()
    await without.close()
    assert asyncio.all_tasks() == before


async def test_every_channel_is_closed_with_its_router(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = StandIn(name="one"), StandIn(name="two")
    closed: list[str] = []

    async def close(channel: StandIn) -> None:
        closed.append(channel.name)

    monkeypatch.setattr(StandIn, "close", close)
    await Router({"one": one, "two": two}, "development", "one").close()
    assert closed == ["one", "two"]
