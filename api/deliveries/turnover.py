"""When a seat changes hands: letters to its former holder are not sent to the new one.

From the day after a recorded term's end, letters that are not sent yet pause (``term_ended``, or
``seat_vacant`` where newer data says that nobody holds the seat). Once newer data says who holds
it, they are resumed if that is the one they were written to; else they are cancelled
(``seat_changed``), and their writers may write again. Where the same member holds a district whose
lines moved, a letter from before waits (``lines_moved``): ``redrawn`` says how it goes on.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, exists, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.session import transaction
from api.deliveries.models import ReferenceData
from api.deliveries.transitions import (
    SEAT_CHANGED,
    SEAT_VACANT,
    TERM_ENDED,
    WITH_LETTERS,
    Moved,
    count,
    move,
)
from api.letters.models import StoredText
from api.targets.congress import Directory
from api.targets.days import eastern_date

log = structlog.get_logger()

# An advisory lock's number (arbitrary): only its holder follows the seats.
LOCK = 0x756E7365

WRITTEN_TO: Final = (
    select(StoredText.seat, StoredText.target_id)
    .where(or_(col(StoredText.seat).like("house:%"), col(StoredText.seat).like("senate:%")))
    .distinct()
)

# What becomes of letters by what hinders them; None: the same member holds the seat. A delivery
# that is being sent is left alone; what its office may already have is a person's to decide.
ACTS = {
    TERM_ENDED: "end_term",
    SEAT_VACANT: "vacate_seat",
    SEAT_CHANGED: "change_seat",
    None: "keep_seat",
}
TO_THESE = """
    l.text IN (SELECT t.digest FROM letter_texts t
        JOIN unnest(CAST(:seats AS text[]), CAST(:ids AS text[])) AS k(seat, target_id)
            ON k.seat = t.seat AND k.target_id IS NOT DISTINCT FROM t.target_id)
"""


FROM_BEFORE = """
    EXISTS (SELECT FROM letter_texts t
        JOIN unnest(CAST(:seats AS text[]), CAST(:ids AS text[]), CAST(:since AS int[]))
            AS k(seat, target_id, since)
            ON k.seat = t.seat AND k.target_id IS NOT DISTINCT FROM t.target_id
        WHERE t.digest = l.text AND l.congress < k.since)
"""
Pairs = list[tuple[str, str | None]]
Moment = tuple[str, date, int]


@dataclass(frozen=True)
class Seats:
    """Who holds the seats of Congress now, as far as this process's data knows."""

    directory: Callable[[], Directory]
    clock: Callable[[], datetime]

    @property
    def today(self) -> date:
        return eastern_date(self.clock())

    @property
    def moment(self) -> Moment:
        """Another one each hour, and when the day in Washington or the data changes."""
        return self.directory().digest, self.today, self.clock().hour

    def hindrance(self, seat: str, holder_id: str | None) -> str | None:
        """Why a letter to this holder of the seat must not go out; None when it may.

        Offices outside of Congress have no term on record, and never hinder.
        """
        if not seat.startswith(("house:", "senate:")):
            return None
        directory = self.directory()
        holder = directory.seat(seat, self.today)
        if holder is not None:
            return None if holder.id == holder_id else SEAT_CHANGED
        recorded = directory.by_id(holder_id) if holder_id else None
        is_over = recorded is not None and recorded.seat == seat
        return TERM_ENDED if is_over else SEAT_VACANT

    def lines_since(self, seat: str) -> int | None:
        """Since which Congress the district has other lines, as far as anybody can say."""
        return self.directory().lines_since(seat, self.today)


@dataclass
class Turnover:
    """Follows the seats for the deliveries of one worker; any number of workers may."""

    engine: AsyncEngine
    seats: Seats
    done: Moment | None = None

    async def follow(self) -> int:
        """Pause, cancel and resume letters whose seats ended or changed, and say how many.

        It looks once an hour, and when the day in Washington or the data changes.
        """
        directory, moment = self.seats.directory(), self.seats.moment
        if self.done == moment:
            return 0
        async with transaction(self.engine) as session:
            changed = await self._follow(session, directory)
        if changed is None:
            return 0
        self.done = moment
        return changed

    async def _follow(self, session: AsyncSession, directory: Directory) -> int | None:
        """None if another worker is doing it, or if some process has newer data than this one."""
        if not (await session.exec(select(func.pg_try_advisory_xact_lock(LOCK)))).one():
            return None
        await _remember(session, directory)
        newer = select(exists().where(col(ReferenceData.as_of) > directory.as_of))
        if (await session.exec(newer)).one():
            log.warning("turnover.old_data", as_of=directory.as_of.isoformat())
            return None
        return await self._change(session, (await session.exec(WRITTEN_TO)).all())

    async def _change(
        self, session: AsyncSession, written: Iterable[tuple[str, str | None]]
    ) -> int:
        known: dict[str | None, Pairs] = {}
        for seat, holder_id in written:
            known.setdefault(self.seats.hindrance(seat, holder_id), []).append((seat, holder_id))
        moved = await self._redraw(session, known.get(None, []))
        for hindrance, pairs in sorted(known.items(), key=str):
            seats, ids = [seat for seat, _ in pairs], [holder_id for _, holder_id in pairs]
            act = ACTS[hindrance]
            moved += await move(session, act, TO_THESE, WITH_LETTERS, seats=seats, ids=ids)
        await count(session, moved)
        for one in moved:
            log.info("turnover.letters", status=one.after, count=one.letters)
        return sum(one.letters for one in moved)

    async def _redraw(self, session: AsyncSession, kept: Pairs) -> list[Moved]:
        """Letters from before the lines moved wait, whoever was to send them."""
        since = [(*pair, self.seats.lines_since(pair[0])) for pair in kept]
        redrawn = [one for one in since if one[2] is not None]
        if not redrawn:
            return []
        columns: Iterator[Any] = map(list, zip(*redrawn, strict=True))
        values = dict(zip(("seats", "ids", "since"), columns, strict=True))
        return await move(session, "redraw_seat", FROM_BEFORE, WITH_LETTERS, **values)


async def _remember(session: AsyncSession, directory: Directory) -> None:
    """Record that this data is used here, and since when."""
    new = insert(ReferenceData).values(
        digest=directory.digest,
        congress=directory.congress,
        as_of=directory.as_of,
        since=func.now(),
    )
    await session.exec(new.on_conflict_do_nothing())
