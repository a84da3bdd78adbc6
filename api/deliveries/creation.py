"""New letters and new deliveries: each begins in the state that its channel says.

Whatever happens to them afterwards is a row of ``transitions.MOVES``. Nothing here commits.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

_LETTERS: Final = text("""
    INSERT INTO letters
        (id, person_id, submission_id, seat, congress, text, edited, personal_share, status)
    SELECT id, :person_id, :submission_id, seat, congress, text, edited, share, status
    FROM unnest(CAST(:id AS uuid[]), CAST(:seat AS text[]), CAST(:congress AS int[]),
                CAST(:text AS text[]), CAST(:edited AS bool[]), CAST(:share AS int[]),
                CAST(:status AS text[]))
         AS l(id, seat, congress, text, edited, share, status)
    ON CONFLICT (person_id, seat) WHERE status <> 'cancelled' DO NOTHING RETURNING id
""")

_DELIVERIES: Final = text("""
    INSERT INTO deliveries (id, letter_id, channel, environment, status, due_at, epoch, attempts,
                            reason, payload)
    SELECT id, letter_id, channel, environment, status, now(), 0, 0, reason, payload
    FROM unnest(CAST(:id AS uuid[]), CAST(:letter_id AS uuid[]), CAST(:channel AS text[]),
                CAST(:environment AS text[]), CAST(:status AS text[]), CAST(:reason AS text[]),
                CAST(:payload AS bytea[]))
         AS d(id, letter_id, channel, environment, status, reason, payload)
""")

# The letter itself is on its writer's page, so the row needs no payload. A writer who was erased
# while it was being sent has no page any more.
_HAND_OVER: Final = text("""
    INSERT INTO deliveries (id, letter_id, channel, environment, status, due_at, epoch, attempts,
                            reason)
    SELECT n.id, d.letter_id, 'hand_over', d.environment,
        CASE WHEN s.data_key IS NULL THEN 'cancelled' ELSE 'needs_user_action' END, now(), 0, 0,
        CASE WHEN s.data_key IS NULL THEN 'erased' ELSE d.reason END
    FROM unnest(CAST(:olds AS uuid[]), CAST(:news AS uuid[])) AS n(old, id)
    JOIN deliveries d ON d.id = n.old
    JOIN letters l ON l.id = d.letter_id
    JOIN submissions b ON b.id = l.submission_id
    JOIN supporters s ON s.id = b.supporter_id
""")


async def add_letters(
    session: AsyncSession,
    person_id: UUID,
    submission_id: UUID,
    columns: Mapping[str, Sequence[Any]],
) -> set[UUID]:
    """Store those for seats that this person has not written to; returns the ids of these."""
    values = {"person_id": person_id, "submission_id": submission_id, **columns}
    return set((await session.execute(_LETTERS, values)).scalars())


async def add_deliveries(session: AsyncSession, columns: Mapping[str, Sequence[Any]]) -> None:
    """Store the first deliveries of new letters."""
    await session.execute(_DELIVERIES, dict(columns))


async def hand_over(session: AsyncSession, successors: Mapping[UUID, UUID]) -> None:
    """Give letters whose deliveries failed to their writers, by new deliveries with these ids."""
    if successors:
        values = {"olds": list(successors), "news": list(successors.values())}
        await session.execute(_HAND_OVER, values)
