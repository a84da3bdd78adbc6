"""The suppression list: who gets no mail, because the owner said so or the mailbox does not exist.

An owner's wish is stored by canonical address, since the owner of the mailbox expressed it.
"No such mailbox" is reported for one literal address and counts for that one only: ``name+tag@``
may be refused although ``name@`` exists. It takes two such reports, for two mails that were sent
on different days (UTC), since one may be forged or a temporary error.

Hashes are keyed by the ring's ``suppressions`` purpose. Nothing here commits.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.security.addresses import canonical_address, check_address, earlier_forms
from api.security.hashing import keyed_hash
from api.security.keys import KeyRing

__all__ = [
    "Permission",
    "Recipient",
    "allow",
    "permission",
    "recipient",
    "report_gone",
    "suppress",
    "suppressed",
]

REPORTS_NEEDED: Final = 2

_STANDING: Final = text("""
    WITH gone AS (SELECT address_hash FROM gone_reports WHERE owner_hash = ANY(:owners)
                  GROUP BY address_hash HAVING count(*) >= :needed)
    SELECT EXISTS (SELECT FROM suppressions WHERE address_hash = ANY(:owners))
           OR EXISTS (SELECT FROM gone WHERE address_hash = :mailbox) AS stopped,
           EXISTS (SELECT FROM gone) AS spelling
""")
_SUPPRESS: Final = text("""
    INSERT INTO suppressions (address_hash, reason, at) VALUES (:owner, :reason, now())
    ON CONFLICT (address_hash) DO NOTHING
""")
_ALLOW: Final = text("""
    WITH reports AS (DELETE FROM gone_reports WHERE owner_hash = ANY(:owners)
                     RETURNING address_hash),
         word AS (DELETE FROM suppressions WHERE address_hash = ANY(:owners)
                  RETURNING address_hash)
    SELECT EXISTS (SELECT FROM word)
        OR EXISTS (SELECT FROM reports GROUP BY address_hash HAVING count(*) >= :needed)
""")
# Two reports of one day, or for one mail, count as one.
_REPORT: Final = text("""
    INSERT INTO gone_reports (address_hash, day, owner_hash, mail_id)
    VALUES (:mailbox, CAST(CAST(:at AS timestamptz) AT TIME ZONE 'UTC' AS date), :owner, :mail_id)
    ON CONFLICT DO NOTHING
""")


class Recipient(NamedTuple):
    """An address as the suppression list knows it: hashes of its canonical form (``owner``), of
    the canonical forms of ``earlier`` versions that differ, and of the literal address
    (``mailbox``; None where only its owner is known)."""

    mailbox: bytes | None
    owner: bytes
    earlier: tuple[bytes, ...] = ()

    @property
    def owners(self) -> list[bytes]:
        return [self.owner, *self.earlier]


class Permission(StrEnum):
    """Whether mail goes to an address: ``ALLOWED``, ``STOPPED``, or allowed while it is stopped
    for another ``SPELLING`` of it."""

    ALLOWED = "allowed"
    SPELLING = "spelling"
    STOPPED = "stopped"


def recipient(ring: KeyRing, address: str) -> Recipient:
    """Raises TextRefused for what is no address."""
    key = ring.purpose("suppressions")
    forms = (canonical_address(address), *earlier_forms(address))
    owner, *earlier = (keyed_hash(key, "suppressions", form) for form in forms)
    return Recipient(keyed_hash(key, "mailboxes", check_address(address)), owner, tuple(earlier))


async def permission(session: AsyncSession, whom: Recipient) -> Permission:
    """Whether mail is stopped for this address, by its owner's word or since it is not there."""
    row = (await session.execute(_STANDING, _values(whom))).one()
    if row.stopped:
        return Permission.STOPPED
    return Permission.SPELLING if row.spelling else Permission.ALLOWED


async def suppressed(session: AsyncSession, whom: Recipient) -> bool:
    """Whether this address, as mail is sent to it, is to get no mail of any kind."""
    return await permission(session, whom) is Permission.STOPPED


async def suppress(session: AsyncSession, whom: Recipient, reason: str) -> None:
    """No more mail to its owner, however the address is spelled. The first reason stays."""
    await session.execute(_SUPPRESS, {"owner": whom.owner, "reason": reason})


async def allow(session: AsyncSession, whom: Recipient) -> bool:
    """Mail again, since the owner asked for it: forget their word, and what was reported of any
    spelling of their address. Says whether mail had been stopped."""
    return bool(await session.scalar(_ALLOW, _values(whom)))


async def report_gone(session: AsyncSession, whom: Recipient, mail_id: UUID, at: datetime) -> None:
    """Note that there is said to be no such mailbox; ``at`` is when the mail was sent."""
    await session.execute(_REPORT, {**_values(whom), "mail_id": mail_id, "at": at})


def _values(whom: Recipient) -> Mapping[str, Any]:
    return {**whom._asdict(), "owners": whom.owners, "needed": REPORTS_NEEDED}
