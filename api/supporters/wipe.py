"""What is left of a form that ended: its plain facts, nothing personal."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.supporters.models import SupporterStatus

# A referral code may be anything that somebody put in a link, a name as well. Without the data key
# nobody can read these rows in a backup either.
WIPE = text("""
    WITH ended AS (
        UPDATE supporters SET status = :status, email_hash = NULL, data_key = NULL,
            identity = NULL, address = NULL, client_hash = NULL, domain_hash = NULL,
            form_hash = NULL,
            referral = CASE WHEN :status <> 'erased' THEN referral END
        WHERE id = ANY(:ids) RETURNING id
    ), words AS (
        UPDATE submissions SET status = :status, words = NULL
        WHERE supporter_id IN (SELECT id FROM ended)
    ), names AS (
        UPDATE sign_ons SET status = :status, words = NULL, passed = NULL, public_name = NULL,
            public_place = NULL, public_affiliation = NULL, public_comment = NULL, sort_key = NULL,
            look = NULL
        WHERE supporter_id IN (SELECT id FROM ended)
    ), signed_for AS (
        UPDATE organizations SET status = :status, entry = NULL, name_hash = NULL,
            look_hash = NULL, domain_hash = NULL, name = NULL, website = NULL, name_key = NULL,
            domain = NULL, representative = NULL, public_representative = NULL, sort_key = NULL
        WHERE supporter_id IN (SELECT id FROM ended)
    ), links AS (
        DELETE FROM tokens WHERE supporter_id IN (SELECT id FROM ended) AND :status = 'erased'
    )
    UPDATE mails SET status = 'suppressed', reason = :status
    WHERE supporter_id IN (SELECT id FROM ended) AND status = 'queued'
""")


async def wipe(
    session: AsyncSession, supporter_ids: Sequence[UUID], status: SupporterStatus
) -> None:
    """End forms: delete their data and waiting mails, and of an erased person the links as well.

    Links of other ended forms no longer work, and say what became of the form.
    """
    if supporter_ids:
        await session.execute(WIPE, {"ids": list(supporter_ids), "status": status})
