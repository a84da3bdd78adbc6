"""All state transitions of deliveries, and of their letters with them.

``MOVES`` is the table, with a row for each act: from which states, to which, and why. ``move``
does one act to all deliveries that meet a condition, in one statement. Claims and results of
workers go through the lease code that mails use too (``OUTBOX``, ``record``); new rows are made in
``creation``. No other statement writes ``deliveries.status`` or ``letters.status``: a test reads
the SQL of the whole tree.

Locks are taken in one order: persons, deliveries, letters. Nothing here commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.counts import ledger
from api.deliveries.attempts import MAY_HAVE_ARRIVED
from api.deliveries.channels.hand_over import HandOverChannel
from api.deliveries.channels.registry import KINDS
from api.deliveries.creation import hand_over
from api.letters.models import DeliveryStatus as Status
from api.outbox import lease
from api.outbox.lease import Outbox, Result

# Still to be sent by us, now or once something has changed.
WAITING: Final = (Status.QUEUED, Status.RETRYING, Status.PAUSED)
# Not ended; of all others ``due_at`` says when they did.
RUNNING: Final = (*WAITING, Status.SENDING)
# Ended without an arrival: another delivery of the letter may take its place. All others are
# live, and of these a letter has one at most (the unique index ``deliveries_live``).
ENDED: Final = (Status.FAILED, Status.CANCELLED, Status.EXPIRED)
LIVE: Final = tuple(status for status in Status if status not in ENDED)
# Not sent, unless an earlier attempt may have arrived (``attempts.DOUBTED``).
UNSENT: Final = (*WAITING, Status.NEEDS_USER_ACTION, *ENDED)
# Only its writer can send it: it was handed over, or given up by us.
BY_HAND: Final = (Status.NEEDS_USER_ACTION, Status.FAILED, Status.EXPIRED)
# Only these count as delivered: accepted by an official system or by a mail server.
DELIVERED: Final = (Status.ACCEPTED, Status.SENT)
GONE_OUT: Final = (*DELIVERED, Status.SELF_REPORTED)
MAY_HAVE: Final = (Status.SENDING, Status.UNCERTAIN)


def listed(words: Iterable[str]) -> str:
    """For ``IN (…)``, word for word as the partial indexes have it."""
    return ", ".join(f"'{word}'" for word in words)


@dataclass(frozen=True, slots=True)
class ByChannel:
    """A state that depends on the channel: of those that are named, and of all ``others``."""

    named: Mapping[str, Status]
    others: Status

    @property
    def all(self) -> set[Status]:
        return {*self.named.values(), self.others}

    def __str__(self) -> str:
        """As SQL, of a delivery ``d``."""
        cases = (f"WHEN '{name}' THEN '{status}'" for name, status in self.named.items())
        return f"CASE d.channel {' '.join(cases)} ELSE '{self.others}' END"


# Where a letter that was on hold continues: with its writer, or in the queue.
GOES_ON: Final = ByChannel({HandOverChannel.name: HandOverChannel.first_status}, Status.QUEUED)
# What a letter is that has arrived; through a channel that is not named it went to a test.
ARRIVED: Final = ByChannel(
    {name: status for kind in KINDS for name, status in kind.arrived.items()}, Status.WRITTEN
)
# ``undersigned demo`` pretends that a day or more has passed.
INVENTED: Final = ByChannel({**ARRIVED.named, **GOES_ON.named}, Status.WRITTEN)

UNCHANGED: Final = "unchanged"
TERM_ENDED, SEAT_VACANT, SEAT_CHANGED = OF_SEATS = ("term_ended", "seat_vacant", "seat_changed")
REPLACED: Final = "replaced"
SEAT_STOPPED, CAMPAIGN_STOPPED = OF_STOPS = ("seat_stopped", "campaign_stopped")
LINES_MOVED: Final = "lines_moved"

# What a move changes besides state and reason.
NOW: Final = "due_at = now()"
WIPED: Final = f"{NOW}, payload = NULL"
OPENED: Final = f"{NOW}, opened_at = now()"
ANEW: Final = f"{OPENED}, attempts_before = d.attempts"

# There is something to send, and the letter has no other live delivery.
_ALONE: Final = f"""d.payload IS NOT NULL AND NOT EXISTS (
    SELECT FROM deliveries o WHERE o.letter_id = d.letter_id AND o.id <> d.id
      AND o.status NOT IN ({listed(ENDED)}))"""


def _paused_only_for(*reasons: str) -> str:
    """A letter that is on hold for any other reason stays so."""
    return f"(d.status <> 'paused' OR d.reason IN ({listed(reasons)}))"


@dataclass(frozen=True, slots=True)
class Move:
    """From which states, if ``only`` holds of the delivery ``d`` as well; to which; to which when
    an office may have the letter (None: the same); with which reason. ``sets`` is what changes
    besides; a row that is locked is waited for, or passed over. ``asked`` is the word by which
    organizers ask for it, in the API and on the command line; moves may share one."""

    source: tuple[Status, ...]
    to: Status | ByChannel
    in_doubt: Status | None = None
    reason: str | None = None
    only: str = "true"
    sets: str = NOW
    waits: bool = True
    asked: str | None = None

    @property
    def takes(self) -> str:
        """The condition on a delivery ``d``."""
        return f"d.status IN ({listed(self.source)}) AND {self.only}"

    @property
    def ends(self) -> set[Status]:
        """The states that it can end in."""
        ends = self.to.all if isinstance(self.to, ByChannel) else {self.to}
        return ends | ({self.in_doubt} if self.in_doubt else set())

    @property
    def counts(self) -> bool:
        """Whether it may change any count of a campaign."""
        return any(weight(one) != weight(end) for one in self.source for end in self.ends)


_TO_SEND: Final = (*WAITING, Status.NEEDS_USER_ACTION)
_UNCERTAIN: Final = Status.UNCERTAIN

MOVES: Final[Mapping[str, Move]] = {
    # No worker has its channel.
    "strand": Move(
        (Status.QUEUED, Status.RETRYING, Status.SENDING),
        Status.PAUSED,
        _UNCERTAIN,
        "channel_not_configured",
        sets="",
    ),
    "expire": Move(WAITING, Status.EXPIRED, _UNCERTAIN, "waited_too_long"),
    # What is locked is just being claimed or recorded, and pauses when it would go out.
    "stop_seat": Move(
        (Status.QUEUED, Status.RETRYING), Status.PAUSED, reason=SEAT_STOPPED, sets="", waits=False
    ),
    "stop_campaign": Move(
        (Status.QUEUED, Status.RETRYING),
        Status.PAUSED,
        reason=CAMPAIGN_STOPPED,
        sets="",
        waits=False,
    ),
    "end_stop": Move((Status.PAUSED,), GOES_ON),
    # A seat's term ended, nobody holds it, somebody else does, or the same member still.
    "end_term": Move(
        _TO_SEND,
        Status.PAUSED,
        _UNCERTAIN,
        TERM_ENDED,
        only=_paused_only_for(SEAT_VACANT, SEAT_CHANGED),
    ),
    "vacate_seat": Move(
        _TO_SEND,
        Status.PAUSED,
        _UNCERTAIN,
        SEAT_VACANT,
        only=_paused_only_for(TERM_ENDED, SEAT_CHANGED),
    ),
    "change_seat": Move(_TO_SEND, Status.CANCELLED, _UNCERTAIN, SEAT_CHANGED),
    "keep_seat": Move((Status.PAUSED,), GOES_ON, only=f"d.reason IN ({listed(OF_SEATS)})"),
    # The same member holds it, but its district has other lines: see ``redrawn``.
    "redraw_seat": Move(
        _TO_SEND, Status.PAUSED, _UNCERTAIN, LINES_MOVED, only=_paused_only_for(*OF_SEATS)
    ),
    "keep_district": Move((Status.PAUSED,), GOES_ON, only=f"d.reason = '{LINES_MOVED}'"),
    "leave_district": Move(
        (Status.PAUSED,),
        Status.CANCELLED,
        _UNCERTAIN,
        LINES_MOVED,
        only=f"d.reason = '{LINES_MOVED}'",
    ),
    # What organizers do: see ``desk``.
    "hurry": Move((Status.RETRYING,), Status.RETRYING, reason=UNCHANGED, asked="retry"),
    "retry": Move(
        (Status.FAILED, Status.EXPIRED), Status.QUEUED, only=_ALONE, sets=ANEW, asked="retry"
    ),
    "release": Move(
        (Status.PAUSED,),
        GOES_ON,
        only=f"d.reason NOT IN ({listed(OF_STOPS)})",
        sets=OPENED,
        asked="release",
    ),
    "resolve_sent": Move((_UNCERTAIN,), ARRIVED, reason="resolved", asked="sent"),
    "resolve_again": Move(
        (_UNCERTAIN,), GOES_ON, only="d.payload IS NOT NULL", sets=ANEW, asked="again"
    ),
    # Its writer says that they sent it; a mail server sent it back after all.
    "report": Move(BY_HAND, Status.SELF_REPORTED, reason=UNCHANGED, sets=""),
    "bounce": Move(
        (Status.SENT, _UNCERTAIN), Status.FAILED, reason="bounced", only="d.channel = 'email'"
    ),
    # Its writer has approved another one since. Who replaces it has made sure that it is unsent.
    "replace": Move(UNSENT, Status.CANCELLED, reason=REPLACED, sets=WIPED),
    "erase": Move(_TO_SEND, Status.CANCELLED, _UNCERTAIN, "erased", sets=WIPED),
    # Its campaign closed long ago.
    "forget": Move(RUNNING, Status.EXPIRED, _UNCERTAIN, "retention", sets="lease_until = NULL"),
    "invent": Move((Status.QUEUED, Status.NEEDS_USER_ACTION), INVENTED, sets=""),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """Letters of a campaign that went from one state to another; ``counted``: those of people
    who are counted. An act that changes no count tells no campaign."""

    campaign: str | None
    before: Status
    after: Status
    letters: int
    counted: int

    def deltas(self) -> dict[str, int]:
        """What that changes in the campaign's counts."""
        before, after = weight(self.before), weight(self.after)
        return {name: self.counted * (after[name] - before[name]) for name in after}


