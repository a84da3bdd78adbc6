"""All that waits at one address, over all campaigns, behind one mailed link.

People with the link can read the mailbox. Of each form they see when and where it was filled in and
its number, but nothing that was typed. They can have a form's own link mailed to them, or delete
all forms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Subquery, Text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import and_, case, cast, col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql._expression_select_cls import SelectBase

from api.database.columns import utc_now
from api.errors import TokenGone
from api.mail import budget
from api.mail.budget import Place
from api.mail.compose import MailKind
from api.mail.models import Mail, MailBudget, MailStatus, PendingLink
from api.security.tokens import new_token, token_digest
from api.submissions.models import Submission
from api.supporters import tokens
from api.supporters.models import Supporter, SupporterStatus
from api.supporters.wipe import wipe

# Enough for any honest use; a form further back can be found by its number.
MOST_SHOWN: Final = 200
# Links that somebody asked for; all other mails ask for a form's confirmation.
LINKS: Final = (MailKind.OWN_DATA, MailKind.PAGE_LINK)
FORM: Final = "form"
# For how long a link is listed that its address's budget did not allow.
MAILED_WITHIN: Final = timedelta(hours=24)


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
    expires = utc_now() + lifetime
    session.add(
        PendingLink(hash=digest, address_hash=address_hash, language=language, expires=expires)
    )
    return token


async def forms_waiting(session: AsyncSession, address_hash: bytes) -> int:
    """How many forms wait at an address, as far as the worker has seen them."""
    waiting = _waiting(address_hash)
    query = select(func.count()).select_from(waiting).where(waiting.c.kind == FORM)
    return (await session.exec(query)).one()


async def look(session: AsyncSession, token: str, number: str = "") -> PendingList:
    """What waits now, or what has this number. Raises TokenGone."""
    link = await _find(session, token)
    waiting = _waiting(link.address_hash)
    columns: tuple[Any, ...] = (*waiting.c, func.count().over().label("total"))
    query = select(*columns).order_by(waiting.c.hour.desc(), waiting.c.number).limit(MOST_SHOWN)
    if number:
        query = query.where(waiting.c.number == number)
    rows = [dict(row) for row in (await session.exec(query)).mappings()]
    totals = [row.pop("total") for row in rows]
    return PendingList(link.language, [Waiting(**row) for row in rows], max(totals, default=0))


async def link_one(session: AsyncSession, token: str, wanted: UUID, kind: str) -> Linked:
    """Queue the mail with one form's own link, outside the cap on what strangers ask for.

    Pressed twice, it is one mail as long as that waits. Raises TokenGone.
    """
    address_hash = (await _find(session, token)).address_hash
    await budget.lock_address(session, address_hash)
    waiting = _waiting(address_hash)
    chosen = select(waiting.c.id).where(waiting.c.id == wanted, waiting.c.kind == kind)
    if (await session.exec(chosen)).first() is None:
        return Linked.GONE
    mail = Mail(supporter_id=wanted, kind="resend" if kind == FORM else kind)
    if await _is_on_its_way(session, mail):
        return Linked.QUEUED
    if not await budget.take_link(session, address_hash, mail.id, datetime.now(UTC)):
        return Linked.ENOUGH
    session.add(mail)
    return Linked.QUEUED


async def _is_on_its_way(session: AsyncSession, mail: Mail) -> bool:
    """Whether such a link was requested from the list and not mailed yet."""
    query = (
        select(Mail.id)
        .join(MailBudget, col(MailBudget.mail_id) == Mail.id)
        .where(
            Mail.supporter_id == mail.supporter_id,
            Mail.kind == mail.kind,
            MailBudget.place == Place.LINKED,
            col(Mail.status).in_([MailStatus.QUEUED, MailStatus.SENDING]),
        )
    )
    return (await session.exec(query)).first() is not None


async def discard_all(session: AsyncSession, token: str) -> int:
    """Delete all waiting forms, since the owner says that none is theirs; how many. Raises
    TokenGone."""
    waiting = _waiting((await _find(session, token)).address_hash)
    theirs = select(waiting.c.id).where(waiting.c.kind == FORM)
    forms = select(Supporter.id).where(
        Supporter.status == SupporterStatus.UNCONFIRMED, col(Supporter.id).in_(theirs)
    )
    locked = forms.order_by(col(Supporter.id)).with_for_update(key_share=True)
    ids = (await session.exec(locked)).all()
    await tokens.end_all(session, ids, tokens.Purpose.CONFIRM)
    await wipe(session, ids, SupporterStatus.DISCARDED)
    return len(ids)


async def _find(session: AsyncSession, token: str) -> PendingLink:
    query = select(PendingLink).where(
        PendingLink.hash == token_digest(token), col(PendingLink.expires) > func.now()
    )
    found = (await session.exec(query)).one_or_none()
    if found is None:
        raise TokenGone("The time of this link is over, and so is that of the forms behind it.")
    return found


def _waiting(address_hash: bytes) -> Subquery:
    """What waits at an address: each form once, however many mails it has; links to confirmed
    forms only if they were not mailed."""
    is_link, at = col(Mail.kind).in_(LINKS), col(MailBudget.at)
    unconfirmed = col(Supporter.status) == SupporterStatus.UNCONFIRMED
    not_mailed = and_(
        Supporter.status == SupporterStatus.CONFIRMED,
        col(MailBudget.place).in_([Place.ALL, Place.LISTED]),
        at > func.now() - MAILED_WITHIN,
    )
    hour = case((unconfirmed, col(Supporter.hour)), else_=func.date_trunc("hour", at))
    columns: tuple[Any, ...] = (
        Supporter.id,
        case((is_link, col(Mail.kind)), else_=FORM).label("kind"),
        Supporter.campaign,
        hour.label("hour"),
        Supporter.surface,
        Supporter.partner,
        func.right(cast(Submission.id, Text), 6).label("number"),
    )
    query: SelectBase[Any] = (
        select(*columns)
        .select_from(MailBudget)
        .join(Mail, col(Mail.id) == MailBudget.mail_id)
        .join(Supporter, col(Supporter.id) == Mail.supporter_id)
        .join(Submission, col(Submission.supporter_id) == Supporter.id)
        .where(
            MailBudget.address_hash == address_hash,
            or_(and_(~is_link, unconfirmed), and_(is_link, not_mailed)),
        )
        .ext(distinct_on(col(Supporter.id), is_link))
        .order_by(col(Supporter.id), is_link, at.desc())
    )
    return query.subquery()
