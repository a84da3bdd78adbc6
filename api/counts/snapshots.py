"""The counts as all processes show them: one snapshot for each few seconds.

Time is divided into slots. The first process that needs the counts of a slot publishes them, in
one row; all others show the same row until the slot ends. So a visitor who asks two processes in
turn sees a count go down only if it really did.
"""

from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import cast, col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.counts.models import CountSnapshot, CountTotal
from api.database.columns import utc_now
from api.database.session import AS_IT_IS

SLOT_SECONDS = 5
# A slot that is further ahead than this was published by a process whose clock is wrong.
MOST_AHEAD = 2
THE_ROW = 1


async def publish(session: AsyncSession, slot: int) -> CountSnapshot:
    """Return the snapshot of this slot, or of a later one, and take it now if there is none yet.

    The caller commits.
    """
    shown = await _locked(session)
    if shown is None:
        first = insert(CountSnapshot).values(id=THE_ROW, slot=-1, as_of=utc_now(), counts={})
        await session.exec(first.on_conflict_do_nothing())
        shown = await _locked(session)
    assert shown is not None
    return shown if 0 <= shown.slot - slot <= MOST_AHEAD else await _take(session, slot)


async def _locked(session: AsyncSession) -> CountSnapshot | None:
    return await session.get(CountSnapshot, THE_ROW, with_for_update=True)


async def _take(session: AsyncSession, slot: int) -> CountSnapshot:
    """A statement of its own, run once the row is locked: it sees what any earlier one saw."""
    by_name = func.jsonb_object_agg(CountTotal.name, CountTotal.total).label("totals")
    each = select(col(CountTotal.campaign), by_name).group_by(col(CountTotal.campaign)).subquery()
    by_campaign = func.jsonb_object_agg(each.c.campaign, each.c.totals)
    counts = select(func.coalesce(by_campaign, cast({}, JSONB))).scalar_subquery()
    take = update(CountSnapshot).values(slot=slot, as_of=func.clock_timestamp(), counts=counts)
    taken = await session.exec(take.returning(CountSnapshot), execution_options=AS_IT_IS)
    shown: CountSnapshot = taken.scalars().one()
    return shown
