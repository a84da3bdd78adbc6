"""The rate limit of mails that anybody can request, in any 60 minutes over all processes.

It is checked before mails are claimed, so that mails over the limit wait in their order. A worker
that checks it keeps a lock until its commit; mails that were claimed and not sent are given back.
Whole minutes are counted: the oldest one counts until it is over completely, so the limit is
never exceeded.
Nothing here commits.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

__all__ = ["give_back", "room", "take", "used"]

# An advisory lock's number (arbitrary): only its holder claims mails.
_LOCK: Final = text("SELECT pg_advisory_xact_lock(469785734258)")
_USED: Final = text("""
    SELECT coalesce(sum(taken), 0) FROM mail_minutes
    WHERE minute >= date_trunc('minute', now()) - interval '60 minutes'
""")
_TAKE: Final = text("""
    INSERT INTO mail_minutes AS m (minute, taken) VALUES (date_trunc('minute', now()), :count)
    ON CONFLICT (minute) DO UPDATE SET taken = m.taken + excluded.taken
""")
_GIVE_BACK: Final = text("""
    UPDATE mail_minutes SET taken = taken - 1
    WHERE minute = date_trunc('minute', CAST(:at AS timestamptz)) AND taken > 0
""")


async def used(session: AsyncSession) -> int:
    """How many mails count now."""
    return int(await session.scalar(_USED) or 0)


async def room(session: AsyncSession, per_hour: int) -> int:
    """How many more may be claimed now; takes the lock."""
    await session.execute(_LOCK)
    return max(per_hour - await used(session), 0)


async def take(session: AsyncSession, count: int) -> None:
    """Count mails that were claimed in this transaction."""
    if count:
        await session.execute(_TAKE, {"count": count})


async def give_back(session: AsyncSession, at: datetime) -> None:
    """Give back one that was claimed at this time and not sent."""
    await session.execute(_GIVE_BACK, {"at": at})
