"""The partners of this installation, in memory, the same in every process within seconds."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.database.session import changed_rows, transaction
from api.errors import DomainError

REFRESH_SECONDS: Final = 10.0
Named = Literal["all"] | Sequence[str]

log = structlog.get_logger()

_LIST = text("""
    SELECT slug, name, origins, inline, ended_at IS NOT NULL AS ended
    FROM partners WHERE ended_at IS NULL OR :ended ORDER BY slug
""")
# A partner that is added again is reactivated with the new values.
_ADD = text("""
    INSERT INTO partners (slug, name, origins, inline, created_at)
    VALUES (:slug, :name, to_jsonb(CAST(:origins AS text[])), :inline, clock_timestamp())
    ON CONFLICT (slug) DO UPDATE
    SET name = excluded.name, origins = excluded.origins, inline = excluded.inline, ended_at = NULL
""")
_END = text("""
    UPDATE partners SET ended_at = clock_timestamp() WHERE slug = :slug AND ended_at IS NULL
""")


class NoPartner(DomainError):
    status = 404
    code = "no_partner"
    title = "There is no such partner"


@dataclass(frozen=True, slots=True)
class PartnerEntry:
    """One partner as it is used; ``ended`` ones are only listed."""

    slug: str
    name: str
    origins: tuple[str, ...]
    inline: bool
    ended: bool = False


class Partners:
    """Present partners by slug. Reading needs no database: a task keeps the memory fresh."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._by_slug: dict[str, PartnerEntry] = {}
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
        """Raises what the database raises when it is away; what was known then stays."""
        async with transaction(self._engine) as session:
            found = await list_partners(session)
        self._by_slug = {partner.slug: partner for partner in found}

    def of(self, named: Named) -> list[PartnerEntry]:
        """The present partners of a campaign; ``named`` is the campaign's ``partners``."""
        return [p for p in self._by_slug.values() if named == "all" or p.slug in named]

    def known(self, named: Named, slug: str | None) -> PartnerEntry | None:
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


async def list_partners(session: AsyncSession, *, ended: bool = False) -> list[PartnerEntry]:
    """The partners by slug; ``ended`` includes former ones."""
    rows = await session.execute(_LIST, {"ended": ended})
    return [PartnerEntry(r.slug, r.name, tuple(r.origins), r.inline, r.ended) for r in rows]


async def add_partner(session: AsyncSession, partner: PartnerEntry, *, actor: str) -> None:
    """Add a partner, or change the one with this slug."""
    values = {"slug": partner.slug, "name": partner.name, "inline": partner.inline}
    await session.execute(_ADD, {**values, "origins": list(partner.origins)})
    await record(session, actor, "partner.added", partner.slug)


async def end_partner(session: AsyncSession, slug: str, *, actor: str) -> None:
    """From now on its sites show no form. Raises NoPartner."""
    ended = await session.execute(_END, {"slug": slug})
    if not changed_rows(ended):
        raise NoPartner(f"No present partner is called {slug}: see `undersigned partner list`.")
    await record(session, actor, "partner.ended", slug)
