"""The results of a confirmed form, for its receipt and its person's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.confirmation.earlier import Earlier
from api.confirmation.people import people_at
from api.deliveries.transitions import REPLACED
from api.security.identifiers import moment_of
from api.sign_ons.confirming import Signing, signed_on
from api.targets.days import eastern_date

# The person's earlier letters that were kept, so that this form made none to their offices.
KEPT = text("""
    SELECT l.id, l.seat, t.name, min(d.id::text) AS first
    FROM submissions b JOIN supporters s ON s.id = b.supporter_id
    CROSS JOIN LATERAL jsonb_to_recordset(b.letters) AS w(seat text)
    JOIN letters l ON l.person_id = s.person_id AND l.seat = w.seat
        AND l.submission_id <> b.id AND l.status <> 'cancelled'
    JOIN letter_texts t ON t.digest = l.text JOIN deliveries d ON d.letter_id = l.id
    WHERE b.supporter_id = :id AND NOT EXISTS (
        SELECT FROM letters o WHERE o.submission_id = b.id AND o.seat = w.seat)
    GROUP BY l.id, l.seat, t.name ORDER BY l.seat
""")

# A letter was replaced by this form if it was cancelled in the transaction that made this form's:
# both have its time.
NUMBERS = text("""
    SELECT jsonb_array_length(b.letters) AS wanted, count(l.id) AS made,
        count(l.id) FILTER (WHERE EXISTS (
            SELECT FROM letters o JOIN deliveries d ON d.letter_id = o.id AND d.reason = :replaced
            WHERE o.person_id = l.person_id AND o.seat = l.seat AND o.submission_id <> b.id
              AND d.status = 'cancelled' AND EXISTS (
                SELECT FROM deliveries n WHERE n.letter_id = l.id AND n.opened_at = d.due_at))
        ) AS replaced
    FROM submissions b LEFT JOIN letters l ON l.submission_id = b.id
    WHERE b.supporter_id = :id GROUP BY b.id
""")

# What this form signs. A form that changed nothing has no person.
SIGNATURE = text("SELECT id, status, person_id, earlier FROM sign_ons WHERE supporter_id = :id")


@dataclass(frozen=True, slots=True)
class Outcome:
    """``made`` and ``replaced`` are numbers of letters, ``elsewhere`` of those that were not taken
    since their person had written from another district. ``signature`` is a ``Signing``, or empty
    where nothing was to be signed."""

    made: int
    replaced: int
    kept: Sequence[Earlier]
    elsewhere: int
    signature: str
    signed_on: date | None

    def facts(self) -> dict[str, Any]:
        """The facts that a mail needs."""
        names = ("replaced", "kept", "elsewhere", "signature", "signed_on")
        return {name: getattr(self, name) for name in names}


async def outcome_of(session: AsyncSession, supporter_id: UUID) -> Outcome:
    """The results of a form that was confirmed."""
    keys = {"id": supporter_id}
    kept = await kept_for(session, supporter_id)
    row = (await session.execute(NUMBERS, {**keys, "replaced": REPLACED})).one()
    signature, day = _signature((await session.execute(SIGNATURE, keys)).one_or_none())
    elsewhere = max(row.wanted - row.made - len(kept), 0)
    return Outcome(row.made, row.replaced, kept, elsewhere, signature, day)


async def kept_for(session: AsyncSession, supporter_id: UUID) -> list[Earlier]:
    """The letters of before, in place of which those of this form were not sent."""
    rows = (await session.execute(KEPT, {"id": supporter_id})).all()
    days = {row.id: eastern_date(moment_of(UUID(row.first))) for row in rows}
    return [Earlier(row.id, row.seat, row.name, days[row.id], unsent=False) for row in rows]


HASH_OF = text("SELECT email_hash FROM persons WHERE id = :id")


async def which_person(session: AsyncSession, campaign: str, person_id: UUID) -> dict[str, Any]:
    """The day of a person's first confirmation, and which of two people of that day they are."""
    # Not the form's hash: it may be of an earlier canonical form than the person's.
    email_hash = await session.scalar(HASH_OF, {"id": person_id})
    people = await people_at(session, campaign, email_hash)
    since = eastern_date(moment_of(person_id))
    alike = [person.id for person in people if person.since == since]
    which = alike.index(person_id) + 1 if len(alike) > 1 and person_id in alike else 0
    return {"confirmed_on": since, "which": which}


def _signature(row: Any) -> tuple[str, date | None]:
    """What the form did to its person's signature, and the day that it stands by; nothing of one
    that was changed or withdrawn since."""
    if row is None:
        return "", None
    if row.status == "confirmed":
        return (Signing.CHANGED if row.earlier else Signing.SIGNED), signed_on(row.id)
    if row.person_id is None and row.earlier is not None:
        return Signing.UNCHANGED, signed_on(row.earlier)
    return "", None
