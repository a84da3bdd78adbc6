"""The rate limit of a channel ("pace"): how many letters a second, from all workers together.

Each channel has a row with its next free moment. A worker that claims letters reserves as many
moments in the same transaction, spaced by the channel's pace, and starts each letter at its own
moment. Nobody reserves moments more than a second ahead, so a killed worker wastes at most a
second of the pace. Unused moments are not saved up.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

HORIZON_SECONDS = 1.0

MAKE = text("""
    INSERT INTO channel_pace (channel, next_at) VALUES (:channel, now()) ON CONFLICT DO NOTHING
""")
# SKIP LOCKED: if another worker is just reserving moments, there will be free ones later.
LOOK = text("""
    SELECT EXTRACT(epoch FROM greatest(next_at - now(), '0 s')) AS wait FROM channel_pace
    WHERE channel = :channel FOR UPDATE SKIP LOCKED
""")
TAKE = text("""
    UPDATE channel_pace SET next_at = greatest(next_at, now()) + :taken * interval '1 s'
    WHERE channel = :channel
""")


@dataclass(frozen=True, slots=True)
class Moments:
    """Free moments: the first in ``wait`` seconds, ``number`` in all, ``pace`` per second."""

    wait: float
    number: int
    pace: float

    def start(self, index: int) -> float:
        """The seconds until the letter with this index may start."""
        return self.wait + index / self.pace


async def make(session: AsyncSession, channel: str) -> None:
    """Create the channel's row if it is missing."""
    await session.execute(MAKE, {"channel": channel})


async def look(session: AsyncSession, channel: str, pace: float) -> Moments | None:
    """The free moments of a channel; its row stays locked until the transaction ends."""
    row = (await session.execute(LOOK, {"channel": channel})).one_or_none()
    if row is None:
        return None
    wait = float(row.wait)
    number = int((HORIZON_SECONDS - wait) * pace)
    if wait == 0:
        number = max(number, 1)
    return Moments(wait, number, pace) if number > 0 else None


async def take(session: AsyncSession, channel: str, moments: Moments, number: int) -> None:
    """Use up the first ``number`` of them."""
    await session.execute(TAKE, {"channel": channel, "taken": number / moments.pace})
