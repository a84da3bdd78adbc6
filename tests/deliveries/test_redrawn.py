"""Letters from before the lines moved: they wait, and go on or end once the new lines are known."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.deliveries.redrawn import Redrawn
from api.deliveries.turnover import Seats
from api.services import Services
from api.settings import ROOT
from api.targets import dataset, importer
from api.targets.congress import Directory
from api.targets.line_plan import Table
from tests.app_fixtures import CAMPAIGN, Outbox
from tests.deliveries.test_turnover import (
    ENDED,
    LATER,
    Make,
    confirm,
    congress_119,
    letters,
    mail,
    send,
    told,
    turnover,
)
from tests.targets.new_lines import SOURCE, turned
from tests.targets.next_congress import next_congress

SEAT, ZIP = "house:CA-32", "91403"
Drawn = Callable[[str | None], Directory]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """The members of the 120th Congress; with a row for ZIP 91403, and California's new lines."""
    shipped = dataset.read(ROOT / "data")
    assert shipped.zips[ZIP] == "CA-32"
    present = replace(next_congress(shipped), zips=shipped.zips, as_of=date(2027, 1, 4))

    def make(row: str | None) -> Directory:
        if row is None:
            return Directory(present)
        zips = {**turned(shipped.zips, "CA"), ZIP: row}
        return Directory(
            importer.add_lines(Table(zips, 120, SOURCE), ["CA"], present, date(2027, 1, 9))
        )

    return make


async def settle(services: Services, directory: Directory) -> int:
    seats = Seats(lambda: directory, lambda: LATER)
    return await Redrawn(services.engine, services.vault, seats).follow()


async def over_the_turn(
    services: Services, client: httpx.AsyncClient, outbox: Outbox, form: Make, drawn: Drawn
) -> str:
    """A letter confirmed before the turn, whose member stays; the path of its writer's page."""
    made = await confirm(client, outbox, form({"district": "CA-32"}, zip=ZIP))
    await turnover(services, congress_119(), ENDED).follow()
    await turnover(services, drawn(None), LATER).follow()
    assert (await letters(services))[SEAT] == [("paused", "lines_moved")]
    assert await settle(services, drawn(None)) == 0, "nobody knows yet"
    page: str = made["page_url"].removeprefix(services.settings.public_url)
    return page


async def into_the_hands(services: Services) -> None:
    async with transaction(services.engine) as session:
        await session.execute(text("UPDATE deliveries SET channel = 'hand_over'"))


async def test_whoever_still_lives_there_has_their_letter_sent(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make, drawn: Drawn
) -> None:
    await over_the_turn(services, client, outbox, form, drawn)
    known = drawn("CA-32")
    assert await settle(services, known) == 1
    assert (await letters(services))[SEAT] == [("queued", None)]
    await turnover(services, known, LATER).follow()
    await send(services, known, LATER)
    assert (await letters(services))[SEAT] == [("written", None)]
    assert SEAT in outbox.letters


async def test_a_letter_in_its_writers_hands_waits_and_comes_back_too(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make, drawn: Drawn
) -> None:
    await confirm(client, outbox, form({"district": "CA-32"}, zip=ZIP))
    await into_the_hands(services)
    async with transaction(services.engine) as session:
        for table in ("deliveries", "letters"):
            await session.execute(text(f"UPDATE {table} SET status = 'needs_user_action'"))
    await turnover(services, drawn(None), LATER).follow()
    found = await letters(services)
    assert found[SEAT] == [("paused", "lines_moved")]
    assert found["senate:CA:1"] == [("needs_user_action", None)]
    assert await settle(services, drawn("CA-32")) == 1
    await turnover(services, drawn("CA-32"), LATER).follow()
    assert (await letters(services))[SEAT] == [("needs_user_action", None)]


async def test_whoever_lives_in_another_district_by_now_is_told(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make, drawn: Drawn
) -> None:
    page = await over_the_turn(services, client, outbox, form, drawn)
    assert await told(services) == 0
    await mail(outbox)
    before = len(outbox.mails)
    assert await settle(services, drawn("CA-30")) == 1
    assert (await letters(services))[SEAT] == [("cancelled", "lines_moved")]
    await send(services, drawn("CA-30"), LATER)
    assert SEAT not in outbox.letters
    shown = (await client.get(page)).text
    assert "does not represent the place where you live any more" in shown
    assert f'href="/c/{CAMPAIGN}?lang=en">Write to whoever represents you now' in shown
    assert (await told(services), await told(services)) == (1, 0)
    await mail(outbox)
    (message,) = outbox.mails[before:]
    assert "was not sent" in str(message["Subject"])


async def test_nobody_knows_in_a_zip_code_of_several_districts(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make, drawn: Drawn
) -> None:
    page = await over_the_turn(services, client, outbox, form, drawn)
    assert await settle(services, drawn("CA-30 CA-32")) == 0
    assert (await letters(services))[SEAT] == [("paused", "lines_moved")]
    assert "it is not known whether this office still represents" in (await client.get(page)).text


async def test_a_letter_from_after_the_turn_does_not_wait(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, form: Make, drawn: Drawn
) -> None:
    await confirm(client, outbox, form({"district": "CA-32"}, zip=ZIP))
    async with transaction(services.engine) as session:
        await session.execute(text("UPDATE letters SET congress = 120 WHERE congress = 119"))
    await turnover(services, drawn(None), LATER).follow()
    await send(services, drawn(None), LATER)
    assert (await letters(services))[SEAT] == [("written", None)]
