"""A seat changes hands: nothing goes to a successor, nothing is lost, and writers are told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.campaigns.catalog import load_catalog
from api.confirmation.seat_changes import queue_seat_changes
from api.database.session import transaction
from api.deliveries.schedule import deliver_due
from api.deliveries.turnover import Seats, Turnover
from api.services import Published, Services
from api.settings import ROOT
from api.targets import dataset
from api.targets.congress import Directory
from tests.app_fixtures import CAMPAIGN, Body, Outbox
from tests.targets.next_congress import next_congress, special_election

Make = Callable[..., Body]
ENDED = datetime(2027, 1, 4, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = datetime(2027, 1, 20, 12, tzinfo=UTC)
HOUSE, SENATE = "house:CA-30", "senate:CA:1"


@cache
def congress_119() -> Directory:
    """The shipped data with its own terms, of which other tests have a copy that lasts."""
    return Directory(dataset.read(ROOT / "data"))


@pytest.fixture(scope="module")
def congress_120() -> Directory:
    return Directory(next_congress(dataset.read(ROOT / "data")))


@pytest.fixture(scope="module")
def published_anew() -> Published:
    """After a special election, with a new holder of CA-30 who sits today."""
    directory = Directory(special_election(dataset.read(ROOT / "data")))
    today = directory.as_of
    catalog = load_catalog(ROOT / "campaigns", ROOT / "templates", directory, today)
    return Published(directory, catalog)


async def confirm(client: httpx.AsyncClient, outbox: Outbox, body: Body) -> Body:
    """Confirmed by the one person of the mailbox, and not yet sent."""
    answer = await client.post(f"/api/v1/campaigns/{CAMPAIGN}/submissions", json=body)
    assert answer.status_code == 202, answer.text
    await mail(outbox)
    pressed = {"token": outbox.tokens("confirm")[-1], "person": "same"}
    made: Body = (await client.post("/api/v1/confirmations", json=pressed)).json()
    return made


async def mail(outbox: Outbox) -> None:
    from api.services import make_mailer

    while await make_mailer(outbox.services).send_due():
        pass


def turnover(services: Services, directory: Directory, at: datetime) -> Turnover:
    return Turnover(services.engine, Seats(lambda: directory, lambda: at))


async def letters(services: Services) -> dict[str, list[tuple[str, str | None]]]:
    query = text("""
        SELECT l.seat, l.status, d.status AS delivery, d.reason FROM letters l
        JOIN deliveries d ON d.letter_id = l.id ORDER BY l.seat, l.id
    """)
    found: dict[str, list[tuple[str, str | None]]] = {}
    async with transaction(services.engine) as session:
        for row in await session.execute(query):
            assert row.status == row.delivery
            found.setdefault(row.seat, []).append((row.status, row.reason))
    return found


async def send(services: Services, directory: Directory, at: datetime) -> None:
    seats = Seats(lambda: directory, lambda: at)
    while await deliver_due(services.engine, services.router, services.vault, seats):
        pass


async def total(services: Services, name: str) -> int:
    query = text("SELECT coalesce(sum(delta), 0) FROM count_deltas WHERE name = :name")
    async with transaction(services.engine) as session:
        return int(await session.scalar(query, {"name": name}) or 0)


async def test_a_letter_that_is_due_after_the_term_is_not_sent(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make
) -> None:
    await confirm(client, outbox, form())
    await send(services, congress_119(), ENDED)
    found = await letters(services)
    assert found[HOUSE] == [("paused", "term_ended")]
    assert found["president"] == [("written", None)]
    assert HOUSE not in outbox.letters


async def test_the_last_day_of_a_term_still_counts(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make
) -> None:
    await confirm(client, outbox, form())
    last = datetime(2027, 1, 4, 4, 30, tzinfo=UTC)  # January 3, 23:30 in Washington
    directory = congress_119()
    assert await turnover(services, directory, last).follow() == 0
    await send(services, directory, last)
    assert (await letters(services))[HOUSE] == [("written", None)]


async def test_letters_pause_and_go_on_only_to_whom_they_were_written(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Make,
    congress_120: Directory,
) -> None:
    await confirm(client, outbox, form())
    counted = await total(services, "letters")
    paused = turnover(services, congress_119(), ENDED)
    assert await paused.follow() >= 1
    assert (await letters(services))[HOUSE] == [("paused", "term_ended")]
    assert await paused.follow() == 0, "once an hour is enough"

    assert await turnover(services, congress_120, LATER).follow() >= 1
    found = await letters(services)
    assert found[HOUSE] == [("cancelled", "seat_changed")]
    assert found[SENATE] == [("queued", None)]
    assert await total(services, "letters") == counted - 1
    await send(services, congress_120, LATER)
    assert HOUSE not in outbox.letters, "never re-addressed"
    assert SENATE in outbox.letters


async def test_whoever_stays_in_office_gets_the_letter_after_all(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make
) -> None:
    seat, stays = "house:ME-1", Directory(next_congress(dataset.read(ROOT / "data")))
    await confirm(
        client, outbox, form({"district": "ME-1"}, zip="04101", state="ME", city="Portland")
    )
    await turnover(services, congress_119(), ENDED).follow()
    assert (await letters(services))[seat] == [("paused", "term_ended")]
    await turnover(services, stays, LATER).follow()
    await send(services, stays, LATER)
    assert (await letters(services))[seat] == [("written", None)]


async def test_a_letter_by_old_lines_waits_where_they_moved(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make
) -> None:
    """The same member holds the seat, but California has other districts now."""
    stays = Directory(next_congress(dataset.read(ROOT / "data")))
    await confirm(client, outbox, form({"district": "CA-32"}, zip="91403"))
    await turnover(services, congress_119(), ENDED).follow()
    await turnover(services, stays, LATER).follow()
    await send(services, stays, LATER)
    found = await letters(services)
    assert found["house:CA-32"] == [("paused", "lines_moved")]
    assert found[SENATE] == [("written", None)]
    assert "house:CA-32" not in outbox.letters


async def test_a_vacant_seat_keeps_its_letters_waiting(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make
) -> None:
    data = next_congress(dataset.read(ROOT / "data"))
    members = [m for m in data.members if m["seat"] != HOUSE]
    zips = {**data.zips, "91204": "CA-28 CA-30"}
    vacant = Directory(replace(data, members=members, zips=zips, digest="v" * 64))
    await confirm(client, outbox, form())
    await turnover(services, vacant, LATER).follow()
    assert (await letters(services))[HOUSE] == [("paused", "seat_vacant")]


async def test_old_data_decides_nothing_once_newer_is_known(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Make,
    congress_120: Directory,
) -> None:
    await turnover(services, congress_120, LATER).follow()
    await confirm(client, outbox, form())
    before = await letters(services)
    old = turnover(services, congress_119(), LATER)
    assert await old.follow() == 0
    assert await letters(services) == before


async def test_a_sending_whose_end_is_unknown_is_not_called_unsent(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make
) -> None:
    await confirm(client, outbox, form())
    async with transaction(services.engine) as session:
        await session.execute(
            text("""
                UPDATE deliveries SET status = 'sending', epoch = 1, attempts = 1,
                    lease_until = :past
            """),
            {"past": datetime.now(UTC) - timedelta(minutes=1)},
        )
    await send(services, congress_119(), ENDED)
    assert (await letters(services))[HOUSE] == [("uncertain", "term_ended")]


async def test_a_letter_to_be_sent_by_hand_follows_too(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Make,
    congress_120: Directory,
) -> None:
    await confirm(client, outbox, form())
    async with transaction(services.engine) as session:
        for table in ("deliveries", "letters"):
            await session.execute(text(f"UPDATE {table} SET status = 'needs_user_action'"))
        await session.execute(text("UPDATE deliveries SET channel = 'hand_over'"))
    await turnover(services, congress_119(), ENDED).follow()
    assert (await letters(services))[SENATE][0] in {
        ("paused", "term_ended"),
        ("needs_user_action", None),
    }
    assert (await letters(services))[HOUSE] == [("paused", "term_ended")]
    await turnover(services, congress_120, LATER).follow()
    found = await letters(services)
    assert found[HOUSE] == [("cancelled", "seat_changed")]
    assert found[SENATE] == [("needs_user_action", None)]


async def test_the_writer_is_told_and_can_write_to_the_new_holder(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Make,
    published_anew: Published,
) -> None:
    made = await confirm(client, outbox, form())
    page = made["page_url"].removeprefix(services.settings.public_url)
    await turnover(services, published_anew.directory, NOW).follow()
    told = (await client.get(page)).text
    assert "does not hold this office any more" in told
    assert f'href="/c/{CAMPAIGN}?lang=en">Write to whoever represents you now' in told

    services.published = published_anew
    again = await confirm(client, outbox, form())
    by_seat = {letter["seat"]: letter["name"] for letter in again["letters"]}
    assert by_seat[HOUSE] == "Nova Grant"
    assert sorted(again["replaced"]) == sorted(by_seat.keys() - {HOUSE}), "they had not left"
    found = await letters(services)
    assert sorted(found[HOUSE], key=str) == [("cancelled", "seat_changed"), ("queued", None)]
    await send(services, published_anew.directory, NOW)
    assert "Dear Representative Grant," in outbox.letters[HOUSE]


async def test_one_letter_a_seat_still_holds(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make
) -> None:
    await confirm(client, outbox, form())
    await outbox.work()
    again: dict[str, Any] = await confirm(client, outbox, form({"story": "Once more."}))
    assert again["letters"] == []


async def told(services: Services) -> int:
    async with transaction(services.engine) as session:
        return await queue_seat_changes(session, limit=500)


async def test_the_writer_is_told_once_that_the_seat_changed_hands(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Make,
    congress_120: Directory,
) -> None:
    await confirm(client, outbox, form())
    await mail(outbox)
    await turnover(services, congress_119(), ENDED).follow()
    assert await told(services) == 0, "it may be the same person who goes on"
    before = len(outbox.mails)
    await turnover(services, congress_120, LATER).follow()
    assert (await told(services), await told(services)) == (1, 0)
    await mail(outbox)
    (message,) = outbox.mails[before:]
    assert "was not sent" in str(message["Subject"])
    page = await client.get(f"/me/{outbox.tokens('me')[-1]}")
    assert page.status_code == 200
    assert "you can write to the new holder" in page.text


async def test_no_word_to_whoever_withdrew_or_when_the_campaign_is_over(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Make,
    congress_120: Directory,
) -> None:
    await confirm(client, outbox, form())
    await turnover(services, congress_119(), ENDED).follow()
    await turnover(services, congress_120, LATER).follow()
    async with transaction(services.engine) as session:
        await session.execute(text("UPDATE campaign_states SET status = 'closed'"))
    assert await told(services) == 0
    async with transaction(services.engine) as session:
        await session.execute(text("UPDATE campaign_states SET status = 'open'"))
        await session.execute(text("UPDATE supporters SET status = 'withdrawn'"))
    assert await told(services) == 0
