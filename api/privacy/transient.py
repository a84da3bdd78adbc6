"""The purge of rows that are useless once they have expired."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, inspect
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col, delete, exists, extract, or_, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from api.limits.models import Limit, WrongTokens
from api.mail.budget import WINDOW
from api.mail.models import (
    BreakerStatus,
    GoneReport,
    MailBreaker,
    MailBudget,
    MailMinute,
    PendingLink,
)
from api.sign_ons.models import StatementPrint
from api.sign_ons.prints import LIFETIME
from api.submissions.models import Idempotency
from api.supporters.models import LinkRequest, Token
from api.supporters.tokens import KNOWN_FOR

DAY = timedelta(days=1)


async def delete_answers(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete expired answers kept by ``Idempotency-Key``; how many."""
    expires = col(Idempotency.expires)
    return await _delete(session, Idempotency, expires <= now, limit=limit, first=expires)


async def delete_links(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete tokens of mailed links, used or not, once they are no longer explained; how many."""
    expires = col(Token.expires)
    return await _delete(session, Token, expires <= now - KNOWN_FOR, limit=limit, first=expires)


async def delete_places(
    session: AsyncSession, *, now: datetime, forms: datetime, limit: int
) -> int:
    """Delete places that no longer count in a mail budget and whose form has ended (before
    ``forms``); returns how many."""
    over = col(MailBudget.at) <= min(now - WINDOW, forms)
    return await _delete(session, MailBudget, over, limit=limit)


async def delete_requests(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete requests for links that no worker took for a day; how many."""
    return await _delete(session, LinkRequest, col(LinkRequest.at) <= now - DAY, limit=limit)


async def delete_full(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete buckets that are full again, since a missing bucket counts as full; how many."""
    seconds = extract("epoch", now - col(Limit.at))
    full = Limit.tokens + Limit.per_second * seconds >= Limit.capacity
    return await _delete(session, Limit, col(Limit.at) <= now, full, limit=limit)


async def delete_prints(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete PDFs of open letters that are too old to be served; how many."""
    moments = (col(StatementPrint.made_at), col(StatementPrint.wanted_at))
    over = (or_(moment.is_(None), moment <= now - LIFETIME) for moment in moments)
    return await _delete(session, StatementPrint, *over, limit=limit)


async def forget_wrong_tokens(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete the day-old counts of clients' wrong tokens; how many."""
    return await _delete(session, WrongTokens, col(WrongTokens.since) <= now - DAY, limit=limit)


async def forget_reports(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete 60-day-old reports that a mailbox does not exist, if they are the only one; how
    many."""
    other = aliased(GoneReport)
    alone = ~exists().where(
        col(other.address_hash) == GoneReport.address_hash, col(other.mail_id) != GoneReport.mail_id
    )
    old = col(GoneReport.day) <= (now - timedelta(days=60)).date()
    return await _delete(session, GoneReport, old, alone, limit=limit)


async def delete_lists(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete expired links to lists of what waits at an address; how many."""
    return await _delete(session, PendingLink, col(PendingLink.expires) <= now, limit=limit)


async def delete_minutes(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Delete how many mails were sent in minutes that no longer count; how many."""
    over = col(MailMinute.minute) <= now - timedelta(hours=2)
    return await _delete(session, MailMinute, over, limit=limit)


async def delete_breakers(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Forget domains that refused us a week ago and whose mails do not wait; how many."""
    closed = col(MailBreaker.status) == BreakerStatus.CLOSED
    over = col(MailBreaker.since) <= now - timedelta(days=7)
    return await _delete(session, MailBreaker, closed, over, limit=limit)


async def _delete(
    session: AsyncSession,
    table: type[SQLModel],
    *over: ColumnElement[bool],
    limit: int,
    first: Any = None,
) -> int:
    """Delete at most ``limit`` expired rows, the lowest ``first``, skipping locked ones; how
    many."""
    key = inspect(table).primary_key
    found = select(*key).where(*over).order_by(first).limit(limit)
    # Not a subquery, which PostgreSQL may run for each row, and so delete more than the limit.
    due = found.with_for_update(skip_locked=True).cte("due")
    gone = delete(table).where(tuple_(*key) == tuple_(*due.c))
    options = {"synchronize_session": False}
    return (await session.exec(gone, execution_options=options)).rowcount
