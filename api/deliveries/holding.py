"""Letters of people whose standing is in doubt wait, and nobody is told.

The letter goes on saying ``queued``; only its delivery pauses, for the reason ``held``. What
lies in its writer's own hands, or is on its way already, cannot be held.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

HELD = "held"

HOLD = text("""
    UPDATE deliveries d SET status = 'paused', reason = :held
    FROM letters l WHERE l.id = d.letter_id AND l.person_id = ANY(:ids)
      AND d.status IN ('queued', 'retrying')
""")

RELEASE = text("""
    UPDATE deliveries d SET status = 'queued', reason = NULL, due_at = now()
    FROM letters l WHERE l.id = d.letter_id AND l.person_id = ANY(:ids)
      AND d.status = 'paused' AND d.reason = :held
""")


async def hold(connection: AsyncConnection, person_ids: Sequence[UUID]) -> None:
    """Keep what these people wrote, and is not on its way yet, from being sent."""
    await connection.execute(HOLD, {"ids": list(person_ids), "held": HELD})


async def release(connection: AsyncConnection, person_ids: Sequence[UUID]) -> None:
    """Let what was held go out."""
    await connection.execute(RELEASE, {"ids": list(person_ids), "held": HELD})
