"""The periodic job that wipes data whose time is over."""

from datetime import UTC, datetime
from typing import Protocol

import structlog
from procrastinate import Blueprint, JobContext
from sqlalchemy.ext.asyncio import AsyncEngine

from api.campaigns.catalog import Catalog
from api.campaigns.states import remember_states
from api.database.session import transaction
from api.privacy.retention import Progress, purge
from api.settings import Settings
from api.supporters.vault import Vault

log = structlog.get_logger()

privacy_jobs = Blueprint()


class Published(Protocol):
    @property
    def catalog(self) -> Catalog: ...


class Parts(Protocol):
    """The services that the job needs; ``Services`` itself is defined a layer above."""

    engine: AsyncEngine
    vault: Vault
    settings: Settings

    @property
    def published(self) -> Published: ...


@privacy_jobs.periodic(cron="*/10 * * * *")
@privacy_jobs.task(name="purge", queueing_lock="privacy.purge", pass_context=True)
async def purge_job(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Every 10 minutes; a stopped worker leaves the rest to the next run."""
    parts: Parts = context.additional_context["services"]
    counts = await purge_now(parts)
    if any(counts.values()):
        log.info("privacy.purged", **{name: count for name, count in counts.items() if count})


async def purge_now(parts: Parts, progress: Progress | None = None) -> dict[str, int]:
    """Note which campaigns have closed by the clock, then wipe all that is over."""
    async with transaction(parts.engine) as session:
        await remember_states(session, parts.published.catalog, datetime.now(UTC))
    return await purge(parts.engine, parts.vault, parts.settings, progress=progress)
