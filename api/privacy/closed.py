"""Wipes all personal data of a campaign that closed long ago.

The columns' retention classes decide what is wiped: everything that is not ``kept`` is set to
null, so that a column added later is wiped as well.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Table, text
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.columns import Retention
from api.deliveries.models import Delivery
from api.deliveries.transitions import WITH_LETTERS, move
from api.sign_ons.models import Organization, Refusal, SignOn
from api.submissions.models import Submission
from api.supporters.models import Person, Supporter


def table_of(model: type[SQLModel]) -> Table:
    table: Table = SQLModel.metadata.tables[str(model.__tablename__)]
    return table


def nulls(model: type[SQLModel]) -> str:
    """``a = NULL, b = NULL`` for every column of a table that is not kept."""
    names = (
        column.name
        for column in table_of(model).columns
        if column.info["retention"] is not Retention.KEPT
    )
    return ", ".join(f"{name} = NULL" for name in names)


# A person keeps their hash until the last statement of their batch. So those with a hash still have
# to be done, and the table's unique index (campaign, email_hash) finds them without a scan.
_DUE: Final = text("""
    SELECT p.id FROM campaign_states c JOIN persons p ON p.campaign = c.slug
    WHERE c.closed_at < :before AND p.email_hash IS NOT NULL
    ORDER BY p.id LIMIT :limit FOR UPDATE OF p SKIP LOCKED
""")

_WIPE: Final = text(f"""
    WITH forms AS (
        UPDATE supporters SET {nulls(Supporter)} WHERE person_id = ANY(:ids) RETURNING id
    ), words AS (
        UPDATE submissions SET {nulls(Submission)} WHERE supporter_id IN (SELECT id FROM forms)
    ), names AS (
        UPDATE sign_ons SET {nulls(SignOn)} WHERE supporter_id IN (SELECT id FROM forms)
    ), refused AS (
        UPDATE refusals SET {nulls(Refusal)} WHERE person_id = ANY(:ids)
    ), signed_for AS (
        UPDATE organizations SET {nulls(Organization)}
        WHERE supporter_id IN (SELECT id FROM forms)
    ), links AS (
        DELETE FROM tokens WHERE supporter_id IN (SELECT id FROM forms)
    ), unsent AS (
        UPDATE mails SET status = 'suppressed', reason = 'retention'
        WHERE supporter_id IN (SELECT id FROM forms) AND status IN ('queued', 'sending')
    ), places AS (
        DELETE FROM mail_budget WHERE mail_id IN (
            SELECT m.id FROM mails m WHERE m.supporter_id IN (SELECT id FROM forms))
    ), payloads AS (
        UPDATE deliveries SET {nulls(Delivery)}, lease_until = NULL
        WHERE letter_id IN (SELECT id FROM letters WHERE person_id = ANY(:ids))
    )
    UPDATE persons SET {nulls(Person)} WHERE id = ANY(:ids)
""")  # noqa: S608 (names of our own columns)


async def wipe_closed(session: AsyncSession, *, before: datetime, limit: int) -> int:
    """Wipe at most ``limit`` persons of campaigns that closed before ``before``; how many.

    What had not been sent by then becomes ``expired``, or ``uncertain`` where an office may have
    it; what waits for a person stays as it is. Unconfirmed forms are not theirs; they have a
    shorter limit of their own.
    """
    due = await session.execute(_DUE, {"before": before, "limit": limit})
    ids = due.scalars().all()
    if ids:
        await move(session, "forget", "l.person_id = ANY(:ids)", WITH_LETTERS, ids=ids)
        await session.execute(_WIPE, {"ids": ids})
    return len(ids)
