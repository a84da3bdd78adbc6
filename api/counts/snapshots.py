"""The counts as all processes show them: one snapshot for each few seconds.

Time is divided into slots. The first process that needs the counts of a slot publishes them, in
one row; all others show the same row until the slot ends. So a visitor who asks two processes in
turn sees a count go down only if it really did.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

SLOT_SECONDS = 5
# A slot that is further ahead than this was published by a process whose clock is wrong.
MOST_AHEAD = 2

FIRST = text("""
    INSERT INTO count_snapshot (id, slot, as_of, counts) VALUES (1, -1, now(), '{}')
    ON CONFLICT DO NOTHING
""")
LOCK = text("SELECT slot, as_of, counts FROM count_snapshot FOR UPDATE")
# A statement of its own, run once the row is locked: it sees what any earlier snapshot saw.
TAKE = text("""
    UPDATE count_snapshot SET slot = :slot, as_of = clock_timestamp(), counts = (
        SELECT coalesce(jsonb_object_agg(campaign, totals), '{}') FROM (
            SELECT campaign, jsonb_object_agg(name, total) AS totals
            FROM count_totals GROUP BY campaign) AS c)
    RETURNING slot, as_of, counts
""")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Folded totals by campaign and name, as they were at ``as_of``."""

    slot: int
    as_of: datetime
    counts: dict[str, dict[str, int]]


async def publish(session: AsyncSession, slot: int) -> Snapshot:
    """Return the snapshot of this slot, or of a later one, and take it now if there is none yet.

    The caller commits.
    """
    row = (await session.execute(LOCK)).one_or_none()
    if row is None:
        await session.execute(FIRST)
        row = (await session.execute(LOCK)).one()
    if not 0 <= row.slot - slot <= MOST_AHEAD:
        row = (await session.execute(TAKE, {"slot": slot})).one()
    return Snapshot(row.slot, row.as_of, row.counts)