def weight(status: Status) -> dict[str, int]:
    """What a letter in this state adds to its campaign's counts."""
    return {
        "letters": int(status is not Status.CANCELLED),
        "delivered": int(status in DELIVERED),
        "self_reported": int(status is Status.SELF_REPORTED),
    }


# A condition is on a delivery ``d``; with these joined, on its letter ``l`` or the person ``p``
# who wrote it, too. The planner cannot leave out what it does not need of a statement that locks.
WITH_LETTERS: Final = " JOIN letters l ON l.id = d.letter_id"
WITH_PERSONS: Final = f"{WITH_LETTERS} JOIN persons p ON p.id = l.person_id"
BY_IDS: Final = "d.id = ANY(:ids)"

# Whoever invalidates persons counts their letters as they are, and whoever erases one cancels
# what waits: so these wait for each other.
_LOCK: Final = """
    SELECT FROM persons h WHERE h.id IN (
        SELECT l.person_id FROM deliveries d{joins} WHERE {where})
    ORDER BY h.id FOR SHARE
"""
_MOVE: Final = """
    WITH chosen AS (
        SELECT d.id, d.status FROM deliveries d{joins} WHERE {where}
        ORDER BY d.id FOR NO KEY UPDATE OF d {locked}
    ), moved AS (
        UPDATE deliveries d SET {changes} FROM chosen WHERE d.id = chosen.id
        RETURNING d.letter_id, chosen.status AS before, d.status AS after
    ), shown AS (
        UPDATE letters l SET status = moved.after FROM moved WHERE l.id = moved.letter_id
        RETURNING l.person_id, moved.before, moved.after
    )
    {told}
"""
_TOLD: Final = """SELECT p.campaign, s.before, s.after, count(*) AS letters,
        count(*) FILTER (WHERE p.standing = 'counted') AS counted
    FROM shown s JOIN persons p ON p.id = s.person_id GROUP BY p.campaign, s.before, s.after"""
