"""The periodic mails: reminders of unconfirmed forms, and notices that a seat changed hands."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog
from procrastinate import Blueprint, JobContext
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.confirmation import reminders, seat_changes
from api.database.session import transaction
from api.settings import Settings

log = structlog.get_logger()

confirmation_jobs = Blueprint()

BATCH = 500

Queue = Callable[[AsyncSession], Awaitable[int]]


class Parts(Protocol):
    """The services that the jobs need; ``Services`` itself is defined a layer above."""

    engine: AsyncEngine
    settings: Settings


@confirmation_jobs.periodic(cron="*/5 * * * *")
@confirmation_jobs.task(name="remind", queueing_lock="confirmation.remind", pass_context=True)
async def remind_job(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Every five minutes."""
    parts: Parts = context.additional_context["services"]
    hours = parts.settings.retention_unconfirmed_hours
    await _in_batches(parts, "reminders", lambda c: reminders.queue_reminders(c, hours, BATCH))


@confirmation_jobs.periodic(cron="7 * * * *")
@confirmation_jobs.task(
    name="tell_of_seat_changes", queueing_lock="confirmation.seat_changes", pass_context=True
)
async def seat_changes_job(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Every hour."""
    parts: Parts = context.additional_context["services"]
    await _in_batches(parts, "seat_changes", lambda c: seat_changes.queue_seat_changes(c, BATCH))


async def _in_batches(parts: Parts, name: str, queue: Queue) -> None:
    queued = BATCH
    while queued == BATCH:
        async with transaction(parts.engine) as session:
            queued = await queue(session)
        if queued:
            log.info("confirmation.queued", mails=name, count=queued)
