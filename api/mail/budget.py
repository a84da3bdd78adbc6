"""How many mails that anybody can request an address may get: decided by the mail worker.

In any 24 hours three such mails go to a canonical address, over all campaigns. The first two are
one form's own. The third stands for all that waits at this address and all that still comes: its
link leads to a list from which the owner has single links mailed to them, so that no number of
hostile forms keeps the owner's own from them. What comes after it is listed there and needs no
mail. See docs/decisions/0004.

Hashes are keyed, in a domain of their own. Times are the caller's. Nothing here commits.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.mail.models import MailStatus
from api.security.hashing import keyed_hash
from api.security.keys import KeyRing

__all__ = [
    "LINKS_PER_ADDRESS",
    "MAILS_PER_ADDRESS",
    "WINDOW",
    "Place",
    "budget_hash",
    "came_back",
    "free_place",
    "free_places",
    "list_mail",
    "lock_address",
    "places_taken",
    "take_link",
    "take_place",
]

MAILS_PER_ADDRESS: Final = 3
LINKS_PER_ADDRESS: Final = 5
WINDOW: Final = timedelta(hours=24)
# How long to wait until it is known whether the mail that stands for all went out.
SOON: Final = timedelta(minutes=1)


class Place(StrEnum):
    """What a mail is within its address's budget: one form's ``OWN``, one that stands for
    ``ALL``, not sent but ``LISTED`` behind one of those, ``LINKED`` from that list by the owner,
    or ``FREED``: sent once and confirmed, or certainly never sent."""

    OWN = "own"
    ALL = "all"
    LISTED = "listed"
    LINKED = "linked"
    FREED = "freed"


_TAKES: Final = (Place.OWN, Place.ALL)

_LOCK: Final = text("SELECT pg_advisory_xact_lock(:space, :slot)")
_LOCK_SPACE: Final = 0x6D61696C  # "mail": keeps these locks apart from any others
_ROWS: Final = text("""
    SELECT b.mail_id, b.at, b.place, m.status, b.mail_id = :mail_id AS own
    FROM mail_budget b LEFT JOIN mails m ON m.id = b.mail_id
    WHERE b.address_hash = :address_hash AND b.place IN ('own', 'all', 'linked')
      AND (b.at > :since OR b.mail_id = :mail_id)
      -- What was given up before it was tried left its place free.
      AND (m.status = 'suppressed' AND m.attempts = 0) IS NOT TRUE
    ORDER BY b.at DESC, b.mail_id
""")
_TAKE: Final = text("""
    INSERT INTO mail_budget (mail_id, address_hash, at, place)
    VALUES (:mail_id, :address_hash, :now, :place)
    ON CONFLICT (mail_id) DO UPDATE SET at = excluded.at, place = excluded.place
""")
_LIST: Final = text("""
    INSERT INTO mail_budget (mail_id, address_hash, at, place)
    VALUES (:mail_id, :address_hash, :now, 'listed') ON CONFLICT (mail_id) DO NOTHING
""")
_FREE: Final = text("""
    UPDATE mail_budget SET place = 'freed' WHERE mail_id = :mail_id AND place IN ('own', 'all')
""")
_FREE_ALL: Final = text("""
    UPDATE mail_budget SET place = 'freed' WHERE place IN ('own', 'all')
      AND mail_id IN (SELECT id FROM mails WHERE supporter_id = :supporter_id)
""")
# What was listed behind it since.
_UNLIST: Final = text("""
    UPDATE mails m SET status = 'queued', reason = NULL, due_at = now()
    FROM mail_budget lost JOIN mail_budget b ON b.address_hash = lost.address_hash
        AND b.place = 'listed' AND b.at >= lost.at
    WHERE lost.mail_id = :mail_id AND lost.place = 'all' AND m.id = b.mail_id
      AND m.status = 'suppressed' AND m.reason LIKE 'listed%'
""")
_LINKS: Final = text("""
    SELECT count(*) FROM mail_budget
    WHERE address_hash = :address_hash AND place = 'linked' AND at > :since
""")
_TAKEN: Final = text("""
    SELECT count(*) FROM mail_budget
    WHERE address_hash = :address_hash AND place IN ('own', 'all') AND at > :since
