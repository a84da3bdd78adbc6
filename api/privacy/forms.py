"""The purge of unconfirmed forms, and of the hashed client addresses of all forms."""

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.session import changed_rows
from api.supporters.models import SupporterStatus
from api.supporters.waiting import FIRST_MAILED, HELD_UP
from api.supporters.wipe import wipe

# A form that is just being confirmed is left alone (SKIP LOCKED): confirming locks the token first
# and the form second, so waiting for a locked token here could deadlock.
_DUE: Final = text(f"""
    WITH due AS (
        SELECT s.id FROM supporters s WHERE s.status = 'unconfirmed' AND s.hour < :before
          AND (s.hour < :longest OR coalesce({FIRST_MAILED} < :before, NOT {HELD_UP}))
        ORDER BY s.hour LIMIT :limit FOR UPDATE OF s SKIP LOCKED
    ), free AS (
        SELECT hash FROM tokens WHERE supporter_id IN (SELECT id FROM due) FOR UPDATE SKIP LOCKED
    )
    SELECT id FROM due WHERE NOT EXISTS (
        SELECT FROM tokens t WHERE t.supporter_id = due.id AND t.hash NOT IN (SELECT hash FROM free)
    )
""")  # noqa: S608 (our own text)

_CLIENTS: Final = text("""
    WITH due AS (
        SELECT id FROM supporters WHERE client_hash IS NOT NULL AND hour < :before
        ORDER BY hour LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE supporters s SET client_hash = NULL FROM due WHERE s.id = due.id
""")


async def expire_forms(
    session: AsyncSession, *, before: datetime, longest: datetime, limit: int
) -> int:
    """End unconfirmed forms that were first mailed before ``before``, those that never are to be,
    and all of the hours before ``longest``; at most ``limit``. How many."""
    bounds = {"before": before, "longest": longest, "limit": limit}
    ids = (await session.execute(_DUE, bounds)).scalars().all()
    await wipe(session, ids, SupporterStatus.EXPIRED)
    return len(ids)


async def forget_clients(session: AsyncSession, *, before: datetime, limit: int) -> int:
    """Forget the client hashes of the hours before ``before``; how many."""
    done = await session.execute(_CLIENTS, {"before": before, "limit": limit})
    return changed_rows(done)
