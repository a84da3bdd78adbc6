"""Bounced mails to supporters."""

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.columns import utc_now
from api.mail import breaker, budget, suppressions
from api.mail.bounces import Bounce, Failure
from api.mail.models import Mail, MailStatus
from api.mail.refusals import Meaning
from api.outbox.retry import HELD_DELAYS, next_delay
from api.security.addresses import check_address
from api.security.keys import KeyRing
from api.supporters.models import Supporter
from api.supporters.vault import Vault

BOUNCED = "bounced"


async def mail_bounced(
    session: AsyncSession, bounce: Bounce, vault: Vault, keys: KeyRing
) -> Meaning | None:
    """Note what is reported of a mail, and say what it meant; None for a mail that is not known,
    was reported before, or did not fail.

    A report of a block list sends the mail again later, and several stop its domain for a while.
    One that there is no such mailbox counts for the address. All others, and those of another
    address than the mail's, fail this mail.
    """
    sent = select(Mail, Supporter).join(Supporter)
    query = sent.where(Mail.id == bounce.mail_id, Mail.status == MailStatus.SENT)
    found = (await session.exec(query.with_for_update(of=Mail))).one_or_none()
    if found is None:
        return None
    mail, form = found
    address = _address(form, vault)
    failure = bounce.failure(address)
    if failure is None:
        return None
    if failure.meaning is Meaning.NO_MAILBOX and address is not None:
        # ``due_at`` is when it was sent. That day counts, whenever the report is read.
        whom = suppressions.recipient(keys, address)
        await suppressions.report_gone(session, whom, mail.id, mail.due_at)
    if failure.meaning is Meaning.BLOCKED and address is not None:
        mark = breaker.address_mark(keys, address)
        domain = breaker.domain_name(keys, address)
        await breaker.returned(session, domain, f"returned_{failure.status}", mark, mail.id)
    await _fail(session, mail, failure)
    await budget.came_back(session, mail.id)
    return failure.meaning


def _address(form: Supporter, vault: Vault) -> str | None:
    """Where the mail went; None once the form has been wiped."""
    if form.data_key is None or form.identity is None:
        return None
    seal = vault.open_form(form.data_key, form.id)
    return check_address(seal.identity(form.identity).email)


async def _fail(session: AsyncSession, mail: Mail, failure: Failure) -> None:
    of_us = failure.meaning in {Meaning.BLOCKED, Meaning.OUR_ACCOUNT}
    # A bounce comes a while after the mail was accepted, so retrying within seconds is useless.
    delay = next_delay(max(mail.attempts, 3), HELD_DELAYS) if of_us else None
    if delay is None:
        mail.status, mail.reason = MailStatus.FAILED, BOUNCED
    else:
        mail.status, mail.reason = MailStatus.QUEUED, f"returned_{failure.status}"
        mail.due_at = utc_now() + delay
    await session.flush()