""")


def budget_hash(ring: KeyRing, canonical: str) -> bytes:
    """The canonical address as the budget knows it, over all campaigns."""
    return keyed_hash(ring.purpose("addresses"), "mail_budget", canonical)


async def lock_address(session: AsyncSession, address_hash: bytes) -> None:
    """Lock the address until the caller's transaction (read committed) ends, so that several
    workers together never take more than its budget.

    Lock one address per transaction, since two could deadlock, and commit before sending.
    """
    slot = int.from_bytes(address_hash[:4], "big", signed=True)
    await session.execute(_LOCK, {"space": _LOCK_SPACE, "slot": slot})


async def take_place(
    session: AsyncSession,
    address_hash: bytes,
    mail_id: UUID,
    now: datetime,
    *,
    for_all: bool = False,
) -> Place | datetime:
    """Which place this mail gets, or when to ask again; either way it is on the address's list.

    A mail that is tried again keeps its place. ``for_all``: it stands for all, whichever place.
    """
    await lock_address(session, address_hash)
    mail = {"mail_id": mail_id, "address_hash": address_hash}
    rows = (await session.execute(_ROWS, {**mail, "since": now - WINDOW})).all()
    place = _place(rows, now, for_all=for_all)
    kept = place if isinstance(place, Place) else Place.LISTED
    await session.execute(_TAKE, {**mail, "now": now, "place": kept})
    return place


def _place(rows: Sequence[Any], now: datetime, *, for_all: bool) -> Place | datetime:
    own = next((row for row in rows if row.own), None)
    if own is not None and (own.place == Place.LINKED or own.at > now - WINDOW):
        return Place(own.place)
    taken = [row for row in rows if row.place in _TAKES and not row.own]
    if len(taken) < MAILS_PER_ADDRESS:
        last = len(taken) == MAILS_PER_ADDRESS - 1
        return Place.ALL if last or for_all else Place.OWN
    return _behind(taken, now)


def _behind(taken: Sequence[Any], now: datetime) -> Place | datetime:
    """If all places are taken: list it behind the newest mail that stands for all, once sent."""
    stands = next((row for row in taken if row.place == Place.ALL), None)
    if stands is not None and stands.status == MailStatus.SENT:
        return Place.LISTED
    if stands is not None and stands.status in {MailStatus.QUEUED, MailStatus.SENDING}:
        return now + SOON
    free: datetime = taken[MAILS_PER_ADDRESS - 1].at + WINDOW
    return free


async def list_mail(
    session: AsyncSession, address_hash: bytes, mail_id: UUID, now: datetime
) -> None:
    """Put a mail on its address's list that is not sent itself, such as a repetition."""
    values = {"mail_id": mail_id, "address_hash": address_hash, "now": now}
    await session.execute(_LIST, values)


async def take_link(
    session: AsyncSession, address_hash: bytes, mail_id: UUID, now: datetime
) -> bool:
    """Take one of the five mails a day that the address's owner asks for from the list; whether
    there was one. The caller has locked the address."""
    bounds = {"address_hash": address_hash, "since": now - WINDOW}
    if int(await session.scalar(_LINKS, bounds) or 0) >= LINKS_PER_ADDRESS:
        return False
    values = {"mail_id": mail_id, "address_hash": address_hash, "now": now}
    await session.execute(_TAKE, {**values, "place": Place.LINKED})
    return True


async def places_taken(session: AsyncSession, address_hash: bytes, now: datetime) -> int:
    """How many of the address's places are taken now."""
    bounds = {"address_hash": address_hash, "since": now - WINDOW}
    return int(await session.scalar(_TAKEN, bounds) or 0)


async def free_place(session: AsyncSession, mail_id: UUID) -> None:
    """Give back the place of a mail that certainly was not sent."""
    await session.execute(_FREE, {"mail_id": mail_id})


async def came_back(session: AsyncSession, mail_id: UUID) -> None:
    """Give back the place of a mail that bounced, since it reached nobody. If it stood for all,
    the forms listed behind it are mailed after all."""
    await session.execute(_UNLIST, {"mail_id": mail_id})
    await free_place(session, mail_id)


async def free_places(session: AsyncSession, supporter_id: UUID) -> None:
    """Give back the places of all mails to one supporter: the address was confirmed."""
    await session.execute(_FREE_ALL, {"supporter_id": supporter_id})
