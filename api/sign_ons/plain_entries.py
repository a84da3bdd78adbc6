"""Seals entries that an earlier version stored in plain text before they were approved. A migration
could not do it, since it does not have the keys."""

from collections.abc import Sequence
from typing import Final

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.errors import DomainError
from api.sign_ons.entries import UNLISTED, WITH_FORM, hashes_of, mark_of
from api.sign_ons.models import Organization, OrganizationStatus
from api.supporters.models import Supporter
from api.supporters.vault import Entry, Vault

# If the form was wiped, its entry cannot be sealed: a listed one stays, any other is deleted.
_PLAIN: Final = (
    col(Organization.name).is_not(None),
    col(Organization.entry).is_(None),
    or_(
        col(Supporter.data_key).is_not(None),
        Organization.status != OrganizationStatus.APPROVED,
    ),
)


async def campaigns_with_plain(session: AsyncSession) -> Sequence[str]:
    """The campaigns on which there is something to seal."""
    query = select(Organization.campaign).join(Supporter).where(*_PLAIN).distinct()
    return (await session.exec(query.order_by(Organization.campaign))).all()


async def seal_plain(session: AsyncSession, campaign: str, vault: Vault) -> int:
    """Seal what is still plain on a campaign; how many entries. The caller holds its lock.

    What no key of this ring opens stays as it is.
    """
    query = (
        select(Organization)
        .join(Supporter)
        .where(Organization.campaign == campaign, *_PLAIN)
        .order_by(col(Organization.id))
        .with_for_update(of=Organization)
        .options(WITH_FORM)
    )
    found = (await session.exec(query)).all()
    done = [each for each in found if _seal(each, vault)]
    await session.flush()
    return len(done)


def _seal(found: Organization, vault: Vault) -> bool:
    """Seal one, and take from it what is plain unless it is listed; whether that was possible."""
    key = found.supporter.data_key
    if key is not None:
        try:
            seal = vault.open_form(key, found.supporter_id)
        except DomainError:
            return False
        entry = Entry(found.name or "", found.website or "")
        hashes = hashes_of(vault.keys, found.campaign, mark_of(entry))
        found.entry = seal.seal_entry(entry, found.id)
        found.name_hash, found.look_hash, found.domain_hash = hashes
    if found.status != OrganizationStatus.APPROVED:
        found.sqlmodel_update(UNLISTED)
    return True
