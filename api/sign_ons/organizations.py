"""Organizations: confirmed by their representative, approved by an organizer, listed once.

Only an approved entry takes a name or a domain: whoever comes first proves nothing. Only an
approved entry is stored plain, too; the others are compared with it by keyed hashes.
"""

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.counts import ledger
from api.errors import DomainError, NotFound
from api.security.identifiers import new_id
from api.security.own_domains import own_domain
from api.sign_ons.entries import Mark, Opened, every_hash, mark_of, open_entry
from api.sign_ons.models import OrganizationStatus
from api.sign_ons.names import organization_key
from api.sign_ons.plain_entries import campaigns_with_plain, seal_plain
from api.submissions.stored import StoredForm, load_form
from api.supporters.vault import Vault

FIND = text("SELECT id FROM organizations WHERE supporter_id = :id")

# Serializes confirming, deciding and withdrawing on a campaign; taken before any row lock.
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:campaign, 7))")

# The marks that are taken. All else is compared with them by hashes, which the caller makes.
APPROVED = text("""
    SELECT id, name_key, domain FROM organizations
    WHERE campaign = :campaign AND status = 'approved'
""")
_NOW = """
    CASE WHEN w.name_hash = ANY(CAST(:names AS bytea[]))
        OR w.domain_hash = ANY(CAST(:domains AS bytea[])) THEN 'taken' ELSE 'confirmed' END
"""
CONFIRM = text(f"""
    UPDATE organizations w SET status = {_NOW} WHERE id = :id RETURNING status
""")  # noqa: S608 (our own text)

# A waiting entry is ``taken`` as long as an approved one has the same name or domain.
SETTLE = text(f"""
    UPDATE organizations o SET status = now.status
    FROM (
        SELECT w.id, {_NOW} AS status FROM organizations w
        WHERE w.campaign = :campaign AND w.status IN ('confirmed', 'taken')
          AND w.name_hash IS NOT NULL
    ) AS now
    WHERE o.id = now.id AND o.status <> now.status RETURNING o.supporter_id, o.status
""")  # noqa: S608
TELL = text("""
    INSERT INTO mails (id, supporter_id, kind, status, due_at, epoch, attempts)
    VALUES (:id, :supporter_id, 'receipt', 'queued', now(), 0, 0)
""")

LISTED_DOMAINS = text("""
    SELECT id, campaign, domain FROM organizations
    WHERE status = 'approved' AND domain IS NOT NULL ORDER BY campaign
""")
FREE = text("UPDATE organizations SET domain = NULL, basis = 'manual' WHERE id = ANY(:ids)")

CAMPAIGN_OF = text("SELECT campaign FROM organizations WHERE id = :id")
OPEN = text("""
    SELECT o.id, o.campaign, o.status, o.supporter_id, o.name, o.website, o.entry,
        o.representative, s.data_key, s.identity
    FROM organizations o JOIN supporters s ON s.id = o.supporter_id
    WHERE o.id = :id FOR UPDATE OF o
""")

# The columns that are public for an approved entry only.
PLAIN = ("name", "website", "name_key", "domain", "sort_key", "representative")
DECIDE = text("""
    UPDATE organizations SET status = :status, standing = :signs_as, name = :name,
        website = :website, name_key = :name_key, domain = :domain, sort_key = :sort_key,
        public_representative = :representative
    WHERE id = :id
""")

DECIDABLE = frozenset(
    [
        OrganizationStatus.CONFIRMED,
        OrganizationStatus.TAKEN,
        OrganizationStatus.APPROVED,
        OrganizationStatus.REFUSED,
    ]
)


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
    row = (await session.execute(OPEN, {"id": organization_id})).one_or_none()
    if row is None or row.representative is None:
        raise _gone()
    form = await load_form(session, row.supporter_id, vault)
    speaks = form.seal.representative(row.representative, row.id)
    await record(session, actor, "organization.representative", str(organization_id))
    who = form.identity
    return Speaker(who.full_name, speaks.role, who.email, speaks.show_name)


async def confirm_organization(session: AsyncSession, form: StoredForm, vault: Vault) -> str | None:
    """The representative's word: ``confirmed``, or ``taken`` where an approved entry has its
    name or domain.

    None for a form that signs for no organization.
    """
    found = await session.scalar(FIND, {"id": form.id})
    if found is None:
        return None
    await lock(session, form.campaign, vault)
    values = {"id": found, **await _taken(session, form.campaign, vault)}
    status: str = (await session.execute(CONFIRM, values)).scalar_one()
    return status


async def approve(
    session: AsyncSession, vault: Vault, organization_id: UUID, *, lead: bool, actor: str
) -> bool:
    """Show and count it, with its representative's name and role where they asked for that; False
    when it was approved before.

    Others that wait with its name or domain are taken from then on, and told so by mail. Raises
    NotFound or OrganizationTaken.
    """
    row = await _decidable(session, vault, organization_id)
    opened = _open(row, vault)
    await _refuse_rival(session, row, mark_of(opened.entry))
    signs_as = "lead" if lead else "signatory"
    await _decide(session, vault, row, OrganizationStatus.APPROVED, signs_as, opened)
    await record(session, actor, "organization.approve", str(organization_id))
    return bool(row.status != OrganizationStatus.APPROVED)


