"""Organizations as an organizer reads them, with all that an approval would show."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.security.keys import KeyRing
from api.security.lookalikes import skeleton
from api.sign_ons.entries import WITH_FORM, Mark, every_hash, hashes_of, mark_of, open_entry
from api.sign_ons.hints import organization_hints
from api.sign_ons.models import Organization, OrganizationStatus
from api.sign_ons.review import Reviewing
from api.supporters.vault import Vault

Key = TypeVar("Key", bound=Hashable)
WAITING: Final = frozenset({OrganizationStatus.CONFIRMED, OrganizationStatus.TAKEN})
COMPARED: Final = WAITING | {OrganizationStatus.APPROVED, OrganizationStatus.REFUSED}
# If fewer words of one name are in another, that means nothing.
WORDS_WITHIN: Final = 2


@dataclass(frozen=True, slots=True)
class ListedOrganization:
    """An organization as an organizer sees it: without ``name`` and ``website`` where its data or
    key is gone. ``basis`` is ``domain`` or ``manual``, ``standing`` is ``lead`` or ``signatory``;
    ``representative`` is what is shown beside
    it, or would be; ``flags`` say why to look twice."""

    id: UUID
    name: str | None
    website: str | None
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
        session: AsyncSession,
        campaign: str,
        statuses: Sequence[str],
        *,
        actor: str,
        after: UUID | None = None,
        limit: int,
    ) -> list[ListedOrganization]:
        """Those in these states from behind ``after`` on, by id; audited, since the names of
        representatives are opened."""
        query = select(Organization).where(
            Organization.campaign == campaign, col(Organization.status).in_(statuses)
        )
        if after is not None:
            query = query.where(col(Organization.id) > after)
        query = query.order_by(col(Organization.id)).limit(limit).options(WITH_FORM)
        rows = (await session.exec(query)).all()
        others = _Others(await _compared(session, campaign), campaign, self.vault.keys)
        await record(session, actor, "organization.queue", campaign)
        return [self._listed(row, others) for row in rows]

    def _listed(self, row: Organization, others: "_Others") -> ListedOrganization:
        opened, shown = open_entry(row, self.vault), row.public_representative
        flags: list[str] = []
        basis = row.basis
        if opened is not None:
            shown = opened.representative if row.status in WAITING else shown
            lines = [opened.entry.name, *filter(None, [shown])]
            flags += organization_hints(lines, self.reviewing.names)
            mark = mark_of(opened.entry)
            flags += others.flags(row.id, mark)
            # A host that has since become known as shared proves nothing.
            basis = row.basis if mark.domain else "manual"
        return ListedOrganization(
            id=row.id,
            name=opened.entry.name if opened else None,
            website=opened.entry.website if opened else None,
            country=row.country,
            basis=basis,
            standing=row.signs_as,
            status=row.status,
            representative=shown,
            flags=tuple(flags),
        )


class _Others:
    """The other entries of a campaign, by what one is told from another by: those listed as they
    are, the others by their hashes."""

    def __init__(self, rows: Sequence[Any], campaign: str, keys: KeyRing) -> None:
        self._campaign, self._keys = campaign, keys
        listed = [row for row in rows if row.status == OrganizationStatus.APPROVED]
        marks = {row.id: Mark(row.name_key, row.domain) for row in listed}
        hashes = {id_: hashes_of(keys, campaign, mark) for id_, mark in marks.items()}
        self._by_look = _grouped(
            (hashes[row.id].look if row.id in hashes else row.look_hash, row) for row in rows
        )
        self._by_domain = _grouped(
            (hashes[row.id].domain if row.id in hashes else row.domain_hash, row) for row in rows
        )
        self._hosts = _grouped((_host(row.domain), row) for row in listed if row.domain)
        self._words = [(row.name_key, frozenset(row.name_key.split())) for row in listed]

    def flags(self, id_: UUID, mark: Mark) -> Iterator[str]:
        """What the others say of this one."""
        looks = every_hash(self._keys, self._campaign, "look", [skeleton(mark.name)])
        domains = every_hash(self._keys, self._campaign, "domain", [mark.domain])
        alike = [each for each in _of(self._by_look, looks) if each.id != id_]
        same = {each.status for each in alike}
        if same - {OrganizationStatus.REFUSED}:
            yield "same_name"
        if OrganizationStatus.REFUSED in same:
            yield "refused_before"
        if any(each.id != id_ for each in _of(self._by_domain, domains)):
            yield "same_domain"
        if self._looks_listed(mark, alike):
            yield "like_listed"

    def _looks_listed(self, mark: Mark, alike: Sequence[Any]) -> bool:
        listed = [each for each in alike if each.status == OrganizationStatus.APPROVED]
        hosts = self._hosts.get(_host(mark.domain), ()) if mark.domain else ()
        words = frozenset(mark.name.split())
        return (
            any(each.name_key != mark.name for each in listed)
            or any(each.domain != mark.domain for each in hosts)
            or any(name != mark.name and _within(words, other) for name, other in self._words)
        )


async def _compared(session: AsyncSession, campaign: str) -> Sequence[Any]:
    """What tells the entries of a campaign apart, as far as they can be in each other's way."""
    columns: tuple[Any, ...] = (
        Organization.id,
        Organization.name_key,
        Organization.domain,
        Organization.look_hash,
        Organization.domain_hash,
        Organization.status,
    )
    query = select(*columns).where(
        Organization.campaign == campaign, col(Organization.status).in_(COMPARED)
    )
    rows: Sequence[Any] = (await session.exec(query)).all()
    return rows


def _of(found: Mapping[bytes, Sequence[Any]], hashes: Sequence[bytes]) -> Iterator[Any]:
    return (row for each in hashes for row in found.get(each, ()))


def _grouped(pairs: Iterable[tuple[Key | None, Any]]) -> dict[Key, list[Any]]:
    found: dict[Key, list[Any]] = {}
    for key, row in pairs:
        if key is not None:
            found.setdefault(key, []).append(row)
    return found


def _within(one: frozenset[str], other: frozenset[str]) -> bool:
    return min(len(one), len(other)) >= WORDS_WITHIN and (one <= other or other <= one)


def _host(domain: str) -> str:
    try:
        return skeleton(domain.encode().decode("idna"))
    except UnicodeError:
        return skeleton(domain)
