"""What to tell somebody whose mailed link was used already or has expired.

People who open their own link a second time did nothing wrong, and are told what happened. Used
and expired links stay known for a while (``KNOWN_FOR`` in ``api/supporters/tokens.py``).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.errors import TokenGone
from api.security.identifiers import new_id
from api.security.tokens import token_digest
from api.supporters.models import SupporterStatus
from api.supporters.tokens import Purpose
from api.targets.days import eastern_date

# A form's mails each have a link of their own: the first that is used ends all of them.
FIND = text("""
    SELECT s.id, s.campaign, s.language, s.status, t.used_at, t.expires > now() AS lives,
        (SELECT min(o.used_at) FROM tokens o
         WHERE o.supporter_id = s.id AND o.purpose = t.purpose) AS ended_at,
        coalesce(jsonb_array_length(b.letters), 0) AS wanted,
        (SELECT count(*) FROM letters l WHERE l.submission_id = b.id) AS made
    FROM tokens t JOIN supporters s ON s.id = t.supporter_id
    LEFT JOIN submissions b ON b.supporter_id = s.id
    WHERE t.hash = :hash AND t.purpose = :purpose
""")

# Only to people who confirmed, and not while such a mail is queued already.
ASK_PAGE = text("""
    INSERT INTO mails (id, supporter_id, kind, status, due_at, epoch, attempts)
    SELECT :id, s.id, 'page_link', 'queued', now(), 0, 0 FROM supporters s
    WHERE s.id = :supporter_id AND s.status = 'confirmed' AND NOT EXISTS (
        SELECT FROM mails m WHERE m.supporter_id = s.id AND m.kind = 'page_link'
          AND m.status IN ('queued', 'sending'))
""")


class Became(StrEnum):
    """``repeated``: the same form was confirmed by another link. ``unknown``: cut short, too old,
    or what it led to was erased."""

    CONFIRMED = "confirmed"
    DISCARDED = "discarded"
    REPEATED = "repeated"
    CLOSED = "closed"
    EXPIRED = "expired"
    USED = "used"
    UNKNOWN = "unknown"


DETAILS: Final = {
    Became.CONFIRMED: "This link was used on {on}: its form is confirmed. The page with what came "
    "of it has a link of its own, which goes out in another mail.",
    Became.DISCARDED: "Somebody with a link from a mail to this address said on {on} that the "
    "form was not theirs: nothing was sent or signed, and it is deleted.",
    Became.REPEATED: "The same form came twice and was confirmed by its other link: this one did "
    "nothing, and is deleted.",
    Became.CLOSED: "Its button was pressed on {on}, after the campaign's close: nothing was sent "
    "or signed, and the form is deleted.",
    Became.EXPIRED: "The time of this link is over, and nothing came of it. Fill in the form "
    "again, or ask for a new link.",
    Became.USED: "This link was used on {on}, and works once. Ask for a new one.",
    Became.UNKNOWN: "This link is not known, or not any more: it may have been cut short, be too "
    "old, or what it led to was erased. Fill in the form again, or ask for a new link.",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """``on`` is the day on which a button behind it was pressed. ``wanted`` and ``made`` are
    numbers of letters: in the form, and that exist by it."""

    became: Became
    on: date | None = None
    supporter_id: UUID | None = None
    campaign: str | None = None
    language: str | None = None
    wanted: int = 0
    made: int = 0

    @property
    def detail(self) -> str:
        return DETAILS[self.became].format(on=self.on and self.on.isoformat())

    def error(self) -> TokenGone:
        return TokenGone(self.detail, became=str(self.became))


async def what_became(session: AsyncSession, token: str, purpose: Purpose) -> Ended:
    """What became of a link that no longer works."""
    values = {"hash": token_digest(token), "purpose": purpose}
    row = (await session.execute(FIND, values)).one_or_none()
    if row is None:
        return Ended(Became.UNKNOWN)
    became, at = _became(row, purpose)
    on = eastern_date(at) if at else None
    return Ended(became, on, row.id, row.campaign, row.language, row.wanted, row.made)


async def ask_for_page(session: AsyncSession, ended: Ended) -> None:
    """Mail the link of their page again to a person who confirmed, within the address's budget."""
    if ended.became is Became.CONFIRMED:
        await session.execute(ASK_PAGE, {"id": new_id(), "supporter_id": ended.supporter_id})


def _became(row: Any, purpose: Purpose) -> tuple[Became, datetime | None]:
    if purpose is not Purpose.CONFIRM and row.used_at:
        return Became.USED, row.used_at
    if purpose is not Purpose.CONFIRM:
        return (Became.UNKNOWN if row.lives else Became.EXPIRED), None
    pressed: datetime | None = row.ended_at
    if row.status == SupporterStatus.CONFIRMED:
        return Became.CONFIRMED, pressed
    if row.status == SupporterStatus.DISCARDED:
        return (Became.DISCARDED, pressed) if pressed else (Became.REPEATED, None)
    if row.status == SupporterStatus.EXPIRED and pressed:
        return Became.CLOSED, pressed
    return Became.EXPIRED, None
