"""What organizers see of deliveries, and what they can do about them.

Every act is first previewed: a filter gives a number, and the act is carried out only if the
number still fits. So nobody sends more letters than they looked at. Nothing here shows who wrote
a letter. Nothing here commits.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.deliveries.models import TROUBLED, Attempt, DeliveryStatus
from api.deliveries.transitions import MOVES, WITH_PERSONS, count, move
from api.errors import NotFound, NumberChanged

PAGE = 50
MOST_COUNTED = 100_000

_JOINED = f"FROM deliveries d{WITH_PERSONS}"
_MATCHING = """
    (CAST(:delivery AS uuid) IS NULL OR d.id = :delivery)
    AND (CAST(:campaign AS text) IS NULL OR p.campaign = :campaign)
    AND (CAST(:channel AS text) IS NULL OR d.channel = :channel)
    AND (CAST(:seat AS text) IS NULL OR l.seat = :seat)
    AND (CAST(:status AS text) IS NULL OR d.status = :status)
    AND (CAST(:reason AS text) IS NULL OR d.reason = :reason)
"""


# What organizers can ask for, as the table of moves has it: ``retry`` (what waits for its next
# attempt is tried now, and what failed or expired again), ``release`` (what is on hold is resumed),
# ``sent`` and ``again`` (a person found out that an uncertain letter arrived, or that it did not).
ACTS: Final = tuple(dict.fromkeys(one.asked for one in MOVES.values() if one.asked))
ON_UNCERTAIN: Final = tuple(
    one.asked for one in MOVES.values() if one.asked and one.source == (DeliveryStatus.UNCERTAIN,)
)

# The type of a field that takes one of them: its choices are looked at when a form is read.
if TYPE_CHECKING:
    Act = str
    OnUncertain = str
else:
    Act = Literal[ACTS]
    OnUncertain = Literal[ON_UNCERTAIN]

LIST = text(f"""
    SELECT d.id, d.letter_id, p.campaign, l.seat, d.channel, d.environment, d.status, d.reason,
        d.attempts, d.opened_at, d.due_at
    {_JOINED} WHERE {_MATCHING} AND (CAST(:after AS uuid) IS NULL OR d.id > :after)
    ORDER BY d.id LIMIT :limit
""")

WAITING = text("""
    SELECT channel, count(*) FILTER (WHERE status = 'queued') AS queued,
        count(*) FILTER (WHERE status = 'retrying') AS retrying,
        count(*) FILTER (WHERE status = 'sending') AS sending, now() - min(opened_at) AS oldest
    FROM (SELECT channel, status, opened_at FROM deliveries
          WHERE status IN ('queued', 'sending', 'retrying') LIMIT :most) AS d
    GROUP BY channel ORDER BY channel
""")

TROUBLES = text(f"""
    SELECT status, channel, reason, count(*) AS letters
    FROM (SELECT status, channel, reason FROM deliveries WHERE status IN ({TROUBLED})
          LIMIT :most) AS d
    GROUP BY status, channel, reason ORDER BY status, letters DESC, channel, reason
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Filter:
    """Which deliveries: all given conditions must be true."""

    delivery: UUID | None = None
    campaign: str | None = None
    channel: str | None = None
    seat: str | None = None
    status: str | None = None
    reason: str | None = None

    def __str__(self) -> str:
        given = ((each.name, getattr(self, each.name)) for each in fields(self))
        return " ".join(f"{name}={value}" for name, value in given if value is not None) or "all"


@dataclass(frozen=True, slots=True)
class ListedDelivery:
    """One delivery. ``opened_at`` is since when it is to be sent, ``due_at`` when it is tried
    next, or when its state last changed."""

    id: UUID
    letter_id: UUID
    campaign: str
    seat: str
    channel: str
    environment: str
    status: str
    reason: str | None
    attempts: int
    opened_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many letters wait in one channel, and how long the oldest has waited."""

    channel: str
    queued: int
    retrying: int
    sending: int
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class Trouble:
    """Letters that a person may have to look at, by their problem."""

    status: str
    channel: str
    reason: str | None
    letters: int


@dataclass(frozen=True, slots=True)
class Overview:
    waiting: Sequence[Waiting]
    troubles: Sequence[Trouble]


async def overview(session: AsyncSession) -> Overview:
    """What waits and what is in trouble; each list looks at ``MOST_COUNTED`` rows at most."""
    most = {"most": MOST_COUNTED}
    waiting = [Waiting(**row) for row in (await session.execute(WAITING, most)).mappings()]
    troubles = [Trouble(**row) for row in (await session.execute(TROUBLES, most)).mappings()]
    return Overview(waiting, troubles)


async def page(
    session: AsyncSession, chosen: Filter, *, after: UUID | None = None, limit: int = PAGE
) -> list[ListedDelivery]:
    """The deliveries of a filter in the order of their ids, from the one after ``after`` on."""
    values = {**asdict(chosen), "after": after, "limit": limit}
    return [ListedDelivery(**row) for row in (await session.execute(LIST, values)).mappings()]


async def attempts(
    session: AsyncSession, delivery: UUID
) -> tuple[ListedDelivery, Sequence[Attempt]]:
    """One delivery with its attempts, the first first. Raises NotFound."""
    found = await page(session, Filter(delivery=delivery), limit=1)
    if not found:
        raise NotFound("There is no such delivery.")
    tried = select(Attempt).where(Attempt.delivery_id == delivery).order_by(col(Attempt.number))
    return found[0], (await session.exec(tried)).all()


async def preview(session: AsyncSession, act: Act, chosen: Filter) -> int:
    """How many deliveries the act would take."""
    taken = " OR ".join(f"({MOVES[one].takes})" for one in _moves(act))
    query = text(f"SELECT count(*) {_JOINED} WHERE {_MATCHING} AND ({taken})")
    return int(await session.scalar(query, asdict(chosen)) or 0)


async def carry_out(
    session: AsyncSession, act: Act, chosen: Filter, *, expected: int, actor: str
) -> int:
    """Do it to exactly as many as were previewed. Raises NumberChanged for another number, and
    then the caller's transaction must not be committed."""
    _same(await preview(session, act, chosen), expected)
    moved = [
        one
        for name in _moves(act)
        for one in await move(session, name, _MATCHING, WITH_PERSONS, **asdict(chosen))
    ]
    done = sum(one.letters for one in moved)
    _same(done, expected)
    await count(session, moved)
    if done:
        await record(session, actor, f"deliveries.{act}", f"{chosen}: {done}")
    return done


def _moves(act: Act) -> list[str]:
    """The moves that an act is made of; each takes other deliveries."""
    return [name for name, one in MOVES.items() if one.asked == act]


def _same(matching: int, expected: int) -> None:
    if matching != expected:
        raise NumberChanged(f"{matching:,} match now, not {expected:,}: look again.")
