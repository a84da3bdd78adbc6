"""Takes the invented people of ``undersigned demo`` away again, with all that they counted.

What tells them from others is the keyed hash of their mail domain, which nobody else can have.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.cli.demo_people import DOMAIN
from api.cli.demo_store import BACKDATE_COUNTS
from api.counts import ledger
from api.database.session import session_scope
from api.security.hashing import keyed_hash
from api.services import Services
from api.sign_ons import invalidation
from api.supporters.models import Standing

FORMS = text("""
    SELECT hour, array_agg(id) AS ids FROM supporters
    WHERE campaign = :campaign AND domain_hash = :domain GROUP BY hour ORDER BY hour
""")
PERSONS = text("""
    SELECT id, standing FROM persons
    WHERE id IN (SELECT person_id FROM supporters WHERE id = ANY(:ids)) ORDER BY id
    FOR NO KEY UPDATE
""")
APPROVED = text("""
    SELECT count(*) FROM organizations WHERE supporter_id = ANY(:ids) AND status = 'approved'
""")
_LETTERS = "(SELECT l.id FROM letters l WHERE l.person_id = ANY(:persons))"
_DELIVERIES = f"(SELECT d.id FROM deliveries d WHERE d.letter_id IN {_LETTERS})"  # noqa: S608 (our own text)
_MAILS = "(SELECT m.id FROM mails m WHERE m.supporter_id = ANY(:ids))"
DELETE = [
    text(f"DELETE FROM {rows}")  # noqa: S608
    for rows in (
        f"attempts WHERE delivery_id IN {_DELIVERIES}",
        f"deliveries WHERE letter_id IN {_LETTERS}",
        "letters WHERE person_id = ANY(:persons)",
        "sign_ons WHERE supporter_id = ANY(:ids)",
        "organizations WHERE supporter_id = ANY(:ids)",
        f"mail_budget WHERE mail_id IN {_MAILS}",
        "mails WHERE supporter_id = ANY(:ids)",
        "tokens WHERE supporter_id = ANY(:ids)",
        "submissions WHERE supporter_id = ANY(:ids)",
        "supporters WHERE id = ANY(:ids)",
        "refusals WHERE person_id = ANY(:persons)",
        "persons WHERE id = ANY(:persons)",
    )
]


async def remove(services: Services, slug: str) -> AsyncIterator[int]:
    """Remove a campaign's invented people, hour by hour, and say how many each time."""
    domain = keyed_hash(services.keys.purpose("addresses"), f"domain:{slug}", DOMAIN)
    async with session_scope(services.engine) as session:
        hours = (await session.execute(FORMS, {"campaign": slug, "domain": domain})).all()
    for row in hours:
        async with session_scope(services.engine) as session:
            await _remove(session, slug, row.ids, row.hour)
        yield len(row.ids)


async def _remove(session: AsyncSession, slug: str, ids: list[UUID], hour: datetime) -> None:
    """What they counted goes from the hour in which they came, so that history shows nothing."""
    found = (await session.execute(PERSONS, {"ids": ids})).all()
    counted = [person.id for person in found if person.standing == Standing.COUNTED]
    await invalidation.count(session, slug, counted, -1)
    listed = await session.scalar(APPROVED, {"ids": ids}) or 0
    await ledger.append(session, slug, {"organizations": -listed, "forms": -len(ids)})
    await session.execute(BACKDATE_COUNTS, {"at": hour})
    values: dict[str, Any] = {"ids": ids, "persons": [person.id for person in found]}
    for statement in DELETE:
        await session.execute(statement, values)
