"""Taking back what floods of false signers put in, in bulk, and giving it back on a mistake.

An organizer says whom by a filter, sees the number, and confirms that number. Persons are
invalidated in batches, each a transaction of its own with its counts, so that stopping half
way leaves nothing wrong; an undo gives back exactly those that this invalidation took.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit.log import record
from api.counts import ledger
from api.errors import DomainError, NotFound
from api.security.hashing import keyed_hash
from api.security.identifiers import new_id
from api.security.keys import KeyRing

BATCH = 500

_MATCHING = """
    p.campaign = :campaign AND p.standing = 'counted' AND EXISTS (
        SELECT FROM supporters s WHERE s.person_id = p.id AND s.status = 'confirmed'
          AND (CAST(:domain AS bytea) IS NULL OR s.domain_hash = :domain)
          AND (CAST(:state AS text) IS NULL OR s.state = :state)
          AND (CAST(:partner AS text) IS NULL OR s.partner = :partner)
          AND (CAST(:since AS timestamptz) IS NULL OR s.hour >= :since)
          AND (CAST(:until AS timestamptz) IS NULL OR s.hour < :until))
"""
COUNT = text(f"SELECT count(*) FROM persons p WHERE {_MATCHING}")  # noqa: S608 (our own text)
TAKE = text(f"""
    UPDATE persons SET standing = 'invalidated', invalidation_id = :id WHERE id IN (
        SELECT p.id FROM persons p WHERE {_MATCHING} ORDER BY p.id LIMIT :limit
        FOR NO KEY UPDATE) AND standing = 'counted'
    RETURNING id
""")  # noqa: S608
GIVE_BACK = text("""
    UPDATE persons SET standing = 'counted', invalidation_id = NULL WHERE id IN (
        SELECT id FROM persons WHERE invalidation_id = :id ORDER BY id LIMIT :limit
        FOR NO KEY UPDATE) AND standing = 'invalidated'
    RETURNING id
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

BEGIN = text("""
    INSERT INTO invalidations (id, campaign, people, at) VALUES (:id, :campaign, :people, now())
""")
FIND = text("SELECT campaign FROM invalidations WHERE id = :id")
UNDONE = text("UPDATE invalidations SET undone_at = now() WHERE id = :id")


class NumberChanged(DomainError):
    """More or fewer match than were previewed."""

    status = 409
    code = "number_changed"
    title = "The number has changed"


@dataclass(frozen=True, slots=True)
class Criteria:
    """Whom: all that is given must hold of one confirmed form. ``until`` is excluded."""

    campaign: str
    domain: str | None = None
    state: str | None = None
    partner: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def values(self, keys: KeyRing) -> dict[str, Any]:
        domain = None
        if self.domain is not None:
            addresses, name = keys.purpose("addresses"), self.domain.lower()
            domain = keyed_hash(addresses, f"domain:{self.campaign}", name)
        return {
            "campaign": self.campaign,
            "domain": domain,
            "state": self.state,
            "partner": self.partner,
            "since": self.since,
            "until": self.until,
        }


async def preview(connection: AsyncConnection, keys: KeyRing, criteria: Criteria) -> int:
    """How many counted persons match."""
    return int(await connection.scalar(COUNT, criteria.values(keys)) or 0)


async def begin(
    connection: AsyncConnection, keys: KeyRing, criteria: Criteria, *, expected: int, actor: str
) -> UUID:
    """Write down that an invalidation begins. Raises NumberChanged for another number."""
    people = await preview(connection, keys, criteria)
    if people != expected:
        raise NumberChanged(f"{people:,} match now, not {expected:,}: look again.")
    values = {"id": new_id(), "campaign": criteria.campaign, "people": people}
    await connection.execute(BEGIN, values)
    await record(connection, actor, "invalidation.begin", str(values["id"]))
    return UUID(str(values["id"]))


async def take(
    connection: AsyncConnection,
    keys: KeyRing,
    criteria: Criteria,
    invalidation_id: UUID,
    limit: int = BATCH,
) -> int:
    """Invalidate a batch, counts and all, and say how many; 0 when nobody is left."""
    values = {**criteria.values(keys), "id": invalidation_id, "limit": limit}
    ids = (await connection.execute(TAKE, values)).scalars().all()
    await _count(connection, criteria.campaign, ids, -1)
    return len(ids)


async def undo(
    connection: AsyncConnection, invalidation_id: UUID, *, actor: str, limit: int = BATCH
) -> int:
    """Give back a batch of those taken, and say how many; 0 at the end. Raises NotFound."""
    campaign = await connection.scalar(FIND, {"id": invalidation_id})
    if campaign is None:
        raise NotFound("There is no such invalidation.")
    values = {"id": invalidation_id, "limit": limit}
    ids = (await connection.execute(GIVE_BACK, values)).scalars().all()
    await _count(connection, campaign, ids, 1)
    if not ids:
        await connection.execute(UNDONE, {"id": invalidation_id})
        await record(connection, actor, "invalidation.undone", str(invalidation_id))
    return len(ids)


async def _count(
    connection: AsyncConnection, campaign: str, ids: Sequence[UUID], sign: int
) -> None:
    if ids:
        weight = (await connection.execute(WEIGHT, {"ids": list(ids)})).mappings().one()
        deltas = {name: sign * number for name, number in weight.items()}
        await ledger.append(connection, campaign, deltas)
