"""Letters that a mail server took, and that came back all the same."""

from sqlalchemy.ext.asyncio import AsyncConnection

from api.deliveries.transitions import count, move
from api.mail.bounces import Bounce


async def letter_bounced(connection: AsyncConnection, bounce: Bounce) -> bool:
    """Take back that a letter was sent; False when there is no such letter, or it was said before.

    Its writer finds the steps to send it themselves. An office's address may be a list of people:
    as long as it reached one of them, the letter arrived.
    """
    if bounce.failure(None) is None:
        return False
    moved = await move(connection, "bounce", ids=[bounce.mail_id])
    await count(connection, moved)
    return bool(moved)
