"""Benchmark rendering statements and writing letters out, in one process on one core."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pydantic import SecretStr
from sqlalchemy import text

from api.cli.preview_letters import Wish, make_sheet, printed
from api.database.embedded import EmbeddedPostgres
from api.database.migrate import migrate
from api.database.session import transaction
from api.deliveries.schedule import deliver_due
from api.printing.letter import PrintedLetter
from api.printing.press import PART, Press
from api.services import Published, Services, started
from api.settings import Settings
from api.submissions.forms import SubmissionForm
from api.submissions.parsing import parse_json
from api.supporters import tokens
from api.supporters.tokens import Purpose
from benchmarks import forms
from benchmarks.servers import state_folder


def rendering(published: Published, seconds: float) -> float:
    """Letters rendered per second for the campaign's own readers, the sandbox included.

    The product renders each of them once and keeps it; here each is rendered again.
    """
    campaign = published.catalog.get(forms.CAMPAIGN)
    readers, demands = list(campaign.readers.values()), campaign.default_demands
    campaign.renderer.text(readers[0], demands)
    made, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        for reader in readers:
            campaign.renderer.text(reader, demands)
        made += len(readers)
    return made / (time.perf_counter() - began)


def printing(published: Published, count: int, rounds: int) -> list[float]:
    """Letters printed per second of CPU time, in PDFs of ``PART`` letters: one figure per round of
    ``count`` letters, no two alike."""
    press, figures = Press(Settings().templates_dir / "print"), []
    for number in range(rounds + 1):
        letters = on_paper(published, number * count, count)
        figures.append(count / seconds_to_print(press, letters))
    return figures[1:]  # the first also loads the fonts


def on_paper(published: Published, first: int, count: int) -> list[PrintedLetter]:
    """Letters of ``count`` invented people, with stories of every length."""
    campaign, today = published.catalog.get(forms.CAMPAIGN), published.directory.as_of
    seats, letters = list(campaign.readers), []
    for person in range(first, first + count):
        story = f"Writer {person} remembers. {forms.STORY * (person % 4)}"
        wish = Wish(member=seats[person % len(seats)], answers={"story": story})
        shown = make_sheet(campaign, published.directory, wish, today).letters
        letters += printed(campaign, shown, wish, today)
    return letters


def seconds_to_print(press: Press, letters: Sequence[PrintedLetter]) -> float:
    """CPU time for printing them, in PDFs of ``PART`` letters."""
    began = time.process_time()
    for start in range(0, len(letters), PART):
        press.print_together(letters[start : start + PART])
    return time.process_time() - began


def delivering(published: Published, count: int, rounds: int) -> list[float]:
    """Letters per second from the outbox to files, one figure per round of ``count`` people."""
    with _database() as settings:
        return asyncio.run(_delivering(settings, published, count, rounds))


@contextmanager
def _database() -> Iterator[Settings]:
    """Settings of a development installation with a state folder and a database of its own."""
    with state_folder() as state:
        server = EmbeddedPostgres(state).start()
        try:
            migrate(server.url)
            yield Settings(state_dir=state, DATABASE_URL=SecretStr(server.url))
        finally:
            server.stop()


async def _delivering(
    settings: Settings, published: Published, count: int, rounds: int
) -> list[float]:
    async with started(settings, published) as services:
        return [await _round(services, count, number) for number in range(rounds)]


async def _round(services: Services, count: int, number: int) -> float:
    await _accept_and_confirm(services, count, number)
    sent, began = 0, time.perf_counter()
    while claimed := await deliver_due(
        services.engine, services.router, services.vault, services.seats
    ):
        sent += claimed
    return sent / (time.perf_counter() - began)


async def _accept_and_confirm(services: Services, count: int, number: int) -> None:
    """Submit and confirm the forms of ``count`` people through the product's own services."""
    kinds = forms.make_forms(services.published.directory, 20)
    for person in range(count):
        body = forms.body(kinds[person % len(kinds)], number * count + person)
        await services.submissions.submit(forms.CAMPAIGN, parse_json(SubmissionForm, body))
    async with transaction(services.engine) as session:
        waiting = text("SELECT id FROM supporters WHERE status = 'unconfirmed'")
        ids = (await session.execute(waiting)).scalars().all()
        links = [await tokens.mint(session, each, Purpose.CONFIRM) for each in ids]
    for link in links:
        async with transaction(services.engine) as session:
            await services.confirmations.confirm(session, link)
