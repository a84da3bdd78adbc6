"""Organizations as an organizer reads them, with all that an approval would show."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit.log import record
from api.errors import DomainError
from api.security.lookalikes import skeleton
from api.sign_ons.hints import organization_hints
from api.sign_ons.models import OrganizationStatus
from api.sign_ons.organizations import shown_representative
from api.sign_ons.review import Reviewing
from api.supporters.vault import Vault

LIST = text("""
    SELECT id, name, website, country, basis, standing, status, name_key, domain,
        public_representative
    FROM organizations WHERE campaign = :campaign AND status = ANY(:statuses)
      AND (CAST(:after AS uuid) IS NULL OR id > :after) ORDER BY id LIMIT :limit
""")
OTHERS = text("""
    SELECT id, name, name_key, domain, status FROM organizations
    WHERE campaign = :campaign AND status IN ('confirmed', 'taken', 'approved', 'refused')
""")
WAITING: Final = frozenset({OrganizationStatus.CONFIRMED, OrganizationStatus.TAKEN})
# Fewer words of one name within another say nothing.
WORDS_WITHIN: Final = 2


@dataclass(frozen=True, slots=True)
class Listed:
    """An organization as an organizer sees it. ``basis`` is ``domain`` or ``manual``;
    ``representative`` is what is shown beside it, or would be; ``flags`` say why to look twice."""

    id: UUID
    name: str
    website: str
    country: str
    basis: str
    standing: str
    status: str
    representative: str | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrganizationDesk:
    """Opens what representatives would have shown, and finds hints."""

    vault: Vault
    reviewing: Reviewing

    async def page(  # noqa: PLR0913 (the parts of a page)
        self,
        connection: AsyncConnection,
        campaign: str,
        statuses: Sequence[str],
        *,
        actor: str,
        after: UUID | None = None,
        limit: int,
    ) -> list[Listed]:
        """Those in these states from behind ``after`` on, by id; audited, since the names of
        representatives are opened."""
        bounds = {"campaign": campaign, "statuses": list(statuses), "after": after, "limit": limit}
        rows = (await connection.execute(LIST, bounds)).all()
        others = _Others((await connection.execute(OTHERS, {"campaign": campaign})).all())
        await record(connection, actor, "organization.queue", campaign)
        return [await self._listed(connection, row, others) for row in rows]

    async def _listed(self, connection: AsyncConnection, row: Any, others: "_Others") -> Listed:
        shown = row.public_representative
        if row.status in WAITING:
            shown = await self._would_show(connection, row.id)
        told = [*organization_hints([row.name, *filter(None, [shown])], self.reviewing.names)]
        return Listed(
            id=row.id,
            name=row.name,
            website=row.website,
            country=row.country,
            basis=row.basis,
            standing=row.standing,
            status=row.status,
            representative=shown,
            flags=(*told, *others.flags(row)),
        )

    async def _would_show(self, connection: AsyncConnection, organization_id: UUID) -> str | None:
        try:
            return await shown_representative(connection, self.vault, organization_id)
        except DomainError:
            return None  # its key is gone


class _Others:
    """The other entries of a campaign, by what one is told from another by."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._by_look = _grouped((skeleton(row.name_key), row) for row in rows)
        self._by_domain = _grouped((row.domain, row) for row in rows if row.domain)
        listed = [row for row in rows if row.status == OrganizationStatus.APPROVED]
        self._hosts = _grouped((_host(row.domain), row) for row in listed if row.domain)
        self._words = [(row.name_key, frozenset(row.name_key.split())) for row in listed]

    def flags(self, row: Any) -> Iterator[str]:
        """What the others say of this one."""
        alike = [each for each in self._by_look[skeleton(row.name_key)] if each.id != row.id]
        same = {each.status for each in alike}
        if same - {OrganizationStatus.REFUSED}:
            yield "same_name"
        if OrganizationStatus.REFUSED in same:
            yield "refused_before"
        if any(each.id != row.id for each in self._by_domain.get(row.domain, ())):
            yield "same_domain"
        if self._looks_listed(row, alike):
            yield "like_listed"

    def _looks_listed(self, row: Any, alike: Sequence[Any]) -> bool:
        listed = [each for each in alike if each.status == OrganizationStatus.APPROVED]
        hosts = self._hosts.get(_host(row.domain), ()) if row.domain else ()
        words = frozenset(row.name_key.split())
        return (
            any(each.name_key != row.name_key for each in listed)
            or any(each.domain != row.domain for each in hosts)
            or any(name != row.name_key and _within(words, other) for name, other in self._words)
        )


def _grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for key, row in pairs:
        found.setdefault(key, []).append(row)
    return found


def _within(one: frozenset[str], other: frozenset[str]) -> bool:
    return min(len(one), len(other)) >= WORDS_WITHIN and (one <= other or other <= one)


def _host(domain: str) -> str:
    try:
        return skeleton(domain.encode().decode("idna"))
    except UnicodeError:
        return skeleton(domain)
