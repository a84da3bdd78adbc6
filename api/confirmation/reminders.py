"""One reminder, a day after the confirmation mail, for a form that still waits."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.mail.compose import MailKind
from api.security.identifiers import new_id
from api.supporters.waiting import FIRST_MAILED

# An advisory lock's number (arbitrary): only its holder queues reminders.
LOCK = 0x756E6472
AFTER_HOURS = 24
# Too late to be of use: the form is about to be deleted.
LEAST_HOURS_LEFT = 6

# The newest pending form of an address, whose mail went out or that was listed in one. One
# reminder an address and campaign, and none where somebody has confirmed with the address: what
# still waits there may be a version that they do not want any more.
DUE = text(f"""
    SELECT DISTINCT ON (s.campaign, s.email_hash) s.id
    FROM supporters s
    WHERE s.status = 'unconfirmed'
      AND s.hour <= now() - :after AND {FIRST_MAILED} <= now() - :after
      AND {FIRST_MAILED} > now() - :latest
      AND EXISTS (SELECT FROM mails m WHERE m.supporter_id = s.id
                  AND m.kind IN ('confirmation', 'resend')
                  AND (m.status = 'sent' OR m.reason = 'listed'))
      AND NOT EXISTS (SELECT FROM mails m JOIN supporters o ON o.id = m.supporter_id
                      WHERE o.campaign = s.campaign AND o.email_hash = s.email_hash
                        AND m.kind = 'reminder')
      AND NOT EXISTS (SELECT FROM persons p
                      WHERE p.campaign = s.campaign AND p.email_hash = s.email_hash)
    ORDER BY s.campaign, s.email_hash, s.hour DESC, s.id
    LIMIT :limit
""")  # noqa: S608 (our own text)

QUEUE = text("""
    INSERT INTO mails (id, supporter_id, kind, status, due_at, epoch, attempts)
    SELECT id, supporter_id, :kind, 'queued', now(), 0, 0
    FROM unnest(CAST(:ids AS uuid[]), CAST(:supporters AS uuid[])) AS r(id, supporter_id)
""")


async def queue_reminders(session: AsyncSession, lives_hours: int, limit: int) -> int:
    """Queue the reminders that are due and say how many; a form lives for ``lives_hours``."""
    # Two workers must not both find the same forms without a reminder.
    await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    limits = {
        "after": timedelta(hours=AFTER_HOURS),
        "latest": timedelta(hours=lives_hours - LEAST_HOURS_LEFT),
        "limit": limit,
    }
    found = (await session.execute(DUE, limits)).scalars().all()
    await queue_mails(session, MailKind.REMINDER, found)
    return len(found)


async def queue_mails(session: AsyncSession, kind: MailKind, supporters: Sequence[UUID]) -> None:
    """Queue one mail of a kind to each of these supporters."""
    if supporters:
        ids = [new_id() for _ in supporters]
        values = {"kind": kind, "ids": ids, "supporters": list(supporters)}
        await session.execute(QUEUE, values)
