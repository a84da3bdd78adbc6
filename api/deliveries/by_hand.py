"""Letters that their writers sent themselves."""

from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from api.deliveries.transitions import WITH_LETTERS, count, move

_NEWEST: Final = """l.id = :letter_id AND l.person_id = :person_id AND d.id = (
    SELECT n.id FROM deliveries n WHERE n.letter_id = l.id
    ORDER BY n.opened_at DESC, n.id DESC LIMIT 1)"""


async def report_done(session: AsyncSession, person_id: UUID, letter_id: UUID) -> bool:
    """Record that a writer sent a letter that was theirs to send, or that we could not send; False
    for any other letter."""
    moved = await move(
        session, "report", _NEWEST, WITH_LETTERS, letter_id=letter_id, person_id=person_id
    )
    await count(session, moved)
    return bool(moved)
