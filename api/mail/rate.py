"""The rate limit of mails that anybody can request, in any 60 minutes over all processes.

It is checked before mails are claimed, so that mails over the limit wait in their order. A worker
that checks it keeps a lock until its commit; mails that were claimed and not sent are given back.
Whole minutes are counted: the oldest one counts until it is over completely, so the limit is
never exceeded.
Nothing here commits.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.mail.models import MailMinute

__all__ = ["give_back", "room", "take", "used"]

# An advisory lock's number (arbitrary): only its holder claims mails.
_LOCK: Final = select(func.pg_advisory_xact_lock(469785734258))
# By the database's clock, which all workers share.
_THIS_MINUTE: Final = func.date_trunc("minute", func.now())
_USED: Final = select(func.coalesce(func.sum(MailMinute.taken), 0)).where(
    col(MailMinute.minute) >= _THIS_MINUTE - timedelta(minutes=60)
)


async def used(session: AsyncSession) -> int:
    """How many mails count now."""
    return (await session.exec(_USED)).one()


async def room(session: AsyncSession, per_hour: int) -> int:
    """How many more may be claimed now; takes the lock."""
    await session.exec(_LOCK)
    return max(per_hour - await used(session), 0)


async def take(session: AsyncSession, count: int) -> None:
    """Count mails that were claimed in this transaction."""
    if count:
        new = insert(MailMinute).values(minute=_THIS_MINUTE, taken=count)
        more = {"taken": MailMinute.taken + new.excluded.taken}
        await session.exec(new.on_conflict_do_update(index_elements=["minute"], set_=more))


async def give_back(session: AsyncSession, at: datetime) -> None:
    """Give back one that was claimed at this time and not sent."""
    minute = at.replace(second=0, microsecond=0)
    this = update(MailMinute).where(col(MailMinute.minute) == minute, col(MailMinute.taken) > 0)
    await session.exec(this.values(taken=MailMinute.taken - 1))
