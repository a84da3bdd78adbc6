"""All that waits at one address, over all campaigns, behind one mailed link.

People with the link can read the mailbox. Of each form they see when and where it was filled in and
its number, but nothing that was typed. They can have a form's own link mailed to them, or delete
all forms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.errors import TokenGone
from api.mail import budget
from api.security.identifiers import new_id
from api.security.tokens import new_token, token_digest
from api.supporters import tokens
from api.supporters.models import SupporterStatus
from api.supporters.wipe import wipe

# Enough for any honest use; a form further back can be found by its number.
MOST_SHOWN: Final = 200

MINT = text("""
    INSERT INTO pending_links (hash, address_hash, language, expires)
    VALUES (:hash, :address_hash, :language, now() + :lifetime)
""")
FIND = text("""
    SELECT address_hash, language FROM pending_links WHERE hash = :hash AND expires > now()
""")

# Each form once, however many mails it has; links to confirmed forms only if not mailed yet.
WAITING: Final = """
    SELECT DISTINCT ON (s.id, m.kind IN ('own_data', 'page_link'))
        s.id, CASE WHEN m.kind IN ('own_data', 'page_link') THEN m.kind ELSE 'form' END AS kind,
        s.campaign, CASE WHEN s.status = 'unconfirmed' THEN s.hour
                         ELSE date_trunc('hour', b.at) END AS hour,
        s.surface, s.partner, right(CAST(f.id AS text), 6) AS number
    FROM mail_budget b JOIN mails m ON m.id = b.mail_id JOIN supporters s ON s.id = m.supporter_id
    JOIN submissions f ON f.supporter_id = s.id
    WHERE b.address_hash = :address_hash AND (
        (m.kind NOT IN ('own_data', 'page_link') AND s.status = 'unconfirmed')
        OR (m.kind IN ('own_data', 'page_link') AND s.status = 'confirmed'
            AND b.place IN ('all', 'listed') AND b.at > now() - interval '24 hours'))
    ORDER BY s.id, m.kind IN ('own_data', 'page_link'), b.at DESC
"""
LIST = text(f"""
    SELECT w.*, count(*) OVER () AS total FROM ({WAITING}) w
    WHERE CAST(:number AS text) = '' OR w.number = :number
    ORDER BY w.hour DESC, w.number LIMIT :most
""")  # noqa: S608 (our own text)
ONE = text(f"SELECT w.* FROM ({WAITING}) w WHERE w.id = :id AND w.kind = :kind")  # noqa: S608
FORMS = text(f"SELECT count(*) FROM ({WAITING}) w WHERE w.kind = 'form'")  # noqa: S608
ALL_FORMS = text(f"""
    SELECT id FROM supporters WHERE status = 'unconfirmed'
      AND id IN (SELECT w.id FROM ({WAITING}) w WHERE w.kind = 'form')
    ORDER BY id FOR NO KEY UPDATE
""")  # noqa: S608

ON_ITS_WAY = text("""
    SELECT 1 FROM mails m JOIN mail_budget b ON b.mail_id = m.id
    WHERE m.supporter_id = :id AND m.kind = :mail AND b.place = 'linked'
      AND m.status IN ('queued', 'sending')
""")
QUEUE = text("""
    INSERT INTO mails (id, supporter_id, kind, status, due_at, epoch, attempts)
    VALUES (:mail_id, :id, :mail, 'queued', now(), 0, 0)
""")


class Linked(StrEnum):
    """The result of asking for one link: its mail is ``QUEUED``, or five were sent within a day
    (``ENOUGH``), or the form does not wait any more (``GONE``)."""

    QUEUED = "queued"
    ENOUGH = "enough"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Waiting:
    """``kind`` is ``form``, or ``own_data`` or ``page_link``: a link that somebody asked for.
    ``number`` is the end of the id that the form's sender was given."""

    id: UUID
    kind: str
    campaign: str
    hour: datetime
    surface: str | None
    partner: str | None
    number: str


@dataclass(frozen=True, slots=True)
class PendingList:
    """What waits, newest first, ``MOST_SHOWN`` at most; ``total`` is how many there are."""

    language: str
    items: Sequence[Waiting]
    total: int


async def mint_list(
    session: AsyncSession, address_hash: bytes, language: str, lifetime: timedelta
) -> str:
    """The token of a link to the list of an address; only its digest is stored."""
    token, digest = new_token()
    values = {"hash": digest, "address_hash": address_hash, "language": language}
    await session.execute(MINT, {**values, "lifetime": lifetime})
    return token


async def forms_waiting(session: AsyncSession, address_hash: bytes) -> int:
    """How many forms wait at an address, as far as the worker has seen them."""
    return int(await session.scalar(FORMS, {"address_hash": address_hash}) or 0)


async def look(session: AsyncSession, token: str, number: str = "") -> PendingList:
    """What waits now, or what has this number. Raises TokenGone."""
    address_hash, language = await _find(session, token)
    values = {"address_hash": address_hash, "number": number, "most": MOST_SHOWN}
    rows = (await session.execute(LIST, values)).all()
    items = [Waiting(*row[:-1]) for row in rows]
    return PendingList(language, items, rows[0].total if rows else 0)


async def link_one(session: AsyncSession, token: str, wanted: UUID, kind: str) -> Linked:
    """Queue the mail with one form's own link, outside the cap on what strangers ask for.

    Pressed twice, it is one mail as long as that waits. Raises TokenGone.
    """
    address_hash, _ = await _find(session, token)
    await budget.lock_address(session, address_hash)
    chosen = {"address_hash": address_hash, "id": wanted, "kind": kind}
    if (await session.execute(ONE, chosen)).first() is None:
        return Linked.GONE
    mail_id = new_id()
    mail = {"id": wanted, "mail": "resend" if kind == "form" else kind, "mail_id": mail_id}
    if (await session.execute(ON_ITS_WAY, mail)).first() is not None:
        return Linked.QUEUED
    if not await budget.take_link(session, address_hash, mail_id, datetime.now(UTC)):
        return Linked.ENOUGH
    await session.execute(QUEUE, mail)
    return Linked.QUEUED


async def discard_all(session: AsyncSession, token: str) -> int:
    """Delete all waiting forms, since the owner says that none is theirs; how many. Raises
    TokenGone."""
    address_hash, _ = await _find(session, token)
    ids = (await session.execute(ALL_FORMS, {"address_hash": address_hash})).scalars().all()
    await tokens.end_all(session, ids, tokens.Purpose.CONFIRM)
    await wipe(session, ids, SupporterStatus.DISCARDED)
    return len(ids)


async def _find(session: AsyncSession, token: str) -> tuple[bytes, str]:
    row = (await session.execute(FIND, {"hash": token_digest(token)})).one_or_none()
    if row is None:
        raise TokenGone("The time of this link is over, and so is that of the forms behind it.")
    return bytes(row.address_hash), row.language
