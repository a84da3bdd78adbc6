"""Organizations: confirmed by their representative, approved by an organizer, listed once.

Only an approved entry takes a name or a domain: whoever comes first proves nothing.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit.log import record
from api.counts import ledger
from api.errors import DomainError, NotFound
from api.security.identifiers import new_id
from api.sign_ons.models import OrganizationStatus
from api.sign_ons.names import organization_key
from api.submissions.stored import StoredForm, load_form
from api.supporters.vault import Vault

FIND = text("SELECT id, name, domain, name_key FROM organizations WHERE supporter_id = :id")

# Whoever confirms, decides or withdraws waits here for the others of the campaign, before any row.
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:campaign, 7))")

CONFIRM = text("""
    UPDATE organizations SET sort_key = :sort_key, status = CASE WHEN EXISTS (
        SELECT FROM organizations o WHERE o.campaign = :campaign AND o.status = 'approved'
          AND (o.name_key = :name_key OR o.domain = :domain)
    ) THEN 'taken' ELSE 'confirmed' END
    WHERE id = :id RETURNING status
""")

# Who waits is taken as long as an approved entry has the same name or domain.
SETTLE = text("""
    UPDATE organizations o SET status = now.status
    FROM (
        SELECT w.id, CASE WHEN EXISTS (
            SELECT FROM organizations a WHERE a.campaign = w.campaign AND a.status = 'approved'
              AND (a.name_key = w.name_key OR a.domain = w.domain)
        ) THEN 'taken' ELSE 'confirmed' END AS status
        FROM organizations w WHERE w.campaign = :campaign AND w.status IN ('confirmed', 'taken')
    ) AS now
    WHERE o.id = now.id AND o.status <> now.status RETURNING o.supporter_id, o.status
""")
TELL = text("""
    INSERT INTO mails (id, supporter_id, kind, status, due_at, epoch, attempts)
    VALUES (:id, :supporter_id, 'receipt', 'queued', now(), 0, 0)
""")
RIVAL = text("""
    SELECT a.id FROM organizations o JOIN organizations a ON a.campaign = o.campaign
        AND a.status = 'approved' AND a.id <> o.id
        AND (a.name_key = o.name_key OR a.domain = o.domain)
    WHERE o.id = :id LIMIT 1
""")

CAMPAIGN_OF = text("SELECT campaign FROM organizations WHERE id = :id")
OPEN = text("""
    SELECT o.id, o.campaign, o.status, o.supporter_id, o.representative FROM organizations o
    WHERE o.id = :id FOR UPDATE
""")

DECIDE = text("""
    UPDATE organizations SET status = :status, standing = :standing,
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
    connection: AsyncConnection, vault: Vault, organization_id: UUID, *, actor: str
) -> Speaker:
    """The representative, to be asked by hand; audited. Raises NotFound or TokenGone."""
    row = (await connection.execute(OPEN, {"id": organization_id})).one_or_none()
    if row is None or row.representative is None:
        raise NotFound("There is no such organization, or its data is gone.")
    form = await load_form(connection, row.supporter_id, vault)
    speaks = form.seal.representative(row.representative, row.id)
    await record(connection, actor, "organization.representative", str(organization_id))
    who = form.identity
    return Speaker(who.full_name, speaks.role, who.email, speaks.show_name)


async def confirm_organization(connection: AsyncConnection, form: StoredForm) -> str | None:
    """The representative's word: ``confirmed``, or ``taken`` where an approved entry has its
    name or domain.

    None for a form that signs for no organization.
    """
    row = (await connection.execute(FIND, {"id": form.id})).one_or_none()
    if row is None:
        return None
    await lock(connection, form.campaign)
    values = {
        "id": row.id,
        "campaign": form.campaign,
        "name_key": row.name_key,
        "domain": row.domain,
        "sort_key": organization_key(row.name),
    }
    status: str = (await connection.execute(CONFIRM, values)).scalar_one()
    return status


