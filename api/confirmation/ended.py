"""What to tell somebody whose mailed link was used already or has expired.

People who open their own link a second time did nothing wrong, and are told what happened. Used
and expired links stay known for a while (``KNOWN_FOR`` in ``api/supporters/tokens.py``).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.confirmation.queueing import queue_mail_to
from api.errors import TokenGone
from api.letters.models import Letter
from api.mail.compose import MailKind
from api.mail.models import Mail, MailStatus
from api.security.tokens import token_digest
from api.submissions.models import Submission
from api.supporters.models import Supporter, SupporterStatus, Token
from api.supporters.tokens import Purpose
from api.targets.days import eastern_date


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
    query = _links(purpose).where(Token.hash == token_digest(token))
    row = (await session.exec(query)).one_or_none()
    if row is None:
        return Ended(Became.UNKNOWN)
    became, at = _became(row, purpose)
    on = eastern_date(at) if at else None
    return Ended(became, on, row.id, row.campaign, row.language, row.wanted, row.made)


def _links(purpose: Purpose) -> Any:
    """Links of one purpose with their forms. The mails of a form each have a link of their own:
    the first that is used ends all of them (``ended_at``)."""
    used = aliased(Token)
    ended = select(func.min(used.used_at)).where(
        used.supporter_id == Supporter.id, used.purpose == Token.purpose
    )
    made = select(func.count()).where(Letter.submission_id == Submission.id)
    columns: tuple[Any, ...] = (
        Supporter.id,
        Supporter.campaign,
        Supporter.language,
        Supporter.status,
        Token.used_at,
        (col(Token.expires) > func.now()).label("lives"),
        ended.scalar_subquery().label("ended_at"),
        func.coalesce(func.jsonb_array_length(Submission.letters), 0).label("wanted"),
        made.scalar_subquery().label("made"),
    )
    forms = select(*columns).select_from(Token).join(Supporter)
    return forms.join(Submission, isouter=True).where(Token.purpose == purpose)


async def ask_for_page(session: AsyncSession, ended: Ended) -> None:
    """Mail the link of their page again to a person who confirmed, within the address's budget;
    not while such a mail is queued already."""
    if ended.became is not Became.CONFIRMED:
        return
    queued = select(Mail.id).where(
        Mail.supporter_id == Supporter.id,
        Mail.kind == MailKind.PAGE_LINK,
        col(Mail.status).in_([MailStatus.QUEUED, MailStatus.SENDING]),
    )
    whom = select(Supporter.id).where(
        Supporter.id == ended.supporter_id,
        Supporter.status == SupporterStatus.CONFIRMED,
        ~queued.exists(),
    )
    await queue_mail_to(session, MailKind.PAGE_LINK, whom)


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
