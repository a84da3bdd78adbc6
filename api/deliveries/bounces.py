"""Letters that a mail server accepted and that bounced later."""

from sqlmodel.ext.asyncio.session import AsyncSession

from api.deliveries.transitions import count, move
from api.mail.bounces import Bounce


async def letter_bounced(session: AsyncSession, bounce: Bounce) -> bool:
    """Record that a letter bounced; False if there is no such letter, or it was recorded before.

    Its writer gets the steps to send it themselves. An office's address may be a list of people:
    if it reached one of them, the letter arrived.
    """
    if bounce.failure(None) is None:
        return False
    moved = await move(session, "bounce", ids=[bounce.mail_id])
    await count(session, moved)
    return bool(moved)
