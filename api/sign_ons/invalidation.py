"""Bulk invalidation: takes the people of a flood of false sign-ons from the counts, or back again.

An organizer chooses people by a filter, sees their number, and confirms that number. A worker, or
the command, invalidates them in batches, each with its counts in a transaction of its own, so that
stopping half way leaves nothing inconsistent. An undo restores exactly those that this
invalidation took, with the standing that they had. Their letters wait meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.audit.log import record
from api.counts import ledger
from api.database.columns import utc_now
from api.deliveries import holding
from api.errors import DomainError, NotFound, NumberChanged
from api.security.hashing import keyed_hash
from api.security.identifiers import new_id
from api.security.keys import KeyRing
from api.sign_ons import models
from api.sign_ons.models import InvalidationStatus
from api.supporters.models import Standing

BATCH = 500

_MATCHING = """
    p.campaign = :campaign AND p.standing = :standing AND EXISTS (
        SELECT FROM supporters s WHERE s.person_id = p.id AND s.status = 'confirmed'
          AND (CAST(:domain AS text) IS NULL OR s.domain_hash = decode(:domain, 'hex'))
          AND (CAST(:client AS text) IS NULL OR s.client_hash = decode(:client, 'hex'))
          AND (CAST(:state AS text) IS NULL OR s.state = :state)
          AND (CAST(:partner AS text) IS NULL OR s.partner = :partner)
          AND (CAST(:since AS timestamptz) IS NULL OR s.hour >= :since)
          AND (CAST(:until AS timestamptz) IS NULL OR s.hour < :until))
"""
COUNT = text(f"SELECT count(*) FROM persons p WHERE {_MATCHING}")  # noqa: S608 (our own text)
# Whom it takes is chosen in a WITH: PostgreSQL may run a subquery for each row of a join, and each
# time it would lock and choose the next ones.
TAKE = text(f"""
    WITH chosen AS (
        SELECT p.id FROM persons p WHERE {_MATCHING} ORDER BY p.id LIMIT :limit
        FOR NO KEY UPDATE)
    UPDATE persons SET standing = 'invalidated', invalidation_id = :id
    FROM chosen WHERE persons.id = chosen.id AND persons.standing = :standing
    RETURNING persons.id
""")  # noqa: S608
GIVE_BACK = text("""
    WITH chosen AS (
        SELECT id FROM persons WHERE invalidation_id = :id ORDER BY id LIMIT :limit
        FOR NO KEY UPDATE)
    UPDATE persons SET standing = :standing, invalidation_id = NULL
    FROM chosen WHERE persons.id = chosen.id AND persons.standing = 'invalidated'
    RETURNING persons.id
""")

# What these persons add to the counts. Their rows are locked, so nothing else changes it.
WEIGHT = text("""
    SELECT
        (SELECT count(DISTINCT s.person_id) FROM supporters s
         WHERE s.person_id = ANY(:ids) AND s.status = 'confirmed' AND NOT EXISTS (
             SELECT FROM organizations o WHERE o.supporter_id = s.id)) AS supporters,
        (SELECT count(*) FROM sign_ons g
         WHERE g.person_id = ANY(:ids) AND g.status = 'confirmed') AS persons,
        (SELECT count(*) FROM letters l
         WHERE l.person_id = ANY(:ids) AND l.status <> 'cancelled') AS letters,
        (SELECT count(*) FROM letters l
         WHERE l.person_id = ANY(:ids) AND l.status IN ('accepted', 'sent')) AS delivered,
        (SELECT count(*) FROM letters l
         WHERE l.person_id = ANY(:ids) AND l.status = 'self_reported') AS self_reported
""")

_TOLD: tuple[Any, ...] = (
    models.Invalidation.id,
    models.Invalidation.campaign,
    models.Invalidation.people,
    models.Invalidation.taken,
    models.Invalidation.standing,
    models.Invalidation.status,
    models.Invalidation.at,
    models.Invalidation.undone_at,
)
NEWEST = 200
AT_WORK = (InvalidationStatus.RUNNING, InvalidationStatus.UNDOING)


class AlreadyEnded(DomainError):
    """The invalidation's state does not allow this."""

    status = 409
    code = "invalidation_ended"
    title = "There is nothing left of it to do that with"


@dataclass(frozen=True, slots=True)
class Criteria:
    """Whom: all that is given must hold of one confirmed form. ``until`` is excluded.

    ``client`` is a client's keyed hash in hexadecimal, as the report of clients has it;
    ``standing`` says whether counted people are meant or suspects.
    """

    campaign: str
    domain: str | None = None
    client: str | None = None
    state: str | None = None
    partner: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    standing: Standing = Standing.COUNTED

    def values(self, keys: KeyRing) -> dict[str, Any]:
        domain = None
        if self.domain is not None:
            addresses, name = keys.purpose("addresses"), self.domain.lower()
            domain = keyed_hash(addresses, f"domain:{self.campaign}", name).hex()
        return {
            "campaign": self.campaign,
            "domain": domain,
            "client": self.client,
            "state": self.state,
            "partner": self.partner,
            "since": self.since,
            "until": self.until,
            "standing": self.standing,
        }


@dataclass(frozen=True, slots=True)
class Invalidation:
    """How far it is: ``taken`` of the ``people`` that were previewed."""

    id: UUID
    campaign: str
    people: int
    taken: int
    standing: str
    status: str
    at: datetime
    undone_at: datetime | None

    @property
    def works(self) -> bool:
        """Whether there is a next step."""
        return self.status in AT_WORK


