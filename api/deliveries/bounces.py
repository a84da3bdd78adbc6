"""Letters that a mail server took, and that came back all the same."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.counts import ledger
from api.mail.bounces import Bounce

BOUNCED = "bounced"

# Whoever invalidates persons counts their letters as they are: so these wait for each other.
HOLD = text("""
    SELECT p.id FROM persons p JOIN letters l ON l.person_id = p.id
    JOIN deliveries d ON d.letter_id = l.id WHERE d.id = :id FOR SHARE OF p
""")
FAIL = text("""
    WITH known AS (SELECT id, status FROM deliveries WHERE id = :id FOR UPDATE), failed AS (
        UPDATE deliveries d SET status = 'failed', reason = :reason, due_at = now() FROM known k
        WHERE d.id = k.id AND d.channel = 'email' AND k.status IN ('sent', 'uncertain')
        RETURNING d.letter_id, k.status AS before
    )
    UPDATE letters l SET status = 'failed' FROM failed f, persons p
    WHERE l.id = f.letter_id AND p.id = l.person_id
    RETURNING p.campaign, f.before = 'sent' AND p.standing = 'counted' AS counted
""")


async def letter_bounced(connection: AsyncConnection, bounce: Bounce) -> bool:
    """Take back that a letter was sent; False when there is no such letter, or it was said before.

    Its writer finds the steps to send it themselves. An office's address may be a list of people:
    as long as it reached one of them, the letter arrived.
    """
    if bounce.failure(None) is None:
        return False
    await connection.execute(HOLD, {"id": bounce.mail_id})
    row = (await connection.execute(FAIL, {"id": bounce.mail_id, "reason": BOUNCED})).one_or_none()
    if row is None:
        return False
    await ledger.append(connection, row.campaign, {"delivered": -int(row.counted)})
    return True
