"""From a form to what the (stand-in) systems of Congress did with it, and what people are told."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from api.campaigns.catalog import Catalog
from api.campaigns.published import PublishedCampaign
from api.database.session import transaction
from api.deliveries.routing import make_router
from api.services import Published, Services, now
from api.settings import Settings
from tests.app_fixtures import CAMPAIGN, Body, Outbox
from tests.deliveries.channels.sandboxed import Running
from tests.deliveries.test_schedule import Make

WRITER = {"prefix": "Ms.", "street": "12 Main St", "city": "Glendale"}
SENATORS = ("senate:CA:1", "senate:CA:3")


async def confirmed(client: httpx.AsyncClient, outbox: Outbox, body: Body) -> Body:
    answer = await client.post(f"/api/v1/campaigns/{CAMPAIGN}/submissions", json=body)
    assert answer.status_code == 202, answer.text
    await outbox.work()
    token = outbox.tokens("confirm")[-1]
    made: Body = (await client.post("/api/v1/confirmations", json={"token": token})).json()
    return made


async def letters(services: Services) -> dict[str, tuple[str, str, str | None]]:
    """Seat -> channel, status and reason of the newest delivery."""
    query = text("""
        SELECT DISTINCT ON (l.seat) l.seat, d.channel, l.status, d.reason
        FROM letters l JOIN deliveries d ON d.letter_id = l.id
        ORDER BY l.seat, (d.status IN ('failed', 'cancelled', 'expired'))
    """)
    async with transaction(services.engine) as session:
        rows = (await session.execute(query)).all()
    return {row.seat: (row.channel, row.status, row.reason) for row in rows}


async def test_a_form_becomes_letters_that_both_systems_accept(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make, congress: Running
) -> None:
    made = await confirmed(client, outbox, form({"story": "My grandmother fled."}, **WRITER))
    assert {letter["status"] for letter in made["letters"]} == {"queued"}
    await outbox.work()
    assert await letters(services) == {
        "president": ("folder", "written", None),
        "house:CA-30": ("cwc_house", "accepted", None),
        "senate:CA:1": ("cwc_senate", "accepted", None),
        "senate:CA:3": ("cwc_senate", "accepted", None),
    }
    assert [entry["office"] for entry in congress.taken("house")] == ["HCA30"]
    assert {entry["office"] for entry in congress.taken("senate")} == {"SCA01", "SCA03"}
    async with transaction(services.engine) as session:
        ids = await session.execute(text("SELECT id FROM deliveries WHERE channel ~ '^cwc'"))
        assert {entry["id"] for entry in congress.sandbox.ledger.entries} == {
            id_.hex for id_ in ids.scalars()
        }
        delivered = text("SELECT sum(delta) FROM count_deltas WHERE name = 'delivered'")
        assert await session.scalar(delivered) == 3


async def test_targets_say_how_each_office_is_reached_and_what_that_takes(
    client: httpx.AsyncClient, services: Services, congress: Running
) -> None:
    congress.play("senate", offices=["SCA03"], objects=True)
    assert services.router.offices is not None
    await services.router.offices.refresh_due()
    url = f"/api/v1/campaigns/{CAMPAIGN}/targets?zip=91204&district=CA-30"
    found = (await client.get(url)).json()
    assert {target["seat"]: target["channel"] for target in found["targets"]} == {
        "president": "folder",
        "house:CA-30": "cwc_house",
        "senate:CA:1": "hand_over",
        "senate:CA:3": "cwc_senate",
    }
    assert found["requires"] == ["prefix", "street", "city"]


async def test_without_a_prefix_letters_go_by_their_writers_hands_with_the_reason(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make, congress: Running
) -> None:
    made = await confirmed(client, outbox, form())
    states = {letter["seat"]: (letter["status"], letter["reason"]) for letter in made["letters"]}
    by_hand = ("needs_user_action", "no_prefix")
    assert states == {
        "president": ("queued", "test_installation"),
        "house:CA-30": by_hand,
        **dict.fromkeys(SENATORS, by_hand),
    }
    page = await client.get(f"/me/{made['page_url'].rsplit('/', 1)[1]}")
    assert "without a form of address" in page.text
    assert congress.sandbox.requests == {"house": 0, "senate": 0}


async def test_an_office_that_is_not_on_the_list_is_written_to_by_hand(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make, congress: Running
) -> None:
    congress.play("senate", offices=["SCA03"], objects=True)
    assert services.router.offices is not None
    await services.router.offices.refresh_due()
    await confirmed(client, outbox, form(None, **WRITER))
    await outbox.work()
    found = await letters(services)
    assert found["senate:CA:1"] == ("hand_over", "needs_user_action", "office_not_listed")
    assert found["senate:CA:3"] == ("cwc_senate", "accepted", None)


async def test_an_office_that_left_meanwhile_is_written_to_by_hand(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make, congress: Running
) -> None:
    await confirmed(client, outbox, form(None, **WRITER))
    congress.play("senate", offices=["SCA03"], objects=True)
    await outbox.work()
    found = await letters(services)
    assert found["senate:CA:1"] == ("hand_over", "needs_user_action", "office_not_listed")
    assert found["senate:CA:3"] == ("cwc_senate", "accepted", None)


async def test_the_same_bytes_go_out_at_every_attempt(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make, congress: Running
) -> None:
    bodies = congress.keep_bodies()
    congress.play(
        "senate", objects=True, deduplicates=False, rules=[{"act": "accept_and_break", "times": 2}]
    )
    await confirmed(client, outbox, form(None, **WRITER))
    for _ in range(3):
        await outbox.work()
        async with transaction(services.engine) as session:
            await session.execute(text("UPDATE deliveries SET due_at = now() - interval '1 s'"))
    sent = [body for chamber, body in bodies if chamber == "senate"]
    assert len(sent) == 4
    assert len(set(sent)) == 2, "two letters, each of them twice"
    assert {state for _, state, _ in (await letters(services)).values()} == {"accepted", "written"}


class TestTestSystem:
    """Nothing that a test system takes is called accepted."""

    @pytest.fixture
    def settings(self, settings: Settings, congress: Running) -> Settings:
        chambers = {"cwc_house": congress.house(), "cwc_senate": congress.senate()}
        return settings.model_copy(update=chambers)

    async def test_its_letters_say_so_everywhere(
        self, client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make
    ) -> None:
        made = await confirmed(client, outbox, form(None, **WRITER))
        await outbox.work()
        found = await letters(services)
        assert found["house:CA-30"] == ("cwc_house_test", "written", "test_system")
        page = await client.get(f"/me/{made['page_url'].rsplit('/', 1)[1]}")
        assert page.text.count("it went to no office") == 3
        async with transaction(services.engine) as session:
            environments = text("SELECT DISTINCT environment FROM deliveries ORDER BY 1")
            assert list((await session.execute(environments)).scalars()) == [
                "development",
                "test",
            ]
            delivered = text("SELECT count(*) FROM count_deltas WHERE name = 'delivered'")
            assert await session.scalar(delivered) == 0

    async def test_what_was_meant_for_it_is_not_sent_to_the_real_one(
        self,
        client: httpx.AsyncClient,
        services: Services,
        outbox: Outbox,
        form: Make,
        congress: Running,
    ) -> None:
        await confirmed(client, outbox, form(None, **WRITER))
        real = {"cwc_house": congress.house(environment="production")}
        settings = services.settings.model_copy(update=real)
        services.router = make_router(settings, services.engine, now)
        await outbox.work()
        await services.router.close()
        found = await letters(services)
        assert found["house:CA-30"] == ("cwc_house_test", "paused", "channel_not_configured")
        assert congress.taken("house") == []


async def test_the_page_names_the_field_that_the_system_does_not_take(
    client: httpx.AsyncClient,
) -> None:
    details = {
        "given_name": "Ani",
        "family_name": "Petrosyan",
        "email": "ani@example.org",
        "zip": "82001",
        "asked_zip": "82001",
    }
    answers = {"prefix": "Ms.", "street": "12 Main St", "city": "Oz"}
    page = await client.post(f"/c/{CAMPAIGN}/letters", data={**details, **answers})
    assert page.status_code == 422
    assert "Enter a city of three letters or more" in page.text
    page = await client.post(f"/c/{CAMPAIGN}/letters", data={**details, **answers, "city": "Ely"})
    assert page.status_code == 200
    letter = {**details, **answers, "city": "Ely", "story": "Hello"}
    page = await client.post(f"/c/{CAMPAIGN}/send", data=letter)
    assert page.status_code == 422
    assert "Write at least six characters here, or leave it empty" in page.text


def test_a_lifetime_over_twelve_hours_is_refused(congress: Running) -> None:
    with pytest.raises(ValueError, match="less than or equal to 12"):
        congress.house(offices_hours=timedelta(hours=13).total_seconds() / 3600)


async def test_an_office_is_told_what_the_campaign_said_when_it_was_approved(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make, congress: Running
) -> None:
    """Between the form and its confirmation the campaign got another topic."""
    bodies = congress.keep_bodies()
    body = form(None, **WRITER)
    await client.post(f"/api/v1/campaigns/{CAMPAIGN}/submissions", json=body)
    await outbox.work()
    catalog = services.published.catalog
    bundle = dict(catalog.get(CAMPAIGN).bundle)
    bundle["campaign"] = {**bundle["campaign"], "topic": "Energy"}
    changed = {**catalog.campaigns, CAMPAIGN: PublishedCampaign(bundle)}
    services.published = Published(services.published.directory, Catalog(changed))
    token = outbox.tokens("confirm")[-1]
    await client.post("/api/v1/confirmations", json={"token": token})
    await outbox.work()
    assert len(bodies) == 3
    assert all(b">International Affairs<" in sent for _, sent in bodies)


async def test_an_address_that_was_looked_up_is_called_checked(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make, congress: Running
) -> None:
    bodies = congress.keep_bodies()
    await client.post(f"/api/v1/campaigns/{CAMPAIGN}/submissions", json=form(None, **WRITER))
    await outbox.work()
    async with transaction(services.engine) as session:
        await session.execute(text("UPDATE supporters SET district_basis = 'geocoded'"))
    token = outbox.tokens("confirm")[-1]
    await client.post("/api/v1/confirmations", json={"token": token})
    await outbox.work()
    assert len(bodies) == 3
    assert all(b"<AddressValidation>Y<" in sent for _, sent in bodies)
