"""How much mail an address may get: asked by the mail worker.

Hashes are keyed, in a domain of their own. Times are the caller's. Nothing here commits.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.security.hashing import keyed_hash
from api.security.keys import KeyRing

__all__ = [
    "MAILS_PER_ADDRESS",
    "WINDOW",
    "budget_hash",
    "free_place",
    "free_places",
    "take_place",
]

MAILS_PER_ADDRESS: Final = 3
WINDOW: Final = timedelta(hours=24)

_LOCK: Final = text("SELECT pg_advisory_xact_lock(:space, :slot)")
_LOCK_SPACE: Final = 0x6D61696C  # "mail": keeps these locks apart from any others
_TAKEN: Final = text("""
    SELECT at, mail_id = :mail_id AS own FROM mail_budget
    WHERE address_hash = :address_hash AND (at > :since OR mail_id = :mail_id)
    ORDER BY at DESC
""")
_TAKE: Final = text("""
    INSERT INTO mail_budget (mail_id, address_hash, at) VALUES (:mail_id, :address_hash, :now)
    ON CONFLICT (mail_id) DO UPDATE SET at = excluded.at
""")
_FREE: Final = text("DELETE FROM mail_budget WHERE mail_id = :mail_id")
_FREE_ALL: Final = text("""
    DELETE FROM mail_budget
    WHERE mail_id IN (SELECT id FROM mails WHERE supporter_id = :supporter_id)
""")


def budget_hash(ring: KeyRing, canonical: str) -> bytes:
    """The canonical address as the budget knows it, over all campaigns."""
    return keyed_hash(ring.purpose("addresses"), "mail_budget", canonical)


async def take_place(
    connection: AsyncConnection, address_hash: bytes, mail_id: UUID, now: datetime
) -> datetime | None:
    """None when this mail may go to the address now, else when a place becomes free.

    At most 3 unconfirmed mails an address in any 24 hours. A mail that is tried again keeps its
    place. The caller's transaction (read committed) holds the address locked until it ends, so
    that any number of workers never take more: take one place a transaction, since locks of
    several addresses could wait for each other, and commit before sending.
    """
    slot = int.from_bytes(address_hash[:4], "big", signed=True)
    await connection.execute(_LOCK, {"space": _LOCK_SPACE, "slot": slot})
    mail = {"mail_id": mail_id, "address_hash": address_hash}
    rows = (await connection.execute(_TAKEN, {**mail, "since": now - WINDOW})).all()
    others = [row.at for row in rows if not row.own]
    if len(others) >= MAILS_PER_ADDRESS:
        moment: datetime = others[MAILS_PER_ADDRESS - 1] + WINDOW
        return moment
    await connection.execute(_TAKE, {**mail, "now": now})
    return None


async def free_place(connection: AsyncConnection, mail_id: UUID) -> None:
    """Gives the place of a mail back: it was confirmed, or certainly never left."""
    await connection.execute(_FREE, {"mail_id": mail_id})


async def free_places(connection: AsyncConnection, supporter_id: UUID) -> None:
    """Gives back the places of all mails to one supporter: the address was confirmed."""
    await connection.execute(_FREE_ALL, {"supporter_id": supporter_id})
