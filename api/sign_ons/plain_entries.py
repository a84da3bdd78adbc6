"""Seals entries that an earlier version stored in plain text before they were approved. A migration
could not do it, since it does not have the keys."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.errors import DomainError
from api.sign_ons.entries import UNLISTED, hashes_of, mark_of
from api.supporters.vault import Entry, Vault

# If the form was wiped, its entry cannot be sealed: a listed one stays, any other is deleted.
_PLAIN: Final = """
    FROM organizations o JOIN supporters s ON s.id = o.supporter_id
    WHERE o.name IS NOT NULL AND o.entry IS NULL
      AND (s.data_key IS NOT NULL OR o.status <> 'approved')
"""
CAMPAIGNS: Final = text(f"SELECT DISTINCT o.campaign {_PLAIN} ORDER BY o.campaign")
FIND: Final = text(f"""
    SELECT o.id, o.supporter_id, o.name, o.website, s.data_key {_PLAIN}
      AND o.campaign = :campaign ORDER BY o.id FOR UPDATE OF o
""")
STORE: Final = text("""
    UPDATE organizations SET entry = :entry, name_hash = :name_hash, look_hash = :look_hash,
        domain_hash = :domain_hash
    WHERE id = :id
""")
SEALED: Final = ("entry", "name_hash", "look_hash", "domain_hash")
HIDE: Final = text(f"""
    UPDATE organizations SET {UNLISTED} WHERE id = ANY(:ids) AND status <> 'approved'
""")  # noqa: S608


async def campaigns_with_plain(session: AsyncSession) -> Sequence[str]:
    return (await session.execute(CAMPAIGNS)).scalars().all()


async def seal_plain(session: AsyncSession, campaign: str, vault: Vault) -> int:
    """Seal what is still plain on a campaign; how many entries. The caller holds its lock.

    What no key of this ring opens stays as it is.
    """
    rows = (await session.execute(FIND, {"campaign": campaign})).all()
    done = [sealed for row in rows if (sealed := _sealed(row, campaign, vault))]
    if done:
        await session.execute(STORE, done)
        await session.execute(HIDE, {"ids": [each["id"] for each in done]})
    return len(done)


def _sealed(row: Any, campaign: str, vault: Vault) -> dict[str, Any] | None:
    if row.data_key is None:
        return {"id": row.id, **dict.fromkeys(SEALED)}
    try:
        seal = vault.open_form(row.data_key, row.supporter_id)
    except DomainError:
        return None
    entry = Entry(row.name, row.website)
    hashes = hashes_of(vault.keys, campaign, mark_of(entry))
    sealed = (seal.seal_entry(entry, row.id), *hashes)
    return {"id": row.id, **dict(zip(SEALED, sealed, strict=True))}