async def approve(
    connection: AsyncConnection,
    organization_id: UUID,
    *,
    lead: bool,
    representative: str | None,
    actor: str,
) -> bool:
    """Show and count it; False when it was approved before. Others that wait with its name or
    domain are taken from then on, and told so by mail. Raises NotFound or OrganizationTaken.

    ``representative`` is the name and role to be shown, for those who asked for it.
    """
    row = await _decidable(connection, organization_id)
    rival = await connection.scalar(RIVAL, {"id": row.id})
    if rival is not None:
        raise OrganizationTaken(f"Undo the approval of {rival} first, if this is the right one.")
    standing = "lead" if lead else "signatory"
    await _decide(connection, row, OrganizationStatus.APPROVED, standing, representative)
    await record(connection, actor, "organization.approve", str(organization_id))
    return bool(row.status != OrganizationStatus.APPROVED)


async def refuse(connection: AsyncConnection, organization_id: UUID, *, actor: str) -> bool:
    """Take it from the list, or keep it from there; True when it was counted. Raises NotFound."""
    row = await _decidable(connection, organization_id)
    await _decide(connection, row, OrganizationStatus.REFUSED)
    await record(connection, actor, "organization.refuse", str(organization_id))
    return bool(row.status == OrganizationStatus.APPROVED)


async def undo(connection: AsyncConnection, organization_id: UUID, *, actor: str) -> str:
    """Take an approval or a refusal back: it waits again, as do others that it had taken the name
    of. The state that it has then. Raises NotFound."""
    row = await _decidable(connection, organization_id)
    await _decide(connection, row, OrganizationStatus.CONFIRMED)
    await record(connection, actor, "organization.undo", str(organization_id))
    found = await connection.execute(OPEN, {"id": organization_id})
    return str(found.one().status)


async def lock(connection: AsyncConnection, campaign: str) -> None:
    """Nobody else changes the states of this campaign's organizations before the commit."""
    await connection.execute(ONE_AT_A_TIME, {"campaign": campaign})


async def settle(connection: AsyncConnection, campaign: str) -> None:
    """After an entry became approved, or is so no more: say of each other one whether its name
    and domain are free. Whoever is taken by it hears so by mail. The caller holds the lock."""
    for row in (await connection.execute(SETTLE, {"campaign": campaign})).all():
        if row.status == OrganizationStatus.TAKEN:
            await connection.execute(TELL, {"id": new_id(), "supporter_id": row.supporter_id})


async def _decidable(connection: AsyncConnection, organization_id: UUID) -> Any:
    """Its row, with the lock of its campaign."""
    campaign = await connection.scalar(CAMPAIGN_OF, {"id": organization_id})
    if campaign is not None:
        await lock(connection, campaign)
    row = (await connection.execute(OPEN, {"id": organization_id})).one_or_none()
    if row is None or row.status not in DECIDABLE:
        raise NotFound("There is no such organization that waits, or that was decided on.")
    return row


async def _decide(
    connection: AsyncConnection,
    row: Any,
    status: OrganizationStatus,
    standing: str = "signatory",
    representative: str | None = None,
) -> None:
    values = {"standing": standing, "representative": representative}
    await connection.execute(DECIDE, {"id": row.id, "status": status, **values})
    approved = OrganizationStatus.APPROVED
    change = int(status == approved) - int(row.status == approved)
    await ledger.append(connection, row.campaign, {"organizations": change})
    await settle(connection, row.campaign)


async def shown_representative(
    connection: AsyncConnection, vault: Vault, organization_id: UUID
) -> str | None:
    """Name and role for who asked to be shown beside the organization, else None."""
    row = (await connection.execute(OPEN, {"id": organization_id})).one_or_none()
    if row is None or row.representative is None:
        return None
    form = await load_form(connection, row.supporter_id, vault)
    speaks = form.seal.representative(row.representative, row.id)
    return f"{form.identity.full_name}, {speaks.role}" if speaks.show_name else None
