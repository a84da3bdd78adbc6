"""Organizations: confirmed by their representative, approved by an organizer, listed once.

Only an approved entry takes a name or a domain: whoever comes first proves nothing. Only an
approved entry is stored plain, too; the others are compared with it by keyed hashes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Case, bindparam
from sqlmodel import case, col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.counts import ledger
from api.database.locks import lock_name
from api.database.session import AS_IT_IS, NOT_LOADED
from api.errors import DomainError, NotFound
from api.mail.compose import MailKind
from api.mail.models import Mail
from api.security.own_domains import own_domain
from api.sign_ons.entries import (
    UNLISTED,
    WITH_FORM,
    Mark,
    Opened,
    every_hash,
    mark_of,
    open_entry,
)
from api.sign_ons.models import Organization, OrganizationStatus
from api.sign_ons.names import organization_key
from api.sign_ons.plain_entries import campaigns_with_plain, seal_plain
from api.submissions.stored import StoredForm, load_form
from api.supporters.vault import Vault

# The kind of advisory locks that serialize confirming, deciding and withdrawing on a campaign;
# taken before any row lock.
LOCKS = 7
WAITING = (OrganizationStatus.CONFIRMED, OrganizationStatus.TAKEN)
DECIDABLE = frozenset(
    [
        OrganizationStatus.CONFIRMED,
        OrganizationStatus.TAKEN,
        OrganizationStatus.APPROVED,
        OrganizationStatus.REFUSED,
    ]
)


_OF_FORM = select(Organization.id).where(Organization.supporter_id == bindparam("id"))


class OrganizationTaken(DomainError):
    """An approved entry has the organization's name or website."""

    status = 409
    code = "organization_taken"
    title = "Another entry has its name or website"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says that they may speak for an organization."""

    name: str
    role: str
    email: str
    show_name: bool


async def speaker(
    session: AsyncSession, vault: Vault, organization_id: UUID, *, actor: str
) -> Speaker:
    """The representative, to be asked by hand; audited. Raises NotFound or TokenGone."""
    found = await _locked(session, organization_id)
    if found is None or found.representative is None:
        raise _gone()
    form = await load_form(session, found.supporter_id, vault)
    speaks = form.seal.representative(found.representative, found.id)
    await record(session, actor, "organization.representative", str(organization_id))
    who = form.identity
    return Speaker(who.full_name, speaks.role, who.email, speaks.show_name)


async def confirm_organization(session: AsyncSession, form: StoredForm, vault: Vault) -> str | None:
    """The representative's confirmation: ``confirmed``, or ``taken`` where an approved entry
    has its name or domain.

    None for a form that signs for no organization.
    """
    found = (await session.exec(_OF_FORM, params={"id": form.id})).one_or_none()
    if found is None:
        return None
    await lock(session, form.campaign, vault)
    status = await _status_now(session, form.campaign, vault)
    confirm = update(Organization).where(col(Organization.id) == found).values(status=status)
    confirmed = await session.exec(
        confirm.returning(col(Organization.status)), execution_options=NOT_LOADED
    )
    return str(confirmed.scalar_one())


async def approve(
    session: AsyncSession, vault: Vault, organization_id: UUID, *, lead: bool, actor: str
) -> bool:
    """Show and count it, with its representative's name and role where they asked for that; False
    when it was approved before.

    Others that wait with its name or domain are taken from then on, and told so by mail. Raises
    NotFound or OrganizationTaken.
    """
    found = await _decidable(session, vault, organization_id)
    was, opened = found.status, _open(found, vault)
    await _refuse_rival(session, found, mark_of(opened.entry))
    found.signs_as = "lead" if lead else "signatory"
    await _decide(session, vault, found, OrganizationStatus.APPROVED, opened)
    await record(session, actor, "organization.approve", str(organization_id))
    return was != OrganizationStatus.APPROVED


async def refuse(session: AsyncSession, vault: Vault, organization_id: UUID, *, actor: str) -> bool:
    """Remove it from the list, or keep it off the list; True when it was counted. Raises
    NotFound."""
    found = await _decidable(session, vault, organization_id)
    was = found.status
    await _decide(session, vault, found, OrganizationStatus.REFUSED)
    await record(session, actor, "organization.refuse", str(organization_id))
    return was == OrganizationStatus.APPROVED


async def undo(session: AsyncSession, vault: Vault, organization_id: UUID, *, actor: str) -> str:
    """Take an approval or a refusal back: it waits again, as do others that it had taken the name
    of. The state that it has then. Raises NotFound."""
    found = await _decidable(session, vault, organization_id)
    if found.entry is None:
        raise _gone()
    await _decide(session, vault, found, OrganizationStatus.CONFIRMED)
    await record(session, actor, "organization.undo", str(organization_id))
    status = select(Organization.status).where(Organization.id == organization_id)
    return str((await session.exec(status)).one())


async def lock(session: AsyncSession, campaign: str, vault: Vault) -> None:
    """Lock the states of this campaign's organizations until the commit. What an earlier version
    stored plain is sealed first, so that nothing is lost or missed."""
    await lock_name(session, campaign, LOCKS)
    await seal_plain(session, campaign, vault)


async def seal_all_plain(session: AsyncSession, *, vault: Vault) -> int:
    """Seal on all campaigns what an earlier version stored plain; how many entries."""
    done = 0
    for campaign in await campaigns_with_plain(session):
        await lock_name(session, campaign, LOCKS)
        done += await seal_plain(session, campaign, vault)
    return done


async def free_shared_hosts(session: AsyncSession, *, vault: Vault) -> int:
    """Take from listed entries what is known by now to be no domain of their own; how many. Others
    that were taken by it wait again."""
    domains = select(Organization.id, Organization.campaign, Organization.domain).where(
        Organization.status == OrganizationStatus.APPROVED, col(Organization.domain).is_not(None)
    )
    listed = (await session.exec(domains.order_by(Organization.campaign))).all()
    shared = [(id_, slug) for id_, slug, domain in listed if own_domain(domain or "") is None]
    for campaign, found in groupby(shared, key=lambda pair: pair[1]):
        await lock(session, campaign, vault)
        free = update(Organization).where(col(Organization.id).in_([id_ for id_, _ in found]))
        await session.exec(free.values(domain=None, basis="manual"))
        await settle(session, campaign, vault)
    return len(shared)


async def settle(session: AsyncSession, campaign: str, vault: Vault) -> None:
    """After an approval was made or undone, update the other entries: whether their names and
    domains are free. Representatives of entries that become taken are told by mail. The caller has
    the lock."""
    now = await _status_now(session, campaign, vault)
    settled = (
        update(Organization)
        .where(
            col(Organization.campaign) == campaign,
            col(Organization.status).in_(WAITING),
            col(Organization.name_hash).is_not(None),
            col(Organization.status) != now,
        )
        .values(status=now)
        .returning(col(Organization.supporter_id), col(Organization.status))
    )
    for supporter_id, status in (await session.exec(settled, execution_options=NOT_LOADED)).all():
        if status == OrganizationStatus.TAKEN:
            session.add(Mail(supporter_id=supporter_id, kind=MailKind.RECEIPT))
    await session.flush()


async def _status_now(session: AsyncSession, campaign: str, vault: Vault) -> Case[str]:
    """The status of a waiting entry: ``taken`` as long as an approved one has its name or
    domain. What waits is sealed, and compared with what is listed by hashes."""
    listed = await _listed(session, campaign)
    names = every_hash(vault.keys, campaign, "name", (each.name_key for each in listed))
    domains = every_hash(vault.keys, campaign, "domain", (each.domain for each in listed))
    taken = or_(col(Organization.name_hash).in_(names), col(Organization.domain_hash).in_(domains))
    return case((taken, str(OrganizationStatus.TAKEN)), else_=str(OrganizationStatus.CONFIRMED))


async def _listed(session: AsyncSession, campaign: str) -> Sequence[Any]:
    """The names and domains that approved entries of a campaign have taken."""
    columns: tuple[Any, ...] = (Organization.id, Organization.name_key, Organization.domain)
    query = select(*columns).where(
        Organization.campaign == campaign, Organization.status == OrganizationStatus.APPROVED
    )
    rows: Sequence[Any] = (await session.exec(query)).all()
    return rows


async def _refuse_rival(session: AsyncSession, found: Organization, mark: Mark) -> None:
    """Raises OrganizationTaken where another approved entry has the name or domain."""
    for other in await _listed(session, found.campaign):
        same = other.name_key == mark.name or (mark.domain and other.domain == mark.domain)
        if same and other.id != found.id:
            raise OrganizationTaken(
                f"Undo the approval of {other.id} first, if this is the right one."
            )


async def _decidable(session: AsyncSession, vault: Vault, organization_id: UUID) -> Organization:
    """The organization, with its campaign locked."""
    campaign = select(Organization.campaign).where(Organization.id == organization_id)
    slug = (await session.exec(campaign)).one_or_none()
    if slug is not None:
        await lock(session, slug, vault)
    found = await _locked(session, organization_id)
    if found is None or found.status not in DECIDABLE:
        raise NotFound("There is no such organization that waits, or that was decided on.")
    return found


async def _locked(session: AsyncSession, organization_id: UUID) -> Organization | None:
    """The organization with what opens it; nobody else changes it until the transaction ends."""
    query = select(Organization).where(Organization.id == organization_id).options(WITH_FORM)
    locked = query.with_for_update(of=Organization)
    return (await session.exec(locked, execution_options=AS_IT_IS)).one_or_none()


def _open(found: Organization, vault: Vault) -> Opened:
    opened = open_entry(found, vault)
    if opened is None:
        raise _gone()
    return opened


def _gone() -> NotFound:
    return NotFound("There is no such organization, or its data is gone.")


async def _decide(
    session: AsyncSession,
    vault: Vault,
    found: Organization,
    status: OrganizationStatus,
    opened: Opened | None = None,
) -> None:
    """Change its state, with what is public of an approved entry: none of it in any other."""
    approved = OrganizationStatus.APPROVED
    change = int(status == approved) - int(found.status == approved)
    if opened is None:
        found.signs_as = "signatory"
    found.sqlmodel_update({"status": status, **_plain(opened)})
    await session.flush()
    await ledger.append(session, found.campaign, {"organizations": change})
    await settle(session, found.campaign, vault)


def _plain(opened: Opened | None) -> Mapping[str, Any]:
    """The columns that are public; None in all of them for what is not listed."""
    if opened is None:
        return UNLISTED
    entry, mark = opened.entry, mark_of(opened.entry)
    return {
        "name": entry.name,
        "website": entry.website,
        "name_key": mark.name,
        "domain": mark.domain,
        "sort_key": organization_key(entry.name),
        "public_representative": opened.representative,
    }
