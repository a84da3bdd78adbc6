"""The purge of rows that are useless once they have expired."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.session import changed_rows
from api.mail.budget import WINDOW
from api.sign_ons.prints import LIFETIME
from api.supporters.tokens import KNOWN_FOR

_BY_KEY: Final = text("""
    DELETE FROM idempotency WHERE (route, key_hash) IN (
        SELECT route, key_hash FROM idempotency WHERE expires <= :now
        ORDER BY expires LIMIT :limit FOR UPDATE SKIP LOCKED)
""")
_LINKS: Final = text("""
    DELETE FROM tokens WHERE hash IN (
        SELECT hash FROM tokens WHERE expires <= :before
        ORDER BY expires LIMIT :limit FOR UPDATE SKIP LOCKED)
""")
_PLACES: Final = text("""
    DELETE FROM mail_budget WHERE mail_id IN (
        SELECT mail_id FROM mail_budget WHERE at <= :before
        LIMIT :limit FOR UPDATE SKIP LOCKED)
""")

_SAID_ONCE: Final = text("""
    DELETE FROM gone_reports WHERE mail_id IN (
        SELECT mail_id FROM gone_reports r WHERE day <= CAST(:past AS date)
          AND NOT EXISTS (SELECT FROM gone_reports o
                          WHERE o.address_hash = r.address_hash AND o.mail_id <> r.mail_id)
        LIMIT :limit FOR UPDATE SKIP LOCKED)
""")
_LISTS: Final = text("""
    DELETE FROM pending_links WHERE hash IN (
        SELECT hash FROM pending_links WHERE expires <= :now
        LIMIT :limit FOR UPDATE SKIP LOCKED)
""")
_MINUTES: Final = text("""
    DELETE FROM mail_minutes WHERE minute IN (
        SELECT minute FROM mail_minutes WHERE minute <= :past
        LIMIT :limit FOR UPDATE SKIP LOCKED)
""")
_BREAKERS: Final = text("""
    DELETE FROM mail_breakers WHERE domain IN (
        SELECT domain FROM mail_breakers WHERE status = 'closed' AND since <= :past
        LIMIT :limit FOR UPDATE SKIP LOCKED)
""")
_ASKED: Final = text("""
    DELETE FROM link_requests WHERE id IN (
        SELECT id FROM link_requests WHERE at <= :day
        LIMIT :limit FOR UPDATE SKIP LOCKED)
""")
_LIMITS: Final = text("""
    DELETE FROM limits WHERE key IN (
        SELECT key FROM limits WHERE at <= :now
            AND tokens + per_second * extract(epoch FROM CAST(:now AS timestamptz) - at) >= capacity
        LIMIT :limit FOR UPDATE SKIP LOCKED)
""")
_PRINTS: Final = text("""
    DELETE FROM statement_prints WHERE (campaign, language) IN (
        SELECT campaign, language FROM statement_prints
        WHERE coalesce(made_at, '-infinity') <= :before
            AND coalesce(wanted_at, '-infinity') <= :before
        LIMIT :limit FOR UPDATE SKIP LOCKED)
""")
_WRONG: Final = text("""
    DELETE FROM wrong_tokens WHERE client_hash IN (
        SELECT client_hash FROM wrong_tokens WHERE since <= :day
        LIMIT :limit FOR UPDATE SKIP LOCKED)
""")


async def delete_answers(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete expired answers kept by ``Idempotency-Key``; how many."""
    return changed_rows(await session.execute(_BY_KEY, {"now": now, "limit": limit}))


async def delete_links(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete tokens of mailed links, used or not, once they are no longer explained; how many."""
    bounds = {"before": now - KNOWN_FOR, "limit": limit}
    return changed_rows(await session.execute(_LINKS, bounds))


async def delete_places(
    session: AsyncSession, *, now: datetime, forms: datetime, limit: int
) -> int:
    """Delete places that no longer count in a mail budget and whose form has ended (before
    ``forms``); returns how many."""
    bounds = {"before": min(now - WINDOW, forms), "limit": limit}
    return changed_rows(await session.execute(_PLACES, bounds))


async def delete_requests(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete requests for links that no worker took for a day; how many."""
    bounds = {"day": now - timedelta(days=1), "limit": limit}
    return changed_rows(await session.execute(_ASKED, bounds))


async def delete_full(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete buckets that are full again, since a missing bucket counts as full; how many."""
    return changed_rows(await session.execute(_LIMITS, {"now": now, "limit": limit}))


async def delete_prints(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete PDFs of open letters that are too old to be served; how many."""
    bounds = {"before": now - LIFETIME, "limit": limit}
    return changed_rows(await session.execute(_PRINTS, bounds))


async def forget_wrong_tokens(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete the day-old counts of clients' wrong tokens; how many."""
    bounds = {"day": now - timedelta(days=1), "limit": limit}
    return changed_rows(await session.execute(_WRONG, bounds))


async def forget_reports(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete 60-day-old reports that a mailbox does not exist; how many."""
    bounds = {"past": (now - timedelta(days=60)).date(), "limit": limit}
    return changed_rows(await session.execute(_SAID_ONCE, bounds))


async def delete_lists(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete expired links to lists of what waits at an address; how many."""
    return changed_rows(await session.execute(_LISTS, {"now": now, "limit": limit}))


async def delete_minutes(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete how many mails were sent in minutes that no longer count; how many."""
    bounds = {"past": now - timedelta(hours=2), "limit": limit}
    return changed_rows(await session.execute(_MINUTES, bounds))


async def delete_breakers(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Forget domains that refused us a week ago and whose mails do not wait; how many."""
    bounds = {"past": now - timedelta(days=7), "limit": limit}
    return changed_rows(await session.execute(_BREAKERS, bounds))
