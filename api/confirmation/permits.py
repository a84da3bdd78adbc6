"""Whether a mail may be sent now, and as which kind: the mail worker asks before it writes one."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam
from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.confirmation.pending import forms_waiting
from api.mail import breaker, budget
from api.mail.budget import Place
from api.mail.compose import MailKind
from api.mail.models import Mail, MailStatus
from api.outbox.lease import Claim, Result
from api.supporters.models import Supporter, SupporterStatus

# A confirmation mail that somebody asked for again is not a duplicate, however often it was sent.
RESEND: Final = "resend"
# These lead to the page of a form that was confirmed; all others ask for its confirmation.
OF_CONFIRMED: Final = (MailKind.RECEIPT, MailKind.SEAT_CHANGED)
# Anybody with an old link may ask for it, so the address's budget applies.
ASKED_OF_CONFIRMED: Final = (MailKind.OWN_DATA, MailKind.PAGE_LINK)
REFUSED_US: Final = "domain_refuses"
# Within the hourly limit, first mails to an address have priority over its second and third.
PRESSED_PAUSE: Final = timedelta(minutes=10)
# But no longer than this, or an attacker who keeps the limit used up could block the owner of an
# address whose place a single form has taken.
PRESSED_LONGEST: Final = timedelta(hours=3)


_GOING = col(Mail.status).in_([MailStatus.QUEUED, MailStatus.SENDING])
_REPEATED = (
    select(Supporter.id)
    .join(Mail, col(Mail.supporter_id) == Supporter.id)
    .where(
        Supporter.campaign == bindparam("campaign"),
        Supporter.email_hash == bindparam("email_hash"),
        Supporter.status == SupporterStatus.UNCONFIRMED,
        Supporter.form_hash == bindparam("form_hash"),
        Supporter.id != bindparam("supporter_id"),
        Mail.kind == MailKind.CONFIRMATION,
        or_(
            Mail.status == MailStatus.SENT,
            and_(_GOING, col(Mail.id) < bindparam("mail_id")),
        ),
    )
    .limit(1)
)


def never(claim: Claim, reason: str) -> Result:
    """Never send it (again). If an earlier attempt's result is unknown, the reason says so."""
    if claim.resumed:
        reason = f"{reason}_after_attempt"
    return Result(claim, MailStatus.SUPPRESSED, reason, attempted=False)


def wait(claim: Claim, reason: str, delay: timedelta) -> Result:
    """Ask again after ``delay``; this does not count as an attempt."""
    return Result(claim, MailStatus.QUEUED, reason, max(delay, timedelta(0)), attempted=False)


async def permit(
    session: AsyncSession, row: Any, claim: Claim, address_hash: bytes, *, pressed: bool
) -> Place | Result:
    """What a mail that anybody can ask for may be, or why it does not go out now: a form in
    another state, a repetition, the address's budget, the hourly cap (``pressed``)."""
    of_owner = row.kind in ASKED_OF_CONFIRMED
    awaited = SupporterStatus.CONFIRMED if of_owner else SupporterStatus.UNCONFIRMED
    if row.status != awaited:
        return never(claim, "nothing_pending")
    now = datetime.now(UTC)
    await budget.lock_address(session, address_hash)
    if not of_owner and row.kind != RESEND and await _repeated(session, row, claim):
        await budget.list_mail(session, address_hash, claim.id, now)
        return never(claim, "repeated")
    pressed = pressed and now - row.hour < PRESSED_LONGEST
    if pressed and await budget.places_taken(session, address_hash, now):
        await budget.list_mail(session, address_hash, claim.id, now)
        return wait(claim, "hourly_cap", PRESSED_PAUSE)
    for_all = row.kind == MailKind.REMINDER and await forms_waiting(session, address_hash) > 1
    place = await budget.take_place(session, address_hash, claim.id, now, for_all=for_all)
    if isinstance(place, datetime):
        return wait(claim, "address_budget", place - now)
    return never(claim, "listed") if place is Place.LISTED else place


async def admit(session: AsyncSession, claim: Claim, domain: str) -> Result | None:
    """Why a mail has to wait for its recipient domain's circuit breaker; None if it does not."""
    refused_before = claim.attempts > 1
    moment = await breaker.admit(session, domain, claim.id, refused_before=refused_before)
    return wait(claim, REFUSED_US, moment - datetime.now(UTC)) if moment else None


async def _repeated(session: AsyncSession, row: Any, claim: Claim) -> bool:
    """The same form sent twice gets one mail: the first that went out, or the lower id of two that
    are about to. (Ids are random within the hour; any order will do that all workers share.)"""
    values = {"campaign": row.campaign, "email_hash": row.email_hash, "form_hash": row.form_hash}
    values |= {"supporter_id": row.id, "mail_id": claim.id}
    return (await session.exec(_REPEATED, params=values)).first() is not None
