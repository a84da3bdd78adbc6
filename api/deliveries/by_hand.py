"""A letter that its writer sent with their own hands."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.counts import ledger

DONE = text("""
    WITH done AS (
        UPDATE deliveries d SET status = 'self_reported'
        FROM letters l
        WHERE l.id = :letter_id AND l.person_id = :person_id AND d.letter_id = l.id
          AND d.status = 'needs_user_action'
        RETURNING d.letter_id
    )
    UPDATE letters l SET status = 'self_reported' FROM done, persons p
    WHERE l.id = done.letter_id AND p.id = l.person_id RETURNING p.campaign, p.standing
""")
# Whoever invalidates persons counts their letters as they are: so these wait for each other.
HOLD = text("SELECT 1 FROM persons WHERE id = :person_id FOR SHARE")


async def report_done(connection: AsyncConnection, person_id: UUID, letter_id: UUID) -> bool:
    """The writer says that they sent a handed-over letter; False when it was not theirs to do."""
    values = {"letter_id": letter_id, "person_id": person_id}
    await connection.execute(HOLD, values)
    row = (await connection.execute(DONE, values)).one_or_none()
    if row is None:
        return False
    counted = row.standing == "counted"
    await ledger.append(connection, row.campaign, {"self_reported": int(counted)})
    return True
