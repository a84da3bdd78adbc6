"""The partners of this installation, in memory, the same in every process within seconds."""

import asyncio
from collections.abc import Sequence
from typing import Final, Literal

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.database.columns import utc_now
from api.database.session import transaction
from api.errors import DomainError
from api.partners.models import Partner

REFRESH_SECONDS: Final = 10.0
Named = Literal["all"] | Sequence[str]

log = structlog.get_logger()


class NoPartner(DomainError):
    status = 404
    code = "no_partner"
    title = "There is no such partner"


class Partners:
    """Present partners by slug. Reading needs no database: a task keeps the memory fresh."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._by_slug: dict[str, Partner] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read them, and again every ``REFRESH_SECONDS`` until ``close``."""
        await self.read()
        self._task = asyncio.create_task(self._keep_fresh())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def read(self) -> None:
        """Raises the database's error in an outage; what was read before stays in use."""
        async with transaction(self._engine) as session:
            found = await list_partners(session)
        self._by_slug = {partner.slug: partner for partner in found}

    def of(self, named: Named) -> list[Partner]:
        """The present partners of a campaign; ``named`` is the campaign's ``partners``."""
        return [p for p in self._by_slug.values() if named == "all" or p.slug in named]

    def known(self, named: Named, slug: str | None) -> Partner | None:
        """The partner with this slug if it is the campaign's; what else stands there is
        anybody's text."""
        partner = self._by_slug.get(slug or "")
        return partner if partner and (named == "all" or partner.slug in named) else None

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await self.read()
            except (SQLAlchemyError, OSError) as error:
                log.warning("partners.stale", error=type(error).__name__)


async def list_partners(session: AsyncSession, *, ended: bool = False) -> Sequence[Partner]:
    """The partners by slug; ``ended`` includes former ones."""
    query = select(Partner).order_by(Partner.slug)
    if not ended:
        query = query.where(col(Partner.ended_at).is_(None))
    return (await session.exec(query)).all()


async def add_partner(session: AsyncSession, partner: Partner, *, actor: str) -> None:
    """Add a partner, or change the one with this slug; one that had ended is a partner again."""
    known = await session.get(Partner, partner.slug, with_for_update=True)
    if known is None:
        session.add(partner)
    else:
        known.name, known.origins, known.inline = partner.name, partner.origins, partner.inline
        known.ended_at = None
    await record(session, actor, "partner.added", partner.slug)


async def end_partner(session: AsyncSession, slug: str, *, actor: str) -> None:
    """From now on its sites show no form. Raises NoPartner."""
    partner = await session.get(Partner, slug, with_for_update=True)
    if partner is None or partner.ended_at is not None:
        raise NoPartner(f"No present partner is called {slug}: see `undersigned partner list`.")
    partner.ended_at = utc_now()
    await record(session, actor, "partner.ended", slug)