async def refuse(session: AsyncSession, vault: Vault, organization_id: UUID, *, actor: str) -> bool:
    """Take it from the list, or keep it from there; True when it was counted. Raises NotFound."""
    row = await _decidable(session, vault, organization_id)
    await _decide(session, vault, row, OrganizationStatus.REFUSED)
    await record(session, actor, "organization.refuse", str(organization_id))
    return bool(row.status == OrganizationStatus.APPROVED)


async def undo(session: AsyncSession, vault: Vault, organization_id: UUID, *, actor: str) -> str:
    """Take an approval or a refusal back: it waits again, as do others that it had taken the name
    of. The state that it has then. Raises NotFound."""
    row = await _decidable(session, vault, organization_id)
    if row.entry is None:
        raise _gone()
    await _decide(session, vault, row, OrganizationStatus.CONFIRMED)
    await record(session, actor, "organization.undo", str(organization_id))
    found = await session.execute(OPEN, {"id": organization_id})
    return str(found.one().status)


async def lock(session: AsyncSession, campaign: str, vault: Vault) -> None:
    """Nobody else changes the states of this campaign's organizations before the commit. What an
    earlier version stored plain is sealed first, so that nothing is lost or missed."""
    await session.execute(ONE_AT_A_TIME, {"campaign": campaign})
    await seal_plain(session, campaign, vault)


async def seal_all_plain(session: AsyncSession, *, vault: Vault) -> int:
    """Seal on all campaigns what an earlier version stored plain; how many entries."""
    done = 0
    for campaign in await campaigns_with_plain(session):
        await session.execute(ONE_AT_A_TIME, {"campaign": campaign})
        done += await seal_plain(session, campaign, vault)
    return done


async def free_shared_hosts(session: AsyncSession, *, vault: Vault) -> int:
    """Take from listed entries what is known by now to be no domain of their own; how many. Others
    that were taken by it wait again."""
    listed = (await session.execute(LISTED_DOMAINS)).all()
    shared = [row for row in listed if own_domain(row.domain) is None]
    for campaign, rows in groupby(shared, key=lambda row: row.campaign):
        await lock(session, campaign, vault)
        await session.execute(FREE, {"ids": [row.id for row in rows]})
        await settle(session, campaign, vault)
    return len(shared)


async def settle(session: AsyncSession, campaign: str, vault: Vault) -> None:
    """After an entry became approved, or is so no more: say of each other one whether its name
    and domain are free. Whoever is taken by it hears so by mail. The caller holds the lock."""
    values = {"campaign": campaign, **await _taken(session, campaign, vault)}
    for row in (await session.execute(SETTLE, values)).all():
        if row.status == OrganizationStatus.TAKEN:
            await session.execute(TELL, {"id": new_id(), "supporter_id": row.supporter_id})


async def _taken(session: AsyncSession, campaign: str, vault: Vault) -> dict[str, list[bytes]]:
    """The hashes of the names and domains that approved entries have."""
    rows = (await session.execute(APPROVED, {"campaign": campaign})).all()
    return {
        "names": every_hash(vault.keys, campaign, "name", (row.name_key for row in rows)),
        "domains": every_hash(vault.keys, campaign, "domain", (row.domain for row in rows)),
    }


async def _refuse_rival(session: AsyncSession, row: Any, mark: Mark) -> None:
    """Raises OrganizationTaken where another approved entry has the name or domain."""
    for other in (await session.execute(APPROVED, {"campaign": row.campaign})).all():
        same = other.name_key == mark.name or (mark.domain and other.domain == mark.domain)
        if same and other.id != row.id:
            raise OrganizationTaken(
                f"Undo the approval of {other.id} first, if this is the right one."
            )


async def _decidable(session: AsyncSession, vault: Vault, organization_id: UUID) -> Any:
    """The organization's row, with its campaign locked."""
    campaign = await session.scalar(CAMPAIGN_OF, {"id": organization_id})
    if campaign is not None:
        await lock(session, campaign, vault)
    row = (await session.execute(OPEN, {"id": organization_id})).one_or_none()
    if row is None or row.status not in DECIDABLE:
        raise NotFound("There is no such organization that waits, or that was decided on.")
    return row


def _open(row: Any, vault: Vault) -> Opened:
    opened = open_entry(row, vault)
    if opened is None:
        raise _gone()
    return opened


def _gone() -> NotFound:
    return NotFound("There is no such organization, or its data is gone.")


async def _decide(  # noqa: PLR0913 (what, of whom, how)
    session: AsyncSession,
    vault: Vault,
    row: Any,
    status: OrganizationStatus,
    signs_as: str = "signatory",
    opened: Opened | None = None,
) -> None:
    values = {"id": row.id, "status": status, "signs_as": signs_as}
    await session.execute(DECIDE, values | _plain(opened))
    approved = OrganizationStatus.APPROVED
    change = int(status == approved) - int(row.status == approved)
    await ledger.append(session, row.campaign, {"organizations": change})
    await settle(session, row.campaign, vault)


def _plain(opened: Opened | None) -> dict[str, Any]:
    """The columns that are public; None in all of them for what is not listed."""
    if opened is None:
        return dict.fromkeys(PLAIN)
    entry, mark = opened.entry, mark_of(opened.entry)
    shown = (entry.name, entry.website, *mark, organization_key(entry.name), opened.representative)
    return dict(zip(PLAIN, shown, strict=True))
