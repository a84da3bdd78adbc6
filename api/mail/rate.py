"""The cap on mails that anybody can ask for, in any 60 minutes over all processes.

It is asked before mails are claimed, so that what is over it waits in the order in which it came.
Whoever asks holds a lock until the commit; what was claimed and then not sent is given back.
Minutes are counted whole: the oldest counts until it is wholly over, so never more are sent.
Nothing here commits.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = ["give_back", "room", "take", "used"]

# An arbitrary constant of our own: whoever holds this lock claims mails.
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


async def used(connection: AsyncConnection) -> int:
    """How many mails count now."""
    return int(await connection.scalar(_USED) or 0)


async def room(connection: AsyncConnection, per_hour: int) -> int:
    """How many more may be taken in hand now; holds the lock."""
    await connection.execute(_LOCK)
    return max(per_hour - await used(connection), 0)


async def take(connection: AsyncConnection, count: int) -> None:
    """Count mails that were claimed in this transaction."""
    if count:
        await connection.execute(_TAKE, {"count": count})


async def give_back(connection: AsyncConnection, at: datetime) -> None:
    """One that was claimed at this time was not sent."""
    await connection.execute(_GIVE_BACK, {"at": at})