# Of an act that changes no count.
_NUMBERED: Final = """SELECT NULL AS campaign, before, after, count(*) AS letters, 0 AS counted
    FROM shown GROUP BY before, after"""
_SHOW: Final = text("""
    UPDATE letters l SET status = d.status
    FROM deliveries d WHERE d.id = ANY(:ids) AND l.id = d.letter_id
""")

# Deliveries in the lease code: from these states a worker claims them.
OUTBOX: Final = Outbox("deliveries", waiting=(Status.QUEUED, Status.RETRYING))


async def move(
    session: AsyncSession,
    act: str,
    where: str = BY_IDS,
    joins: str = "",
    *,
    locked: bool = False,
    **values: Any,
) -> list[Moved]:
    """Do an act of ``MOVES`` to all deliveries that it takes and that meet the condition; ``joins``
    is what the condition needs. ``locked``: the caller has locked the persons."""
    if MOVES[act].counts and not locked:
        condition = f"{MOVES[act].takes} AND ({where})"
        await session.execute(_locking(condition, joins or WITH_LETTERS), values)
    rows = await session.execute(_moving(act, where, joins), values)
    return [
        Moved(r.campaign, Status(r.before), Status(r.after), r.letters, r.counted) for r in rows
    ]


async def count(session: AsyncSession, moved: Iterable[Moved]) -> None:
    """Record the moved letters in the counts of their campaigns."""
    for one in moved:
        if one.campaign:
            await ledger.append(session, one.campaign, one.deltas())


