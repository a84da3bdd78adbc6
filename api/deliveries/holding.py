"""Letters of suspects who were cleared.

While its writer was a suspect, each waited at a gate (``gates.py``), shown as queued, and was
checked again every hour.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

RELEASE = text("""
    UPDATE deliveries d SET due_at = now()
    FROM letters l WHERE l.id = d.letter_id AND l.person_id = ANY(:ids)
      AND d.status = 'queued' AND d.due_at > now()
""")


async def release(session: AsyncSession, person_ids: Sequence[UUID]) -> None:
    """Make the letters of these people due now, so that they do not wait for the next check."""
    await session.execute(RELEASE, {"ids": list(person_ids)})
