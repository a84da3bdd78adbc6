"""Mails to supporters that came back: nothing more goes to such an address."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.mail import budget
from api.security.addresses import canonical_address
from api.security.keys import KeyRing
from api.supporters.vault import Vault

BOUNCED = "bounced"

FAIL = text("""
    WITH failed AS (
        UPDATE mails SET status = 'failed', reason = :reason WHERE id = :id AND status = 'sent'
        RETURNING supporter_id
    )
    SELECT s.id, s.data_key, s.identity FROM failed f JOIN supporters s ON s.id = f.supporter_id
""")


async def mail_bounced(
    connection: AsyncConnection, mail_id: UUID, vault: Vault, keys: KeyRing
) -> bool:
    """Note it, and suppress the address; False for a mail that is not known, or known as failed."""
    row = (await connection.execute(FAIL, {"id": mail_id, "reason": BOUNCED})).one_or_none()
    if row is None:
        return False
    if row.data_key is not None and row.identity is not None:
        address = vault.open_form(row.data_key, row.id).identity(row.identity).email
        known = budget.suppression_hash(keys, canonical_address(address))
        await budget.suppress(connection, known, BOUNCED)
    return True