async def record(
    session: AsyncSession, results: Sequence[Result], successors: Mapping[UUID, UUID]
) -> set[UUID]:
    """Write results of claims that are still the worker's own; returns which those are.

    ``successors`` are ids for new deliveries, by the ids of those that failed and go into their
    writers' hands.
    """
    if not results:
        return set()
    ids = [result.claim.id for result in results]
    await session.execute(_locking(BY_IDS, WITH_LETTERS), {"ids": ids})
    fresh = await lease.record(session, OUTBOX, results)
    handed = {old: new for old, new in successors.items() if old in fresh}
    await hand_over(session, handed)
    shown = (fresh - handed.keys()) | set(handed.values())
    await session.execute(_SHOW, {"ids": list(shown)})
    return fresh


@cache
def _locking(where: str, joins: str) -> TextClause:
    return text(_LOCK.format(joins=joins, where=where))


@cache
def _moving(act: str, where: str, joins: str) -> TextClause:
    chosen = MOVES[act]
    return text(
        _MOVE.format(
            joins=joins,
            where=f"{chosen.takes} AND ({where})",
            locked="" if chosen.waits else "SKIP LOCKED",
            changes=", ".join(_changes(chosen)),
            told=_TOLD if chosen.counts else _NUMBERED,
        )
    )


def _changes(chosen: Move) -> Iterable[str]:
    to = str(chosen.to) if isinstance(chosen.to, ByChannel) else f"'{chosen.to}'"
    if chosen.in_doubt:
        to = f"CASE WHEN {MAY_HAVE_ARRIVED} THEN '{chosen.in_doubt}' ELSE {to} END"
    yield f"status = {to}"
    if chosen.reason != UNCHANGED:
        yield f"reason = '{chosen.reason}'" if chosen.reason else "reason = NULL"
    if chosen.sets:
        yield chosen.sets
