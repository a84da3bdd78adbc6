"""The worker's mail step: claim what is due, write it, send it, record what became of it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import metrics
from api.campaigns.catalog import Catalog
from api.confirmation.receipts import outcome_of, which_person
from api.errors import DomainError
from api.logs import places
from api.mail import budget, suppressions
from api.mail.compose import Composer, Links, MailKind, Occasion
from api.mail.models import MailStatus
from api.mail.transport import Permanent, Sent, Transport
from api.mail.unsubscribe import unsubscribe_token
from api.outbox.lease import Claim, Outbox, Result, claim_due, holding, record
from api.outbox.retry import next_delay
from api.security.addresses import canonical_address
from api.security.keys import KeyRing
from api.supporters import tokens
from api.supporters.models import SupporterStatus
from api.supporters.tokens import LIFETIME, Purpose
from api.supporters.vault import Vault

log = structlog.get_logger()

MAILS = Outbox("mails", waiting=("queued",))
AT_ONCE = 16
# A confirmation mail that somebody asked for again: no repetition, however often it was sent.
RESEND = "resend"
# These lead to the page of a form that was confirmed; all others ask for its confirmation.
OF_CONFIRMED = (MailKind.RECEIPT, MailKind.SEAT_CHANGED)
# Anybody with an old link may ask for it, so that it keeps to the cap.
ASKED_OF_CONFIRMED = (MailKind.OWN_DATA, MailKind.PAGE_LINK)
UNREADABLE_PAUSE = timedelta(minutes=10)

LOAD = text("""
    SELECT m.kind, s.id, s.campaign, s.data_key, s.identity, s.email_hash, s.form_hash, s.person_id,
           s.language, s.status, s.hour, b.letters = '[]'::jsonb AS signs_only,
           o.status AS organization
    FROM mails m JOIN supporters s ON s.id = m.supporter_id
    LEFT JOIN submissions b ON b.supporter_id = s.id
    LEFT JOIN organizations o ON o.supporter_id = s.id WHERE m.id = :id
""")

# The same form sent twice gets one mail: the first that went out, or the lower id of two that
# are about to. (Ids are random within the hour; any order will do that all workers share.)
REPEATED = text("""
    SELECT 1 FROM supporters s JOIN mails m ON m.supporter_id = s.id
    WHERE s.campaign = :campaign AND s.email_hash = :email_hash AND s.status = 'unconfirmed'
      AND s.form_hash = :form_hash AND s.id <> :supporter_id AND m.kind = 'confirmation'
      AND (m.status = 'sent' OR (m.status IN ('queued', 'sending') AND m.id < :mail_id))
    LIMIT 1
""")

STEPS = text("""
    SELECT count(*) FILTER (WHERE l.status = 'needs_user_action') AS own_steps,
           count(*) FILTER (WHERE l.status NOT IN ('needs_user_action', 'cancelled'))
               AS on_their_way,
           (SELECT count(*) FROM sign_ons g JOIN supporters s ON s.person_id = g.person_id
            WHERE s.id = :id AND g.status = 'confirmed' AND g.review = 'queued') AS in_review
    FROM letters l JOIN submissions b ON b.id = l.submission_id WHERE b.supporter_id = :id
""")


@dataclass(frozen=True, slots=True)
class _Prepared:
    message: EmailMessage
    address: str


def _template(row: Any, facts: Mapping[str, Any]) -> MailKind:
    """Which mail it is: a form that only signs has words of its own, as has one of whose letters
    none was made."""
    if row.kind == MailKind.RECEIPT and not row.signs_only and not facts["made"]:
        return MailKind.NOT_SENT
    if not row.signs_only or row.kind in ASKED_OF_CONFIRMED:
        return MailKind.CONFIRMATION if row.kind == RESEND else MailKind(row.kind)
    if row.kind not in OF_CONFIRMED:
        return MailKind.SIGNATURE
    if row.organization is None:
        return MailKind.SIGNED
    return MailKind.TAKEN if row.organization == "taken" else MailKind.SIGNED_FOR


def _never(claim: Claim, reason: str) -> Result:
    """Not sent, or not again: where an earlier attempt's end is unknown, the reason tells so."""
    if claim.resumed:
        reason = f"{reason}_after_attempt"
    return Result(claim, MailStatus.SUPPRESSED, reason, attempted=False)


