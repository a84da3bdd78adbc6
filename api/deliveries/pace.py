"""The rate limit of a channel ("pace"): how many letters a second, from all workers together.

Each channel has a row with its next free moment. A worker that claims letters reserves as many
moments in the same transaction, spaced by the channel's pace, and starts each letter at its own
moment. Nobody reserves moments more than a second ahead, so a killed worker wastes at most a
second of the pace. Unused moments are not saved up.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deliveries.models import ChannelPace

HORIZON_SECONDS = 1.0


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
    new = insert(ChannelPace).values(channel=channel, next_at=func.now())
    await session.exec(new.on_conflict_do_nothing())


async def look(session: AsyncSession, channel: str, pace: float) -> Moments | None:
    """The free moments of a channel; its row stays locked until the transaction ends."""
    # SKIP LOCKED: if another worker is just reserving moments, there will be free ones later.
    free = (
        select(ChannelPace.next_at, func.now())
        .where(ChannelPace.channel == channel)
        .with_for_update(skip_locked=True)
    )
    row = (await session.exec(free)).one_or_none()
    if row is None:
        return None
    next_at, now = row
    wait = max((next_at - now).total_seconds(), 0.0)
    number = int((HORIZON_SECONDS - wait) * pace)
    if wait == 0:
        number = max(number, 1)
    return Moments(wait, number, pace) if number > 0 else None


async def take(session: AsyncSession, channel: str, moments: Moments, number: int) -> None:
    """Use up the first ``number`` of them."""
    began = func.greatest(ChannelPace.next_at, func.now())
    taken = timedelta(seconds=number / moments.pace)
    this = update(ChannelPace).where(col(ChannelPace.channel) == channel)
    await session.exec(this.values(next_at=began + taken))
