"""Letters that a person wrote before to the same offices: replaced, or kept.

A person has one letter per campaign and seat. A letter that has certainly reached nobody, and is
not being sent, is replaced by the one that its writer approved later. Any other is kept, and the
new one is not sent.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.deliveries.attempts import DOUBTED
from api.deliveries.transitions import UNSENT, move
from api.security.identifiers import moment_of
from api.targets.days import eastern_date

_THEIRS = "l.person_id = :person_id AND l.seat = ANY(:seats) AND l.status <> 'cancelled'"

# SKIP LOCKED: another transaction that has locked one of these is changing its state, and may be
# waiting for the person's row, which we have locked. Such a letter is kept.
LOCK = text(f"""
    SELECT d.id FROM deliveries d JOIN letters l ON l.id = d.letter_id
    WHERE {_THEIRS} ORDER BY d.id FOR UPDATE OF d SKIP LOCKED
""")  # noqa: S608 (our own text)

# Run only once they are locked, so that it sees what a worker has just written.
FIND = text(f"""
    SELECT l.id, l.seat, t.name, min(d.id::text) AS first,
        bool_and(d.status = ANY(:unsent) AND NOT {DOUBTED}
                 AND (CAST(:held AS uuid[]) IS NULL OR d.id = ANY(:held))) AS unsent
    FROM letters l JOIN letter_texts t ON t.digest = l.text
    JOIN deliveries d ON d.letter_id = l.id
    WHERE {_THEIRS} GROUP BY l.id, l.seat, t.name ORDER BY l.seat
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier letter. ``on`` is the day of its confirmation; ``unsent``: it can be replaced."""

    id: UUID
    seat: str
    name: str
    on: date
    unsent: bool


async def find_earlier(
    session: AsyncSession, person_id: UUID, seats: Sequence[str]
) -> list[Earlier]:
    """A person's letters to these seats as they stand at this moment."""
    return await _find(session, person_id, seats, held=None)


async def lock_earlier(
    session: AsyncSession, person_id: UUID, seats: Sequence[str]
) -> list[Earlier]:
    """The same, locked: what is unsent stays so until the transaction ends. The caller has locked
    the person."""
    values = {"person_id": person_id, "seats": list(seats)}
    held = (await session.execute(LOCK, values)).scalars().all()
    return await _find(session, person_id, seats, held=held)


async def replace(session: AsyncSession, letters: Collection[Earlier]) -> None:
    """Cancel locked and unsent letters, which newer ones replace. Without a payload, no delivery of
    theirs can be sent again, whoever tries."""
    if letters:
        ids = [letter.id for letter in letters]
        await move(session, "replace", "d.letter_id = ANY(:ids)", locked=True, ids=ids)


async def _find(
    session: AsyncSession, person_id: UUID, seats: Sequence[str], held: Sequence[UUID] | None
) -> list[Earlier]:
    values: dict[str, Any] = {"person_id": person_id, "seats": list(seats)}
    values |= {"unsent": [str(status) for status in UNSENT], "held": held}
    rows = (await session.execute(FIND, values)).all()
    return [
        Earlier(row.id, row.seat, row.name, eastern_date(moment_of(UUID(row.first))), row.unsent)
        for row in rows
    ]
