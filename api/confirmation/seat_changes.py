"""One mail to each writer whose letter was not sent because its seat changed hands.

The letter is cancelled and never passed on (see api/deliveries/turnover.py); its writer may
write to the new holder, as long as the campaign is open and while their address is kept.
"""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.confirmation.reminders import queue_mails
from api.mail.compose import MailKind

# An advisory lock's number (arbitrary): only its holder queues these mails.
LOCK = 0x756E7363

# One mail per form, however many of its seats change, and none to people who wrote again.
DUE = text("""
    SELECT DISTINCT s.id
    FROM deliveries d
    JOIN letters l ON l.id = d.letter_id
    JOIN submissions b ON b.id = l.submission_id
    JOIN supporters s ON s.id = b.supporter_id
    JOIN campaign_states c ON c.slug = s.campaign AND c.status = 'open'
    WHERE d.status = 'cancelled' AND d.reason = 'seat_changed'
      AND s.status = 'confirmed' AND s.identity IS NOT NULL
      AND NOT EXISTS (SELECT FROM mails m WHERE m.supporter_id = s.id AND m.kind = 'seat_changed')
      AND NOT EXISTS (SELECT FROM letters o WHERE o.person_id = l.person_id AND o.seat = l.seat
                      AND o.status <> 'cancelled')
    LIMIT :limit
""")


async def queue_seat_changes(session: AsyncSession, limit: int) -> int:
    """Queue the mails that are due and say how many."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    found = (await session.execute(DUE, {"limit": limit})).scalars().all()
    await queue_mails(session, MailKind.SEAT_CHANGED, found)
    return len(found)
