"""A letter that its writer sent with their own hands."""

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.counts import ledger
from api.deliveries.models import DeliveryStatus as Status

# What only its writer can send: handed over, or given up by us.
BY_HAND: Final = (Status.NEEDS_USER_ACTION, Status.FAILED, Status.EXPIRED)

DONE = text("""
    WITH done AS (
        UPDATE deliveries d SET status = 'self_reported'
        FROM letters l
        WHERE l.id = :letter_id AND l.person_id = :person_id AND d.letter_id = l.id
          AND d.status = ANY(:theirs)
          AND d.id = (SELECT n.id FROM deliveries n WHERE n.letter_id = l.id
                      ORDER BY n.opened_at DESC, n.id DESC LIMIT 1)
        RETURNING d.letter_id
    )
    UPDATE letters l SET status = 'self_reported' FROM done, persons p
    WHERE l.id = done.letter_id AND p.id = l.person_id RETURNING p.campaign, p.standing
""")
# Whoever invalidates persons counts their letters as they are: so these wait for each other.
HOLD = text("SELECT 1 FROM persons WHERE id = :person_id FOR SHARE")


async def report_done(connection: AsyncConnection, person_id: UUID, letter_id: UUID) -> bool:
    """The writer says that they sent a letter that was theirs to send, or that we could not send;
    False of any other."""
    values = {"letter_id": letter_id, "person_id": person_id, "theirs": list(BY_HAND)}
    await connection.execute(HOLD, values)
    row = (await connection.execute(DONE, values)).one_or_none()
    if row is None:
        return False
    counted = row.standing == "counted"
    await ledger.append(connection, row.campaign, {"self_reported": int(counted)})
    return True
