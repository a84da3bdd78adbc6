"""The worker: sends what is due, folds counts, keeps the audit chain, runs the periodic jobs.

Any number of workers may run. Each step is a loop of its own. During an outage of the database it
waits; a step that fails is logged, and its loop goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import structlog

from api import logs
from api.audit import chain
from api.confirmation.jobs import confirmation_jobs
from api.confirmation.own_links import queue_asked
from api.confirmation.returned import MailboxUnreadable
from api.counts import ledger
from api.database.session import transaction
from api.deliveries.lanes import Lanes
from api.deliveries.redrawn import Redrawn
from api.deliveries.schedule import Deliverer
from api.deliveries.turnover import Turnover
from api.jobs.app import create_jobs, run_jobs
from api.logs import places
from api.privacy.jobs import privacy_jobs
from api.services import Services, make_mailer, make_printing, make_returned, started
from api.settings import Settings
from api.sign_ons import invalidation
from api.sign_ons.numbering import give_numbers

log = structlog.get_logger()

Step = Callable[[], Awaitable[int]]

POLL_SECONDS = 0.25  # the longest that something due waits for an idle worker
ASKED_SECONDS = 2.0
FOLD_SECONDS = 1.0
CHAIN_SECONDS = 5.0
BULK_SECONDS = 1.0
PRINT_SECONDS = 0.5
SEATS_SECONDS = 30.0
SWEEP_SECONDS = 10.0
OFFICES_SECONDS = 60.0
RETURNED_SECONDS = 60.0
FAILURE_SECONDS = 1.0


async def run(settings: Settings, ready: Callable[[], None] = lambda: None) -> None:
    """Work until cancelled; ``ready`` is called once everything is loaded.

    Raises DomainError when the settings do not allow it to start.
    """
    logs.configure(settings.log_level, json=settings.production)
    async with started(settings) as services:
        mailer = make_mailer(services)
        blueprints = {"privacy": privacy_jobs, "confirmation": confirmation_jobs}
        jobs = create_jobs(services.url, services.role, **blueprints)
        turnover = Turnover(services.engine, services.seats)
        redrawn = Redrawn(services.engine, services.vault, services.seats)
        deliverer = _deliverer(services)
        lanes = Lanes(deliverer)
        printing = make_printing(services)
        log.info("worker.started")
        ready()
        try:
            async with asyncio.TaskGroup() as group, jobs.open_async():
                group.create_task(every(POLL_SECONDS, "mails", mailer.send_due))
                group.create_task(every(ASKED_SECONDS, "own_links", _asked(services)))
                group.create_task(every(POLL_SECONDS, "deliveries", lanes.open))
                group.create_task(every(SWEEP_SECONDS, "sweep", deliverer.sweep))
                if services.router.offices is not None:
                    refresh = services.router.offices.refresh_due
                    group.create_task(every(OFFICES_SECONDS, "offices", refresh))
                if settings.returned_mail is not None:
                    reading = _returned(services, settings.returned_mail)
                    group.create_task(every(RETURNED_SECONDS, "returned", reading))
                group.create_task(every(SEATS_SECONDS, "turnover", turnover.follow))
                group.create_task(every(SEATS_SECONDS, "redrawn", redrawn.follow))
                group.create_task(every(FOLD_SECONDS, "counts", _fold(services)))
                group.create_task(every(BULK_SECONDS, "invalidations", _invalidate(services)))
                group.create_task(every(PRINT_SECONDS, "prints", printing.print_wanted))
                group.create_task(every(CHAIN_SECONDS, "audit", _link(services)))
                await run_jobs(jobs, services=services)
        finally:
            await lanes.close()
            await mailer.transport.close()
            log.info("worker.ended")


async def every(pause: float, name: str, step: Step) -> None:
    """Repeat a step: immediately while there is work, else after ``pause`` seconds."""
    while True:
        try:
            worked = await step()
        except Exception as error:  # noqa: BLE001 (a worker outlives what it meets)
            log.error("worker.step_failed", step=name, error=type(error).__name__, at=places(error))
            await asyncio.sleep(FAILURE_SECONDS)
        else:
            await asyncio.sleep(0 if worked else pause)


def _deliverer(services: Services) -> Deliverer:
    expiry = timedelta(days=services.settings.delivery_expiry_days)
    parts = (services.engine, services.router, services.vault, services.seats)
    return Deliverer(*parts, expiry)


def _returned(services: Services, mailbox: Path) -> Step:
    returned = make_returned(services, mailbox)

    async def step() -> int:
        try:
            return await returned.take_new()
        except MailboxUnreadable as error:
            log.warning("returned.unreadable", reason=str(error))
            return 0

    return step


def _asked(services: Services) -> Step:
    async def step() -> int:
        async with transaction(services.engine) as session:
            return await queue_asked(session)

    return step


def _fold(services: Services) -> Step:
    async def step() -> int:
        async with transaction(services.engine) as session:
            await give_numbers(session)
            return await ledger.fold(session)

    return step


def _invalidate(services: Services) -> Step:
    async def step() -> int:
        async with transaction(services.engine) as session:
            return await invalidation.step(session)

    return step


def _link(services: Services) -> Step:
    async def step() -> int:
        async with transaction(services.engine) as session:
            return await chain.extend(session)

    return step
