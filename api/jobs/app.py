"""The procrastinate app: one per process, with the domains' blueprints.

Jobs take ids as arguments, never personal data: arguments are stored and logged. Mails and
deliveries are no jobs; they are outbox tables with leases.
"""

import asyncio
import logging
from typing import Any

from procrastinate import App, Blueprint, JobContext, PsycopgConnector, exceptions

from api.database.connection import connect_kwargs
from api.database.roles import APP_ROLE

# A worker sends a heartbeat every 10 s; after this many seconds without one it counts as dead.
SILENT_SECONDS = 30
KEEP_FINISHED_HOURS = 72
PAUSE_SECONDS = 0.5

logger = logging.getLogger(__name__)


def create_jobs(url: str, role: str | None = APP_ROLE, **blueprints: Blueprint) -> App:
    """Return an app that is not open yet (``async with app.open_async()``).

    ``blueprints`` hold the domains' tasks, each under its namespace: ``create_jobs(url,
    privacy=privacy_jobs())`` makes tasks named ``privacy:…``. An app changes its blueprints'
    names, so each app needs new ones.
    """
    connector = PsycopgConnector(
        kwargs=connect_kwargs(url, role), min_size=1, max_size=4, timeout=3, reconnect_timeout=5
    )
    app = App(connector=connector)
    for namespace, blueprint in {"housekeeping": housekeeping(), **blueprints}.items():
        app.add_tasks_from(blueprint, namespace=namespace)
    return app


async def run_jobs(app: App, **context: Any) -> None:
    """Run due jobs until cancelled; during an outage of the database, wait and go on.

    ``context`` reaches tasks that take a ``JobContext``, as its ``additional_context``.
    """
    while True:
        try:
            await app.run_worker_async(
                additional_context=context,
                install_signal_handlers=False,
                delete_jobs="successful",
                shutdown_graceful_timeout=5,
                stalled_worker_timeout=SILENT_SECONDS,
            )
        except exceptions.ConnectorException:
            logger.warning("jobs wait: the database does not answer")
        _end_if_cancelled()
        await asyncio.sleep(PAUSE_SECONDS)


def _end_if_cancelled() -> None:
    """Raise the CancelledError that procrastinate loses when it meets an outage while stopping."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def housekeeping() -> Blueprint:
    """Return the jobs that look after the jobs, as a blueprint of one app."""
    blueprint = Blueprint()
    for cron, job in (("* * * * *", retry_stalled), ("23 * * * *", remove_finished)):
        name = job.__name__
        task = blueprint.task(name=name, queueing_lock=name, pass_context=True)(job)
        blueprint.periodic(cron=cron)(task)
    return blueprint


async def retry_stalled(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Queue jobs again that a killed worker left in the state ``doing``."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        await manager.retry_job(job)


async def remove_finished(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Delete jobs that ended days ago. Failed ones too, since their failure is in the log."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=KEEP_FINISHED_HOURS,
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )
