"""Bounced mails to supporters."""

from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.mail import breaker, budget, suppressions
from api.mail.bounces import Bounce, Failure
from api.mail.refusals import Meaning
from api.outbox.retry import HELD_DELAYS, next_delay
from api.security.addresses import check_address
from api.security.keys import KeyRing
from api.supporters.vault import Vault

BOUNCED = "bounced"

SENT = text("""
    SELECT m.id, m.attempts, m.due_at, s.id AS supporter_id, s.data_key, s.identity
    FROM mails m JOIN supporters s ON s.id = m.supporter_id
    WHERE m.id = :id AND m.status = 'sent' FOR UPDATE OF m
""")
FAIL = text("UPDATE mails SET status = 'failed', reason = :reason WHERE id = :id")
AGAIN = text("""
    UPDATE mails SET status = 'queued', reason = :reason, due_at = now() + :delay WHERE id = :id
""")


async def mail_bounced(
    session: AsyncSession, bounce: Bounce, vault: Vault, keys: KeyRing
) -> Meaning | None:
    """Note what is reported of a mail, and say what it meant; None for a mail that is not known,
    was reported before, or did not fail.

    A report of a block list sends the mail again later, and several stop its domain for a while.
    One that there is no such mailbox counts for the address. All others, and those of another
    address than the mail's, fail this mail.
    """
    row = (await session.execute(SENT, {"id": bounce.mail_id})).one_or_none()
    if row is None:
        return None
    address = _address(row, vault)
    failure = bounce.failure(address)
    if failure is None:
        return None
    if failure.meaning is Meaning.NO_MAILBOX and address is not None:
        # ``due_at`` is when it was sent. That day counts, whenever the report is read.
        whom = suppressions.recipient(keys, address)
        await suppressions.report_gone(session, whom, row.id, row.due_at)
    if failure.meaning is Meaning.BLOCKED and address is not None:
        mark = breaker.address_mark(keys, address)
        domain = breaker.domain_name(keys, address)
        await breaker.returned(session, domain, f"returned_{failure.status}", mark, row.id)
    await _fail(session, row, failure)
    await budget.came_back(session, row.id)
    return failure.meaning


def _address(row: Any, vault: Vault) -> str | None:
    """Where the mail went; None once the form has been wiped."""
    if row.data_key is None or row.identity is None:
        return None
    form = vault.open_form(row.data_key, row.supporter_id)
    return check_address(form.identity(row.identity).email)


async def _fail(session: AsyncSession, row: Any, failure: Failure) -> None:
    of_us = failure.meaning in {Meaning.BLOCKED, Meaning.OUR_ACCOUNT}
    # A bounce comes a while after the mail was accepted, so retrying within seconds is useless.
    delay = next_delay(max(row.attempts, 3), HELD_DELAYS) if of_us else None
    if delay is None:
        await session.execute(FAIL, {"id": row.id, "reason": BOUNCED})
        return
    again = {"id": row.id, "delay": delay, "reason": f"returned_{failure.status}"}
    await session.execute(AGAIN, again)
