"""When a seat changes hands: what was written to its holder goes to nobody else.

From the day after a recorded term's end, letters that are not sent yet pause (``term_ended``,
or ``seat_vacant`` where newer data says that nobody holds the seat). Once newer data says who
holds it, they go on if that is the one they were written to; else they are cancelled
(``seat_changed``), and their writers may write anew.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.counts import ledger
from api.deliveries.attempts import DOUBTED
from api.targets.congress import Directory
from api.targets.days import eastern_date

log = structlog.get_logger()

TERM_ENDED, SEAT_VACANT, SEAT_CHANGED = REASONS = ("term_ended", "seat_vacant", "seat_changed")
# An arbitrary constant of our own: whoever holds this lock follows the seats.
LOCK = 0x756E7365

WRITTEN_TO = text("""
    SELECT DISTINCT seat, target_id FROM letter_texts
    WHERE seat LIKE 'house:%' OR seat LIKE 'senate:%'
""")

REMEMBER = text("""
    INSERT INTO reference_data (digest, congress, as_of, since)
    VALUES (:digest, :congress, :as_of, now()) ON CONFLICT DO NOTHING
""")

IS_NEWEST = text("SELECT NOT EXISTS (SELECT FROM reference_data WHERE as_of > :as_of)")

# ``reason`` null: they hold the seat, so letters that had paused go on. A delivery that is being
# sent is left alone; one that paused for another reason is at most cancelled; and what its
# office may already have is a person's to decide.
FOLLOW = text(f"""
    WITH known AS (
        SELECT * FROM unnest(CAST(:seats AS text[]), CAST(:ids AS text[]), CAST(:reasons AS text[]))
            AS k(seat, target_id, reason)
    ), changed AS (
        UPDATE deliveries d SET reason = k.reason, due_at = now(), status = CASE
            WHEN k.reason IS NOT NULL AND {DOUBTED} THEN 'uncertain'
            WHEN k.reason = 'seat_changed' THEN 'cancelled'
            WHEN k.reason IS NOT NULL THEN 'paused'
            WHEN d.channel = 'hand_over' THEN 'needs_user_action' ELSE 'queued' END
        FROM letters l JOIN letter_texts t ON t.digest = l.text
            JOIN known k ON k.seat = t.seat AND k.target_id IS NOT DISTINCT FROM t.target_id
        WHERE l.id = d.letter_id AND CASE
            WHEN d.status = 'paused' AND d.reason = ANY(:ours)
                THEN d.reason IS DISTINCT FROM k.reason
            WHEN d.status = 'paused' THEN k.reason = 'seat_changed'
            WHEN d.status IN ('queued', 'retrying', 'needs_user_action') THEN k.reason IS NOT NULL
            ELSE false END
        RETURNING d.letter_id, d.status
    ), shown AS (
        UPDATE letters l SET status = c.status FROM changed c WHERE l.id = c.letter_id
        RETURNING l.person_id, l.status
    )
    SELECT p.campaign, s.status, count(*) AS letters,
        count(*) FILTER (WHERE p.standing = 'counted') AS counted
    FROM shown s JOIN persons p ON p.id = s.person_id GROUP BY p.campaign, s.status
""")  # noqa: S608 (our own text)


@dataclass(frozen=True)
class Seats:
    """Who holds the seats of Congress now, as far as this process's data knows."""

    directory: Callable[[], Directory]
    clock: Callable[[], datetime]

    @property
    def today(self) -> date:
        return eastern_date(self.clock())

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


@dataclass
class Turnover:
    """Follows the seats for the deliveries of one worker; any number of workers may."""

    engine: AsyncEngine
    seats: Seats
    done: tuple[str, date, int] | None = None

    async def follow(self) -> int:
        """Pause, cancel and resume letters whose seats ended or changed, and say how many.

        It looks once an hour, and when the day in Washington or the data is another.
        """
        directory = self.seats.directory()
        moment = (directory.digest, self.seats.today, self.seats.clock().hour)
        if self.done == moment:
            return 0
        async with self.engine.begin() as connection:
            changed = await self._follow(connection, directory)
        if changed is None:
            return 0
        self.done = moment
        return changed

    async def _follow(self, connection: AsyncConnection, directory: Directory) -> int | None:
        """None when another worker is at it, or when somebody has newer data than we."""
        lock = text("SELECT pg_try_advisory_xact_lock(:lock)")
        if not await connection.scalar(lock, {"lock": LOCK}):
            return None
        edition = {
            "digest": directory.digest,
            "congress": directory.congress,
            "as_of": directory.as_of,
        }
        await connection.execute(REMEMBER, edition)
        if not await connection.scalar(IS_NEWEST, {"as_of": directory.as_of}):
            log.warning("turnover.old_data", as_of=directory.as_of.isoformat())
            return None
        written = (await connection.execute(WRITTEN_TO)).all()
        return await self._change(connection, [(row.seat, row.target_id) for row in written])

    async def _change(
        self, connection: AsyncConnection, written: Iterable[tuple[str, str | None]]
    ) -> int:
        known = [(seat, id_, self.seats.hindrance(seat, id_)) for seat, id_ in written]
        values = {
            "seats": [seat for seat, _, _ in known],
            "ids": [holder for _, holder, _ in known],
            "reasons": [reason for _, _, reason in known],
            "ours": list(REASONS),
        }
        rows = (await connection.execute(FOLLOW, values)).all()
        for row in rows:
            log.info("turnover.letters", status=row.status, count=row.letters)
            if row.status == "cancelled":
                await ledger.append(connection, row.campaign, {"letters": -row.counted})
        return sum(row.letters for row in rows)
