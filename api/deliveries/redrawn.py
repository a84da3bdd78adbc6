"""Letters from before a district's lines moved: whom they still may go to, once that is known.

They wait (``lines_moved``, see ``turnover`` and ``gates``) until the data has the new lines. Then
the ZIP code of the writer's address tells: in the same district, the letter goes on by itself; in
another one, it is cancelled, and its writer is told; in several, nobody knows, and it waits on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.session import transaction
from api.deliveries.transitions import LINES_MOVED, Moved, count, move
from api.deliveries.turnover import Moment, Seats
from api.errors import DomainError
from api.supporters.vault import Vault
from api.targets.congress import Directory

log = structlog.get_logger()

BATCH: Final = 200
FIRST: Final = UUID(int=0)

WAITING: Final = text("""
    SELECT d.id, d.letter_id, l.seat, s.id AS supporter_id, s.data_key, s.address
    FROM deliveries d
    JOIN letters l ON l.id = d.letter_id
    JOIN submissions b ON b.id = l.submission_id
    JOIN supporters s ON s.id = b.supporter_id
    WHERE d.status = 'paused' AND d.reason = :reason AND d.id > :after
    ORDER BY d.id LIMIT :limit
""")

FOUND: Final = text("""
    UPDATE letters SET congress = :congress WHERE id = ANY(:ids) AND seat = :seat
""")


@dataclass
class Redrawn:
    """Looks at these letters for one worker; any number of workers may."""

    engine: AsyncEngine
    vault: Vault
    seats: Seats
    done: Moment | None = None

    async def follow(self) -> int:
        """Resume or cancel letters whose district's new lines are known, and say how many.

        It looks once an hour, and when the day in Washington or the data changes.
        """
        directory, moment = self.seats.directory(), self.seats.moment
        if self.done == moment:
            return 0
        after, changed = FIRST, 0
        while True:
            async with transaction(self.engine) as session:
                chosen = {"reason": LINES_MOVED, "after": after, "limit": BATCH}
                rows = (await session.execute(WAITING, chosen)).all()
                changed += await self._settle(session, directory, rows)
            if len(rows) < BATCH:
                break
            after = rows[-1].id
        self.done = moment
        return changed

    async def _settle(
        self, session: AsyncSession, directory: Directory, rows: Sequence[Any]
    ) -> int:
        stay, gone = list[UUID](), list[UUID]()
        for row in rows:
            lives = self._lives_there(directory, row)
            if lives is not None:
                (stay if lives else gone).append(row.id)
        letters = [row.letter_id for row in rows if row.id in set(stay)]
        for seat in {row.seat for row in rows if row.id in set(stay)}:
            await _found_by(session, directory.lines_since(seat, self.seats.today), seat, letters)
        moved = await move(session, "keep_district", ids=stay) if stay else list[Moved]()
        moved += await move(session, "leave_district", ids=gone) if gone else []
        await count(session, moved)
        for one in moved:
            log.info("redrawn.letters", status=one.after, count=one.letters)
        return sum(one.letters for one in moved)

    def _lives_there(self, directory: Directory, row: Any) -> bool | None:
        """Whether the writer lives in the district as it is now; None where nobody knows."""
        if row.address is None or row.data_key is None:
            return None
        try:
            address = self.vault.open_form(row.data_key, row.supporter_id).address(row.address)
        except DomainError as error:
            log.error("redrawn.unreadable", code=error.code)
            return None
        return directory.lies_in(address.zip, row.seat, self.seats.today)


async def _found_by(
    session: AsyncSession, congress: int | None, seat: str, letters: list[UUID]
) -> None:
    """From now on these letters' writers are known to live in the district by its new lines."""
    values = {"congress": congress, "ids": letters, "seat": seat}
    await session.execute(FOUND, values)
