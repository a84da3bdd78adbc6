"""Who is to get no mail: asked by the mail worker, told by owners and by what comes back.

An owner's word goes by the canonical address, since it is the owner of the mailbox who says it.
That there is no such mailbox is said of one literal address and holds for that one alone:
``name+tag@`` may be refused where ``name@`` is somebody's. It takes two such reports, of two
mails that were sent on different days (UTC), since one may be a forgery or a bad hour.

Hashes are keyed by the ring's ``suppressions`` purpose. Nothing here commits.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.security.addresses import canonical_address, earlier_forms
from api.security.hashing import keyed_hash
from api.security.keys import KeyRing

__all__ = [
    "allow",
    "is_stopped",
    "report_gone",
    "suppress",
    "suppressed",
    "suppression_hash",
]

REPORTS_NEEDED: Final = 2

_SUPPRESSED: Final = text("""
    SELECT EXISTS (SELECT FROM suppressions WHERE address_hash = ANY(:owners))
        OR (SELECT count(*) FROM gone_reports WHERE address_hash = :mailbox) >= :needed
""")
_STOPPED: Final = text("""
    SELECT EXISTS (SELECT FROM suppressions WHERE address_hash = :owner)
        OR EXISTS (SELECT FROM gone_reports WHERE owner_hash = :owner
                   GROUP BY address_hash HAVING count(*) >= :needed)
""")
_SUPPRESS: Final = text("""
    INSERT INTO suppressions (address_hash, reason, at) VALUES (:owner, :reason, now())
    ON CONFLICT (address_hash) DO NOTHING
""")
_ALLOW: Final = text("""
    WITH reports AS (DELETE FROM gone_reports WHERE owner_hash = :owner RETURNING address_hash),
         word AS (DELETE FROM suppressions WHERE address_hash = :owner RETURNING address_hash)
    SELECT EXISTS (SELECT FROM word)
        OR EXISTS (SELECT FROM reports GROUP BY address_hash HAVING count(*) >= :needed)
""")
# A second report of one day, or of one mail, is no second report.
_REPORT: Final = text("""
    INSERT INTO gone_reports (address_hash, day, owner_hash, mail_id)
    VALUES (:mailbox, CAST(CAST(:at AS timestamptz) AT TIME ZONE 'UTC' AS date), :owner, :mail_id)
    ON CONFLICT DO NOTHING
""")


def suppression_hash(ring: KeyRing, canonical: str) -> bytes:
    """A canonical address as the suppression list knows it."""
    return keyed_hash(ring.purpose("suppressions"), "suppressions", canonical)


def _mailbox_hash(ring: KeyRing, address: str) -> bytes:
    """A literal address, in a domain of its own."""
    return keyed_hash(ring.purpose("suppressions"), "mailboxes", address)


def _hashes(ring: KeyRing, address: str) -> dict[str, bytes]:
    owner = suppression_hash(ring, canonical_address(address))
    return {"owner": owner, "mailbox": _mailbox_hash(ring, address)}


async def suppressed(connection: AsyncConnection, ring: KeyRing, address: str) -> bool:
    """Whether this address, as mail is sent to it, is to get no mail of any kind."""
    forms = (canonical_address(address), *earlier_forms(address))
    values = {
        "owners": [suppression_hash(ring, form) for form in forms],
        "mailbox": _mailbox_hash(ring, address),
        "needed": REPORTS_NEEDED,
    }
    return bool(await connection.scalar(_SUPPRESSED, values))


async def is_stopped(connection: AsyncConnection, owner_hash: bytes) -> bool:
    """Whether mail is stopped for the owner, or for one of the addresses that are theirs."""
    return bool(await connection.scalar(_STOPPED, {"owner": owner_hash, "needed": REPORTS_NEEDED}))


async def suppress(connection: AsyncConnection, owner_hash: bytes, reason: str) -> None:
    """No more mail to this owner, however the address is spelled. The first reason stays."""
    await connection.execute(_SUPPRESS, {"owner": owner_hash, "reason": reason})


async def allow(connection: AsyncConnection, owner_hash: bytes) -> bool:
    """Mail again, since the owner asked for it: forget their word, and what was reported of their
    addresses. Says whether mail had been stopped."""
    return bool(await connection.scalar(_ALLOW, {"owner": owner_hash, "needed": REPORTS_NEEDED}))


async def report_gone(
    connection: AsyncConnection, ring: KeyRing, address: str, mail_id: UUID, at: datetime
) -> None:
    """Note that there is said to be no such mailbox; ``at`` is when the mail was sent."""
    values = {**_hashes(ring, address), "mail_id": mail_id, "at": at}
    await connection.execute(_REPORT, values)
