"""One mail to each writer whose letter was not sent because its seat changed hands, or because
they no longer live in its district.

The letter is cancelled and never passed on (see turnover.py and redrawn.py in api/deliveries); its
writer may write to whoever represents them now, as long as the campaign is open and while their
address is kept.
"""

from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import col, literal, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from api.campaigns.models import CampaignState
from api.confirmation.queueing import queue_mails
from api.database.locks import lock
from api.deliveries.models import Delivery, DeliveryStatus
from api.deliveries.transitions import LINES_MOVED, SEAT_CHANGED
from api.letters.models import Letter
from api.mail.compose import MailKind
from api.mail.models import Mail
from api.submissions.models import Submission
from api.supporters.models import Supporter, SupporterStatus

# An advisory lock's number (arbitrary): only its holder queues these mails.
LOCK = 0x756E7363
REASONS = (SEAT_CHANGED, LINES_MOVED)


async def queue_seat_changes(session: AsyncSession, limit: int) -> int:
    """Queue the mails that are due and say how many."""
    await lock(session, LOCK)
    found = (await session.exec(_due().limit(limit))).all()
    await queue_mails(session, MailKind.SEAT_CHANGED, found)
    return len(found)


def _due() -> SelectOfScalar[UUID]:
    """One mail per form, however many of its seats change, and none to people who wrote again."""
    told = select(Mail.id).where(
        Mail.supporter_id == Supporter.id, Mail.kind == MailKind.SEAT_CHANGED
    )
    other = aliased(Letter)
    wrote_again = select(other.id).where(
        other.person_id == Letter.person_id,
        other.seat == Letter.seat,
        other.status != DeliveryStatus.CANCELLED,
    )
    return (
        select(Supporter.id)
        .select_from(Delivery)
        .join(Letter, col(Letter.id) == Delivery.letter_id)
        .join(Submission, col(Submission.id) == Letter.submission_id)
        .join(Supporter, col(Supporter.id) == Submission.supporter_id)
        .join(CampaignState, col(CampaignState.slug) == Supporter.campaign)
        .where(
            CampaignState.status == "open",
            Delivery.status == DeliveryStatus.CANCELLED,
            # Written into the statement, as the states are: there is a partial index.
            col(Delivery.reason).in_([literal(r, literal_execute=True) for r in REASONS]),
            Supporter.status == SupporterStatus.CONFIRMED,
            col(Supporter.identity).is_not(None),
            ~told.exists(),
            ~wrote_again.exists(),
        )
        .distinct()
    )
