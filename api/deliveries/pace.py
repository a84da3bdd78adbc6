"""How many letters a second go through a channel, from all workers together.

A row for each channel holds the next free moment. Whoever claims letters takes as many moments
in the same transaction, one after the other at the channel's pace, and starts each letter at
its own. Nobody takes moments further away than a second, so a killed worker loses no more than
that of the pace; and what was not used is not saved up.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

HORIZON_SECONDS = 1.0

MAKE = text("""
    INSERT INTO channel_pace (channel, next_at) VALUES (:channel, now()) ON CONFLICT DO NOTHING
""")
# Another worker that is just taking moments is not waited for: there will be others.
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
    """Free moments: the first in ``wait`` seconds, ``number`` in all, ``pace`` a second."""

    wait: float
    number: int
    pace: float

    def start(self, index: int) -> float:
        """In how many seconds the letter with this index may start."""
        return self.wait + index / self.pace


async def make(connection: AsyncConnection, channel: str) -> None:
    """Let a channel have its row."""
    await connection.execute(MAKE, {"channel": channel})


async def look(connection: AsyncConnection, channel: str, pace: float) -> Moments | None:
    """The free moments of a channel; the caller holds them until its transaction ends."""
    row = (await connection.execute(LOOK, {"channel": channel})).one_or_none()
    if row is None:
        return None
    wait = float(row.wait)
    number = int((HORIZON_SECONDS - wait) * pace)
    if wait == 0:
        number = max(number, 1)
    return Moments(wait, number, pace) if number > 0 else None


async def take(connection: AsyncConnection, channel: str, moments: Moments, number: int) -> None:
    """Use up the first ``number`` of them."""
    await connection.execute(TAKE, {"channel": channel, "taken": number / moments.pace})