def _wait(claim: Claim, reason: str, delay: timedelta) -> Result:
    return Result(claim, MailStatus.QUEUED, reason, delay, attempted=False)


def _again(claim: Claim, reason: str) -> Result:
    """A later attempt, or the end when there were enough."""
    delay = next_delay(claim.attempts)
    if delay is None:
        return Result(claim, MailStatus.FAILED, reason)
    return Result(claim, MailStatus.QUEUED, reason, delay)


@dataclass(frozen=True)
class Mailer:
    """Sends what is due in the outbox of mails."""

    engine: AsyncEngine
    catalog: Callable[[], Catalog]
    keys: KeyRing
    vault: Vault
    composer: Composer
    transport: Transport
    public_url: str
    lives_hours: int

    async def send_due(self, limit: int = AT_ONCE) -> int:
        """Send up to ``limit`` mails, all at once, and say how many were claimed.

        Each result is written when it is known, so that one slow mail cannot outlast the lease
        of the others.
        """
        async with self.engine.begin() as connection:
            claims = await claim_due(connection, MAILS, limit)
        async with holding(self.engine, MAILS, claims):
            await asyncio.gather(*(self._handle(claim) for claim in claims))
        return len(claims)

    async def _handle(self, claim: Claim) -> None:
        try:
            result = await self._attempt(claim)
        except DomainError as error:
            # A key that is missing, a campaign whose file is gone: both may come back.
            log.error("mails.unreadable", code=error.code)
            result = _wait(claim, error.code, UNREADABLE_PAUSE)
        except (SQLAlchemyError, OSError):
            raise  # an outage: the lease runs out, and the mail is claimed again
        except Exception as error:  # noqa: BLE001 (one bad mail must not stop the others)
            log.error("mails.failed", error=type(error).__name__, at=places(error))
            result = _again(claim, "internal_error")
        async with self.engine.begin() as connection:
            fresh = await record(connection, MAILS, [result])
        metrics.mails([result.status])
        metrics.leases_lost(MAILS.table, 1 - len(fresh))

    async def _attempt(self, claim: Claim) -> Result:
        # Committed before the mail goes out, so that its link works when it arrives.
        async with self.engine.begin() as connection:
            prepared = await self._prepare(connection, claim)
        if isinstance(prepared, Result):
            return prepared
        outcome = await self.transport.send(prepared.message)
        if isinstance(outcome, Sent):
            return Result(claim, MailStatus.SENT)
        if isinstance(outcome, Permanent):
            await self._give_up(claim, prepared, gone=outcome.address_gone)
            return Result(claim, MailStatus.FAILED, outcome.reason)
        # One of unknown outcome is sent again: with the same Message-ID, a second is no harm.
        return _again(claim, outcome.reason)

    async def _give_up(self, claim: Claim, mail: "_Prepared", *, gone: bool) -> None:
        async with self.engine.begin() as connection:
            await budget.free_place(connection, claim.id)
            if gone:
                await suppressions.report_gone(
                    connection, self.keys, mail.address, claim.id, datetime.now(UTC)
                )

    async def _prepare(self, connection: AsyncConnection, claim: Claim) -> "_Prepared | Result":
        """The mail, or the result of not sending it now or ever."""
        row = (await connection.execute(LOAD, {"id": claim.id})).one()
        if row.identity is None or row.data_key is None:
            return _never(claim, "wiped")
        address = self.vault.open_form(row.data_key, row.id).identity(row.identity).email
        canonical = canonical_address(address)
        if await suppressions.suppressed(connection, self.keys, address):
            return _never(claim, "suppressed")
        if row.kind not in OF_CONFIRMED:
            refused = await self._refused(connection, row, claim, canonical)
            if refused is not None:
                return refused
        page, facts = await self._link(connection, row)
        owner = suppressions.suppression_hash(self.keys, canonical)
        occasion = self._occasion(row, owner, page, facts)
        return _Prepared(self.composer.compose(occasion, claim.id, address), address)

    async def _refused(
        self, connection: AsyncConnection, row: Any, claim: Claim, canonical: str
    ) -> Result | None:
        """Why a mail that anybody can ask for does not go out now: a form in another state, a
        repetition, the cap."""
        of_owner = row.kind in ASKED_OF_CONFIRMED
        awaited = SupporterStatus.CONFIRMED if of_owner else SupporterStatus.UNCONFIRMED
        if row.status != awaited:
            return _never(claim, "nothing_pending")
        form = {
            "campaign": row.campaign,
            "email_hash": row.email_hash,
            "form_hash": row.form_hash,
            "supporter_id": row.id,
            "mail_id": claim.id,
        }
        repeatable = of_owner or row.kind == RESEND
        if not repeatable and (await connection.execute(REPEATED, form)).first() is not None:
            return _never(claim, "repeated")
        now = datetime.now(UTC)
        address_hash = budget.budget_hash(self.keys, canonical)
        free_at = await budget.take_place(connection, address_hash, claim.id, now)
        if free_at is not None:
            # Kept for when a place is free: the rightful owner's form must not be lost to a
            # stranger's three.
            return _wait(claim, "address_budget", max(free_at - now, timedelta(0)))
        return None

    async def _link(self, connection: AsyncConnection, row: Any) -> tuple[str, dict[str, Any]]:
        """Where the mail leads, and the facts that its words need."""
        if row.kind in OF_CONFIRMED or row.kind == MailKind.PAGE_LINK:
            return await self._page(connection, row)
        if row.kind == MailKind.OWN_DATA:
            return await self._own_data(connection, row)
        return await self._confirmation(connection, row)

    async def _own_data(self, connection: AsyncConnection, row: Any) -> tuple[str, dict[str, Any]]:
        token = await tokens.mint(connection, row.id, Purpose.OWN_LINK)
        hours = int(LIFETIME[Purpose.OWN_LINK].total_seconds() // 3600)
        who = await which_person(connection, row.campaign, row.email_hash, row.person_id)
        return f"{self.public_url}/self-service/{token}", {"valid_hours": hours, **who}

    async def _confirmation(
        self, connection: AsyncConnection, row: Any
    ) -> tuple[str, dict[str, Any]]:
        """The link works as long as its form lives."""
        left = row.hour + timedelta(hours=self.lives_hours) - datetime.now(UTC)
        left = max(left, timedelta(hours=1))
        token = await tokens.mint(connection, row.id, Purpose.CONFIRM, left)
        hours = int(left.total_seconds() // 3600)
        return f"{self.public_url}/confirm/{token}", {"valid_hours": hours}

    async def _page(self, connection: AsyncConnection, row: Any) -> tuple[str, dict[str, Any]]:
        token = await tokens.mint(connection, row.id, Purpose.PAGE)
        steps = (await connection.execute(STEPS, {"id": row.id})).one()
        outcome = await outcome_of(connection, row.id)
        facts = dict(steps._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
        facts |= {"made": outcome.made, **outcome.facts()}
        return f"{self.public_url}/me/{token}", facts

    def _occasion(self, row: Any, owner_hash: bytes, page: str, facts: dict[str, Any]) -> Occasion:
        token = unsubscribe_token(self.keys, owner_hash)
        links = Links(page, f"{self.public_url}/unsubscribe/{token}")
        published = self.catalog().campaigns.get(row.campaign)
        # Its file may be gone while data of it is kept.
        title = published.campaign.title.get(row.language) if published else row.campaign
        return Occasion(_template(row, facts), row.language, title, links, facts)
