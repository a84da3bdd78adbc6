"""No more mail to an address: what the link at the end of every mail leads to."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.errors import TokenGone
from api.mail import budget
from api.security.addresses import canonical_address
from api.security.keys import KeyRing
from api.supporters import tokens
from api.supporters.tokens import Purpose
from api.supporters.vault import Vault

ADDRESS = text("SELECT id, data_key, identity FROM supporters WHERE id = :id")


async def check(connection: AsyncConnection, token: str) -> None:
    """Raises TokenGone for a link that cannot be used."""
    await tokens.find(connection, token, Purpose.UNSUBSCRIBE)


async def unsubscribe(connection: AsyncConnection, token: str, vault: Vault, keys: KeyRing) -> None:
    """Put the address behind the link on the suppression list; a second time is no harm.

    Raises TokenGone when the link is not one, or nothing is known any more behind it.
    """
    found = await tokens.find(connection, token, Purpose.UNSUBSCRIBE)
    row = (await connection.execute(ADDRESS, {"id": found.supporter_id})).one_or_none()
    if row is None or row.data_key is None or row.identity is None:
        raise TokenGone("Nothing is kept about this address any more, so no mail goes to it.")
    identity = vault.open_form(row.data_key, row.id).identity(row.identity)
    address_hash = budget.suppression_hash(keys, canonical_address(identity.email))
    await budget.suppress(connection, address_hash, "unsubscribed")
