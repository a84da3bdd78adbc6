"""The suppression list: who gets no mail, because the owner said so or the mailbox does not exist.

An owner's wish is stored by canonical address, since the owner of the mailbox expressed it.
"No such mailbox" is reported for one literal address and counts for that one only: ``name+tag@``
may be refused although ``name@`` exists. It takes two such reports, for two mails that were sent
on different days (UTC), since one may be forged or a temporary error.

Hashes are keyed by the ring's ``suppressions`` purpose. Nothing here commits.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import LargeBinary, bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, exists, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.mail.models import GoneReport, Suppression
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

# Mailboxes of an address's owner that do not exist, as far as reports say.
_ARE_GONE: Final = func.count() >= REPORTS_NEEDED
_OWNERS: Final = bindparam("owners", expanding=True, type_=LargeBinary)
_GONE: Final = (
    select(GoneReport.address_hash)
    .where(col(GoneReport.owner_hash).in_(_OWNERS))
    .group_by(col(GoneReport.address_hash))
    .having(_ARE_GONE)
    .cte("gone")
)
# Built once, since each mail asks it.
_STANDING: Final = select(
    or_(
        exists().where(col(Suppression.address_hash).in_(_OWNERS)),
        exists().where(_GONE.c.address_hash == bindparam("mailbox", type_=LargeBinary)),
    ),
    exists(select(_GONE.c.address_hash)),
)


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
    """Whether mail is stopped for this address, at its owner's wish or because it does not
    exist."""
    values = {"owners": whom.owners, "mailbox": whom.mailbox}
    is_stopped, a_spelling_is = (await session.exec(_STANDING, params=values)).one()
    if is_stopped:
        return Permission.STOPPED
    return Permission.SPELLING if a_spelling_is else Permission.ALLOWED


async def suppressed(session: AsyncSession, whom: Recipient) -> bool:
    """Whether this address, as mail is sent to it, is to get no mail of any kind."""
    return await permission(session, whom) is Permission.STOPPED


async def suppress(session: AsyncSession, whom: Recipient, reason: str) -> None:
    """No more mail to its owner, however the address is spelled. The first reason stays."""
    word = {"address_hash": whom.owner, "reason": reason, "at": func.now()}
    await session.exec(insert(Suppression).values(**word).on_conflict_do_nothing())


async def allow(session: AsyncSession, whom: Recipient) -> bool:
    """Allow mail again at the owner's request: forget their wish, and the reports about any
    spelling of their address. Returns whether mail had been stopped."""
    reports = (
        delete(GoneReport)
        .where(col(GoneReport.owner_hash).in_(whom.owners))
        .returning(col(GoneReport.address_hash))
        .cte("reports")
    )
    word = (
        delete(Suppression)
        .where(col(Suppression.address_hash).in_(whom.owners))
        .returning(col(Suppression.address_hash))
        .cte("word")
    )
    gone = select(reports.c.address_hash).group_by(reports.c.address_hash).having(_ARE_GONE)
    had = or_(exists(select(word.c.address_hash)), exists(gone))
    return bool((await session.exec(select(had))).one())


async def report_gone(session: AsyncSession, whom: Recipient, mail_id: UUID, at: datetime) -> None:
    """Record a report that the mailbox does not exist; ``at`` is when the mail was sent. Two
    reports of one day, or for one mail, count as one."""
    report = {
        "address_hash": whom.mailbox,
        "day": at.astimezone(UTC).date(),
        "owner_hash": whom.owner,
        "mail_id": mail_id,
    }
    await session.exec(insert(GoneReport).values(**report).on_conflict_do_nothing())
