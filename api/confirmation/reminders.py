"""One reminder, a day after the confirmation mail, for a form that still waits."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from api.confirmation.queueing import queue_mails
from api.database.locks import lock
from api.mail.compose import MailKind
from api.mail.models import Mail, MailStatus
from api.supporters.models import Person, Supporter, SupporterStatus
from api.supporters.waiting import first_mailed

# An advisory lock's number (arbitrary): only its holder queues reminders.
LOCK = 0x756E6472
AFTER_HOURS = 24
# Too late to be of use: the form is about to be deleted.
LEAST_HOURS_LEFT = 6


async def queue_reminders(session: AsyncSession, lives_hours: int, limit: int) -> int:
    """Queue the reminders that are due and say how many; a form lives for ``lives_hours``."""
    # Two workers must not both find the same forms without a reminder.
    await lock(session, LOCK)
    found = (await session.exec(_due(lives_hours).limit(limit))).all()
    await queue_mails(session, MailKind.REMINDER, found)
    return len(found)


def _due(lives_hours: int) -> SelectOfScalar[UUID]:
    """The newest pending form of an address, whose mail went out or that was listed in one. One
    reminder an address and campaign, and none where somebody has confirmed with the address: what
    still waits there may be a version that they do not want any more."""
    mailed, after = first_mailed(Supporter.id), func.now() - timedelta(hours=AFTER_HOURS)
    latest = func.now() - timedelta(hours=lives_hours - LEAST_HOURS_LEFT)
    other = aliased(Supporter)
    same = other.campaign == Supporter.campaign, other.email_hash == Supporter.email_hash
    led = select(Mail.id).where(
        Mail.supporter_id == Supporter.id,
        col(Mail.kind).in_([MailKind.CONFIRMATION, "resend"]),
        or_(Mail.status == MailStatus.SENT, Mail.reason == "listed"),
    )
    reminded = select(Mail.id).join(other, col(Mail.supporter_id) == other.id)
    confirmed = select(Person.id).where(
        Person.campaign == Supporter.campaign, Person.email_hash == Supporter.email_hash
    )
    address = col(Supporter.campaign), col(Supporter.email_hash)
    return (
        select(Supporter.id)
        .where(
            Supporter.status == SupporterStatus.UNCONFIRMED,
            col(Supporter.hour) <= after,
            mailed <= after,
            mailed > latest,
            led.exists(),
            ~reminded.where(*same, Mail.kind == MailKind.REMINDER).exists(),
            ~confirmed.exists(),
        )
        .ext(distinct_on(*address))
        .order_by(*address, col(Supporter.hour).desc(), col(Supporter.id))
    )
