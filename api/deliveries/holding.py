"""Letters of people whose standing was in doubt, and is not any more.

While it was, each waited at its gate (``gates.py``), shown as queued, and was looked at again
every hour.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

RELEASE = text("""
    UPDATE deliveries d SET due_at = now()
    FROM letters l WHERE l.id = d.letter_id AND l.person_id = ANY(:ids)
      AND d.status = 'queued' AND d.due_at > now()
""")


async def release(connection: AsyncConnection, person_ids: Sequence[UUID]) -> None:
    """Let go out at once what these people wrote, in place of at the next look."""
    await connection.execute(RELEASE, {"ids": list(person_ids)})
