"""Organizations: confirmed by their representative, approved by an organizer, listed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit.log import record
from api.counts import ledger
from api.errors import NotFound
from api.sign_ons.models import OrganizationStatus
from api.sign_ons.names import organization_key
from api.submissions.stored import StoredForm, load_form
from api.supporters.vault import Vault

FIND = text("SELECT id, name, domain, name_key FROM organizations WHERE supporter_id = :id")

# Two representatives who confirm at the same moment: the second waits, and finds the first.
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:campaign, 7))")

CONFIRM = text("""
    UPDATE organizations SET sort_key = :sort_key, status = CASE WHEN EXISTS (
        SELECT FROM organizations o WHERE o.campaign = :campaign
          AND o.status IN ('confirmed', 'approved')
          AND (o.name_key = :name_key OR o.domain = :domain)
    ) THEN 'taken' ELSE 'confirmed' END
    WHERE id = :id RETURNING status
""")

LIST = text("""
    SELECT id, name, website, country, basis, standing, status FROM organizations
    WHERE campaign = :campaign AND status = ANY(:statuses) ORDER BY status, sort_key, id
""")

PAGE = text("""
    SELECT id, name, website, country, basis, standing, status FROM organizations
    WHERE campaign = :campaign AND status = :status
      AND (CAST(:after AS uuid) IS NULL OR id > :after) ORDER BY id LIMIT :limit
""")

OPEN = text("""
    SELECT o.id, o.campaign, o.status, o.supporter_id, o.representative FROM organizations o
    WHERE o.id = :id FOR UPDATE
""")

DECIDE = text("""
    UPDATE organizations SET status = :status, standing = :standing,
        public_representative = :representative
    WHERE id = :id
""")


@dataclass(frozen=True, slots=True)
class Listed:
    """An organization as an organizer sees it; ``basis`` is ``domain`` or ``manual``."""

    id: UUID
    name: str
    website: str
    country: str
    basis: str
    standing: str
    status: str


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says that they may speak for an organization."""

    name: str
    role: str
    email: str
    show_name: bool


async def page(
    connection: AsyncConnection,
    campaign: str,
    status: OrganizationStatus,
    after: UUID | None,
    limit: int,
) -> list[Listed]:
    """Those in one state from behind ``after`` on, by id."""
    values = {"campaign": campaign, "status": status, "after": after, "limit": limit}
    return [Listed(*row) for row in await connection.execute(PAGE, values)]


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
    """The representative's word: ``confirmed``, or ``taken`` where it is listed already.

    None for a form that signs for no organization.
    """
    row = (await connection.execute(FIND, {"id": form.id})).one_or_none()
    if row is None:
        return None
    await connection.execute(ONE_AT_A_TIME, {"campaign": form.campaign})
    values = {
        "id": row.id,
        "campaign": form.campaign,
        "name_key": row.name_key,
        "domain": row.domain,
        "sort_key": organization_key(row.name),
    }
    status: str = (await connection.execute(CONFIRM, values)).scalar_one()
    return status


async def list_organizations(
    connection: AsyncConnection, campaign: str, statuses: Sequence[str]
) -> list[Listed]:
    bounds = {"campaign": campaign, "statuses": list(statuses)}
    rows = await connection.execute(LIST, bounds)
    return [Listed(**row._mapping) for row in rows]  # noqa: SLF001 (SQLAlchemy's public name)


async def approve(
    connection: AsyncConnection,
    organization_id: UUID,
    *,
    lead: bool,
    representative: str | None,
    actor: str,
) -> bool:
    """Show and count it; False when it was approved before. Raises NotFound.

    ``representative`` is the name and role to be shown, for those who asked for it.
    """
    row = await _waiting(connection, organization_id)
    values = {
        "id": row.id,
        "status": OrganizationStatus.APPROVED,
        "standing": "lead" if lead else "signatory",
        "representative": representative,
    }
    await connection.execute(DECIDE, values)
    fresh = row.status != OrganizationStatus.APPROVED
    await ledger.append(connection, row.campaign, {"organizations": int(fresh)})
    await record(connection, actor, "organization.approve", str(organization_id))
    return fresh


async def refuse(connection: AsyncConnection, organization_id: UUID, *, actor: str) -> bool:
    """Take it from the list, or keep it from there; True when it was counted. Raises NotFound."""
    row = await _waiting(connection, organization_id)
    values = {
        "id": row.id,
        "status": OrganizationStatus.REFUSED,
        "standing": "signatory",
        "representative": None,
    }
    await connection.execute(DECIDE, values)
    counted = row.status == OrganizationStatus.APPROVED
    await ledger.append(connection, row.campaign, {"organizations": -int(counted)})
    await record(connection, actor, "organization.refuse", str(organization_id))
    return counted


@dataclass(frozen=True, slots=True)
class Waiting:
    id: UUID
    campaign: str
    status: str
    supporter_id: UUID


async def _waiting(connection: AsyncConnection, organization_id: UUID) -> Waiting:
    row = (await connection.execute(OPEN, {"id": organization_id})).one_or_none()
    decided = (OrganizationStatus.CONFIRMED, OrganizationStatus.APPROVED)
    if row is None or row.status not in decided:
        raise NotFound("There is no such organization that waits or is listed.")
    return Waiting(row.id, row.campaign, row.status, row.supporter_id)


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
