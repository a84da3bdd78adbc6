"""Letters that a mail server accepted and that bounced later."""

from sqlalchemy.ext.asyncio import AsyncConnection

from api.deliveries.transitions import count, move
from api.mail.bounces import Bounce


async def letter_bounced(connection: AsyncConnection, bounce: Bounce) -> bool:
    """Record that a letter bounced; False if there is no such letter, or it was recorded before.

    Its writer gets the steps to send it themselves. An office's address may be a list of people:
    if it reached one of them, the letter arrived.
    """
    if bounce.failure(None) is None:
        return False
    moved = await move(connection, "bounce", ids=[bounce.mail_id])
    await count(connection, moved)
    return bool(moved)