async def preview(session: AsyncSession, keys: KeyRing, criteria: Criteria) -> int:
    """How many persons match."""
    return int(await session.scalar(COUNT, criteria.values(keys)) or 0)


async def begin(
    session: AsyncSession, keys: KeyRing, criteria: Criteria, *, expected: int, actor: str
) -> UUID:
    """Store whom to invalidate. Raises NumberChanged if the number is another one by now."""
    people = await preview(session, keys, criteria)
    if people != expected:
        raise NumberChanged(f"{people:,} match now, not {expected:,}: look again.")
    made = models.Invalidation(
        id=new_id(),
        campaign=criteria.campaign,
        people=people,
        standing=criteria.standing,
        criteria=to_jsonable_python(criteria.values(keys)),
        status=InvalidationStatus.RUNNING,
        at=utc_now(),
    )
    session.add(made)
    await record(session, actor, "invalidation.begin", str(made.id))
    return made.id


async def find(session: AsyncSession, invalidation_id: UUID) -> Invalidation:
    """Raises NotFound."""
    query = select(*_TOLD).where(models.Invalidation.id == invalidation_id)
    row = (await session.exec(query)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no such invalidation.")
    return Invalidation(**row)


async def find_all(session: AsyncSession, campaign: str) -> list[Invalidation]:
    """A campaign's newest 200."""
    query = select(*_TOLD).where(models.Invalidation.campaign == campaign)
    order = col(models.Invalidation.at).desc(), col(models.Invalidation.id)
    rows = (await session.exec(query.order_by(*order).limit(NEWEST))).mappings()
    return [Invalidation(**row) for row in rows]


async def step(
    session: AsyncSession, invalidation_id: UUID | None = None, limit: int = BATCH
) -> int:
    """Do one batch of this one, or of any that is waiting; returns how many people, 0 if done."""
    to_do = _next(session) if invalidation_id is None else _locked(session, invalidation_id)
    found = await to_do
    if found is None or found.status not in AT_WORK:
        return 0
    if found.status == InvalidationStatus.RUNNING:
        values = {**(found.criteria or {}), "id": found.id, "limit": limit}
        done, sign, end = await _take(session, values), 1, InvalidationStatus.DONE
    else:
        values = {"id": found.id, "standing": found.standing, "limit": limit}
        done, sign, end = await _give_back(session, values), -1, InvalidationStatus.UNDONE
    if found.standing == Standing.COUNTED:
        await count(session, found.campaign, done, -sign)
    found.taken += sign * len(done)
    if not done:
        _enter(found, end)
        await record(session, "system", f"invalidation.{end}", str(found.id))
    await session.flush()
    return len(done)


async def cancel(session: AsyncSession, invalidation_id: UUID, *, actor: str) -> None:
    """Stop; those already invalidated stay so until an undo. Raises NotFound or AlreadyEnded."""
    await _move(
        session, invalidation_id, {InvalidationStatus.RUNNING}, InvalidationStatus.CANCELLED, actor
    )


async def undo(session: AsyncSession, invalidation_id: UUID, *, actor: str) -> None:
    """Begin to restore those invalidated, batch by batch. Raises NotFound or AlreadyEnded."""
    ended = {InvalidationStatus.RUNNING, InvalidationStatus.DONE, InvalidationStatus.CANCELLED}
    await _move(session, invalidation_id, ended, InvalidationStatus.UNDOING, actor)


async def _move(
    session: AsyncSession,
    invalidation_id: UUID,
    possible: set[InvalidationStatus],
    status: InvalidationStatus,
    actor: str,
) -> None:
    found = await _locked(session, invalidation_id)
    if found is None:
        raise NotFound("There is no such invalidation.")
    if found.status not in possible:
        raise AlreadyEnded(f"It is {found.status}.")
    _enter(found, status)
    await session.flush()
    await record(session, actor, f"invalidation.{status}", str(invalidation_id))


def _enter(found: models.Invalidation, status: InvalidationStatus) -> None:
    """Store its new state. Its criteria are kept as long as it runs."""
    found.status, found.criteria = status, None
    found.undone_at = utc_now() if status is InvalidationStatus.UNDONE else None


async def _locked(session: AsyncSession, invalidation_id: UUID) -> models.Invalidation | None:
    return await session.get(models.Invalidation, invalidation_id, with_for_update=True)


async def _next(session: AsyncSession) -> models.Invalidation | None:
    """The oldest with work left that no other worker is doing."""
    waiting = select(models.Invalidation).where(col(models.Invalidation.status).in_(AT_WORK))
    query = waiting.order_by(col(models.Invalidation.at)).limit(1)
    return (await session.exec(query.with_for_update(skip_locked=True))).one_or_none()


async def _take(session: AsyncSession, values: dict[str, Any]) -> Sequence[UUID]:
    return (await session.execute(TAKE, values)).scalars().all()


async def _give_back(session: AsyncSession, values: dict[str, Any]) -> Sequence[UUID]:
    ids = (await session.execute(GIVE_BACK, values)).scalars().all()
    if values["standing"] == Standing.COUNTED:
        await holding.release(session, ids)
    return ids


async def count(session: AsyncSession, campaign: str, ids: Sequence[UUID], sign: int) -> None:
    """Add these people to the counts, or (-1) subtract them; their rows are locked."""
    if ids:
        weight = (await session.execute(WEIGHT, {"ids": list(ids)})).mappings().one()
        deltas = {name: sign * number for name, number in weight.items()}
        await ledger.append(session, campaign, deltas)
