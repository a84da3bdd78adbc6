"""How long a form waits for its confirmation: its time runs from its first mail.

A delay of the mail (an outage, a recipient domain that refuses us, the hourly limit) does not
shorten its reader's time. But no form waits longer than ``LONGEST`` after it was submitted.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ScalarSelect, literal_column
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, func, or_, select

from api.mail.compose import MailKind
from api.mail.models import Mail, MailStatus

__all__ = ["FIRST_MAILED", "HELD_UP", "LONGEST", "first_mailed", "waits_until"]

LONGEST: Final = timedelta(days=14)
# Mails that lead to a form. Asking for further ones does not extend its time.
LEADING: Final = (MailKind.CONFIRMATION, "resend", MailKind.REMINDER)


def first_mailed(supporter_id: Any) -> ScalarSelect[Any]:
    """When the first mail that leads to a form was sent: its own, or one whose list it is in. For
    the columns or conditions of a query over supporters."""
    first = aliased(Mail)
    listed = and_(first.status == MailStatus.SUPPRESSED, col(first.reason).like("listed%"))
    query = select(func.min(first.due_at)).where(
        first.supporter_id == supporter_id,
        col(first.kind).in_(LEADING),
        or_(first.status == MailStatus.SENT, listed),
    )
    return query.scalar_subquery()


# The same as SQL, where ``s`` is the supporters' row.
_DIALECT: Final = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
FIRST_MAILED: Final = str(
    first_mailed(literal_column("s.id")).compile(
        dialect=_DIALECT, compile_kwargs={"literal_binds": True}
    )
)
# Whether a form's mail is still queued, for a reason other than its campaign's state.
HELD_UP: Final = """
    EXISTS (SELECT FROM mails h WHERE h.supporter_id = s.id AND h.status IN ('queued', 'sending')
            AND h.reason IS DISTINCT FROM 'campaign_not_open')
"""


def waits_until(hour: datetime, mailed: datetime, lives_hours: int) -> datetime:
    """When a form submitted in this hour expires. ``mailed``: when its first mail left, or now."""
    lives = timedelta(hours=lives_hours)
    return min(mailed + lives, hour + max(LONGEST, lives))
