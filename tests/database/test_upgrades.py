"""Migrations of a database that is in use: forms wait, places are taken, mail was stopped."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from alembic import command
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.connection import connect_kwargs
from api.database.engine import create_engine
from api.database.migrate import configuration, migrate, open_connection
from api.database.session import transaction
from api.mail import suppressions
from api.mail.budget import Place, budget_hash, take_place
from api.mail.suppressions import Permission, recipient
from api.security.identifiers import new_id
from api.security.keys import KeyRing

ANI, NARE, GONE = "ani@me.com", "nare@example.org", "nobody@example.org"
FORM = """
    INSERT INTO supporters (id, campaign, email_hash, hash_key_id, canonical_version, country,
        language, consents, consents_version, hour, status)
    VALUES (%(id)s, 'release-pows', %(hash)s, 'k', 1, 'US', 'en', '{}', 1, now(), 'unconfirmed')
"""
MAIL = """
    INSERT INTO mails (id, supporter_id, kind, status, due_at, epoch, attempts, reason)
    VALUES (%(mail)s, %(id)s, 'confirmation', %(status)s, now(), 1, 1, %(reason)s)
"""
PLACE = "INSERT INTO mail_budget (mail_id, address_hash, at) VALUES (%(mail)s, %(hash)s, %(at)s)"
STOP = "INSERT INTO suppressions (address_hash, reason, at) VALUES (%s, %s, now())"


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing.create(tmp_path / "keys.json")


def upgrade(url: str, revision: str) -> None:
    with open_connection(url, None) as session:
        command.upgrade(configuration(session), revision)


def fill(url: str, ring: KeyRing, *, at: datetime) -> UUID:
    """Four forms for Nare's address, three of them mailed; the mail that waits for a place."""
    address = budget_hash(ring, NARE)
    with psycopg.connect(**connect_kwargs(url)) as session:
        for number in range(4):
            sent = number < 3
            values = {"id": new_id(), "mail": new_id(), "hash": address, "at": at}
            values |= {"status": "sent" if sent else "queued"}
            values |= {"reason": None if sent else "address_budget"}
            for statement in (FORM, MAIL, PLACE)[: 3 if sent else 2]:
                session.execute(statement, values)
        # Its hash is of the canonical form used then.
        session.execute(STOP, [recipient(ring, ANI).earlier[0], "unsubscribed"])
    return UUID(str(values["mail"]))


async def permission(session: AsyncSession, ring: KeyRing, address: str) -> Permission:
    return await suppressions.permission(session, recipient(ring, address))


@pytest.mark.parametrize(
    ("revision", "hours", "place"),
    [("0016", 1, None), ("0020", 1, None), ("0016", 25, Place.OWN)],
)
async def test_forms_that_wait_keep_their_places_and_stops_hold(
    empty_database_url: str, ring: KeyRing, revision: str, hours: int, place: Place | None
) -> None:
    upgrade(empty_database_url, revision)
    now = datetime.now(UTC)
    waits = fill(empty_database_url, ring, at=now - timedelta(hours=hours))
    assert migrate(empty_database_url) == []
    engine = create_engine(empty_database_url)
    async with transaction(engine) as session:
        found = await take_place(session, budget_hash(ring, NARE), waits, now)
        assert found == (place or now + timedelta(hours=24 - hours)), "no fourth within a day"
        forms = text("SELECT count(*) FROM supporters WHERE surface IS NULL")
        assert await session.scalar(forms) == 4
        assert await permission(session, ring, ANI) is Permission.STOPPED
        assert await permission(session, ring, NARE) is Permission.ALLOWED
    await engine.dispose()


async def test_what_a_single_refusal_had_stopped_is_lifted(
    empty_database_url: str, ring: KeyRing
) -> None:
    upgrade(empty_database_url, "0014")
    with psycopg.connect(**connect_kwargs(empty_database_url)) as session:
        session.execute(STOP, [recipient(ring, GONE).owner, "bounced"])
        session.execute(STOP, [recipient(ring, NARE).owner, "unsubscribed"])
    migrate(empty_database_url)
    engine = create_engine(empty_database_url)
    async with transaction(engine) as session:
        assert await permission(session, ring, GONE) is Permission.ALLOWED
        assert await permission(session, ring, NARE) is Permission.STOPPED
    await engine.dispose()
