"""The worker's mail step: claim due mails, write them, send them, record the results."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api import metrics
from api.campaigns.catalog import Catalog
from api.confirmation.mail_facts import FACTS, STEPS
from api.confirmation.pending import mint_list
from api.confirmation.permits import (
    ASKED_OF_CONFIRMED,
    OF_CONFIRMED,
    RESEND,
    admit,
    never,
    permit,
    wait,
)
from api.confirmation.receipts import outcome_of, which_person
from api.database.session import transaction
from api.deliveries.routing import Router, SentBy
from api.errors import DomainError
from api.logs import places
from api.mail import breaker, budget, rate, suppressions
from api.mail.budget import Place
from api.mail.compose import Composer, Links, MailKind, Occasion
from api.mail.models import MailStatus
from api.mail.suppressions import Recipient
from api.mail.transport import Blocked, Outcome, Permanent, Sent, Temporary, Transport, Unknown
from api.mail.unsubscribe import unsubscribe_token
from api.outbox.lease import Claim, Outbox, Result, claim_due, record, renewing
from api.outbox.retry import DELAYS, HELD_DELAYS, next_delay
from api.security.addresses import canonical_address
from api.security.keys import KeyRing
from api.supporters import tokens
from api.supporters.models import SupporterStatus
from api.supporters.tokens import LIFETIME, Purpose
from api.supporters.vault import Vault
from api.supporters.waiting import waits_until
from api.targets.days import EASTERN

log = structlog.get_logger()

MAILS = Outbox("mails", waiting=("queued",))
# Mails that strangers cannot trigger: those of confirmed forms, and links that the owner of the
# mailbox asked for. They are sent before all others, and no limit applies to them.
_LINKED = "EXISTS (SELECT FROM mail_budget b WHERE b.mail_id = mails.id AND b.place = 'linked')"
_OWNERS = f"(kind IN ('receipt', 'seat_changed') OR {_LINKED})"
OWNERS = replace(MAILS, only=_OWNERS)
ASKED = replace(MAILS, only=f"NOT {_OWNERS}")
# With less than this share of the hourly limit left, first mails to an address have priority.
PRESSED = 0.2
AT_ONCE = 16
# For how many attempts a mail that may have arrived keeps its place in its address's budget.
IN_DOUBT = 2
UNREADABLE_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Prepared:
    message: EmailMessage
    address: str
    domain: str
    may_be_there: bool


def _template(row: Any, facts: Mapping[str, Any]) -> MailKind:
    """The kind of mail: forms that only sign have kinds of their own, and so do forms that made no
    letters."""
    if row.kind == MailKind.RECEIPT and not row.signs_only and not facts["made"]:
        return MailKind.NOT_SENT
    if not row.signs_only or row.kind in ASKED_OF_CONFIRMED:
        return MailKind.CONFIRMATION if row.kind == RESEND else MailKind(row.kind)
    if row.kind not in OF_CONFIRMED:
        return MailKind.SIGNATURE
    if row.organization is None:
        return MailKind.SIGNED
    return MailKind.TAKEN if row.organization == "taken" else MailKind.SIGNED_FOR


def _may_be_there(reason: str | None) -> bool:
    """Whether the last attempt, by its reason, may have arrived (see ``Unknown``)."""
    return reason is not None and re.fullmatch("content_([23].*|[a-z]+)", reason) is not None


def _is_of_us(outcome: Outcome) -> bool:
    """Whether only an operator can resolve it (a block list, our own mail server or its limits), so
    that it is retried for as long as a form waits."""
    if isinstance(outcome, Blocked):
        return True
    return isinstance(outcome, Temporary) and bool(
        re.match("(connect|sender)_|(recipient|content)_5", outcome.reason)
    )


def _again(claim: Claim, reason: str, delays: tuple[timedelta, ...] = DELAYS) -> Result:
    """A later attempt, or the end when there were enough."""
    delay = next_delay(claim.attempts, delays)
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
    router: Router
    hindrance: Callable[[str, str | None], str | None]
    public_url: str
    lives_hours: int
    per_hour: int

    async def send_due(self, limit: int = AT_ONCE) -> int:
        """Send up to ``limit`` mails, all at once, and say how many were claimed.

        Each result is written when it is known, so that one slow mail cannot outlast the lease
        of the others.
        """
        async with transaction(self.engine) as session:
            owners = await claim_due(session, OWNERS, limit)
            room = await rate.room(session, self.per_hour)
            asked = await claim_due(session, ASKED, min(limit - len(owners), room))
            await rate.take(session, len(asked))
        claims = [(claim, False) for claim in owners] + [(claim, True) for claim in asked]
        pressed = room <= self.per_hour * PRESSED
        async with renewing(self.engine, MAILS, [*owners, *asked]):
            await asyncio.gather(*(self._handle(*each, pressed=pressed) for each in claims))
        return len(claims)

    async def _handle(self, claim: Claim, counted: bool, *, pressed: bool) -> None:
        """``counted``: in the hourly cap, which ``pressed`` says is nearly used up."""
        try:
            result = await self._attempt(claim, pressed=pressed and counted)
        except DomainError as error:
            # A key that is missing, a campaign whose file is gone: both may come back.
            log.error("mails.unreadable", code=error.code)
            result = wait(claim, error.code, UNREADABLE_PAUSE)
        except (SQLAlchemyError, OSError):
            raise  # an outage: the lease runs out, and the mail is claimed again
        except Exception as error:  # noqa: BLE001 (one bad mail must not stop the others)
            log.error("mails.failed", error=type(error).__name__, at=places(error))
            result = _again(claim, "internal_error")
        async with transaction(self.engine) as session:
            fresh = await record(session, MAILS, [result])
            if counted and not result.attempted:
                await rate.give_back(session, claim.at)
        metrics.mails([result.status])
        metrics.leases_lost(MAILS.table, 1 - len(fresh))

    async def _attempt(self, claim: Claim, *, pressed: bool) -> Result:
        # Committed before the mail goes out, so that its link works when it arrives.
        async with transaction(self.engine) as session:
            prepared = await self._prepare(session, claim, pressed=pressed)
        if isinstance(prepared, Result):
            return prepared
        outcome = await self.transport.send(prepared.message)
        async with transaction(self.engine) as session:
            await self._learn(session, claim, prepared, outcome)
        if isinstance(outcome, Sent):
            return Result(claim, MailStatus.SENT)
        if isinstance(outcome, Permanent):
            return Result(claim, MailStatus.FAILED, outcome.reason)
        # If the outcome is unknown it is sent again: with the same Message-ID that is harmless.
        delays = HELD_DELAYS if _is_of_us(outcome) else DELAYS
        return _again(claim, outcome.reason, delays)

    async def _learn(
        self, session: AsyncSession, claim: Claim, mail: "_Prepared", outcome: Outcome
    ) -> None:
        """Record what the outcome says about the domain, the address and its budget."""
        in_doubt = isinstance(outcome, Unknown) or mail.may_be_there
        if not (isinstance(outcome, Sent) or (in_doubt and claim.attempts <= IN_DOUBT)):
            # Others of its address need not wait for it: if it is tried again, it asks again.
            await budget.free_place(session, claim.id)
        match outcome:
            case Sent():
                await breaker.passed(session, mail.domain)
            case Blocked():
                first = claim.attempts == 1
                mark = breaker.address_mark(self.keys, mail.address)
                await breaker.refused(session, mail.domain, outcome.reason, mark, counts=first)
            case Permanent() if outcome.address_gone:
                now = datetime.now(UTC)
                whom = suppressions.recipient(self.keys, mail.address)
                await suppressions.report_gone(session, whom, claim.id, now)

    async def _prepare(
        self, session: AsyncSession, claim: Claim, *, pressed: bool
    ) -> "_Prepared | Result":
        """The mail, or the result of not sending it now or ever."""
        row = (await session.exec(FACTS, params={"id": claim.id})).one()
        if row.identity is None or row.data_key is None:
            return never(claim, "wiped")
        address = self.vault.open_form(row.data_key, row.id).identity(row.identity).email
        whom = suppressions.recipient(self.keys, address)
        if await suppressions.suppressed(session, whom):
            return never(claim, "suppressed")
        address_hash = budget.budget_hash(self.keys, canonical_address(address))
        place = Place.OWN
        if row.kind not in OF_CONFIRMED:
            closed = self._not_open(row, claim)
            if closed is not None:
                # Or all others at this address might wait for it to stand for them.
                await budget.free_place(session, claim.id)
                return closed
            found = await permit(session, row, claim, address_hash, pressed=pressed)
            if isinstance(found, Result):
                return found
            place = found
        domain = breaker.domain_name(self.keys, address)
        may_be_there = claim.resumed or _may_be_there(row.reason)
        waits = await admit(session, claim, domain)
        if waits is not None:
            if not may_be_there:
                await budget.free_place(session, claim.id)
            return waits
        if place is Place.ALL:
            occasion = await self._for_all(session, row, whom, address_hash)
        else:
            page, facts = await self._link(session, row)
            occasion = self._occasion(row, whom, page, facts)
        message = self.composer.compose(occasion, claim.id, address)
        return _Prepared(message, address, domain, may_be_there)

    async def _for_all(
        self, session: AsyncSession, row: Any, whom: Recipient, address_hash: bytes
    ) -> Occasion:
        """The mail that stands for all that waits at its address; its link works as long as any
        form that is listed behind it lives."""
        lifetime = budget.WINDOW + timedelta(hours=self.lives_hours)
        token = await mint_list(session, address_hash, row.language, lifetime)
        hours = int(lifetime.total_seconds() // 3600)
        page = f"{self.public_url}/pending/{token}"
        links = self._links(page, whom)
        return Occasion(MailKind.PENDING, row.language, "", links, {"valid_hours": hours})

    def _not_open(self, row: Any, claim: Claim) -> Result | None:
        """Ask nobody to confirm for a campaign that is not open. It may open again, or close later;
        otherwise the form expires."""
        if row.kind in ASKED_OF_CONFIRMED or row.status != SupporterStatus.UNCONFIRMED:
            return None
        published = self.catalog().campaigns.get(row.campaign)
        is_open = published is not None and published.state(datetime.now(UTC)) == "open"
        return None if is_open else wait(claim, "campaign_not_open", UNREADABLE_PAUSE)

    async def _link(self, session: AsyncSession, row: Any) -> tuple[str, dict[str, Any]]:
        """Where the mail leads, and the facts that its words need."""
        if row.kind in OF_CONFIRMED or row.kind == MailKind.PAGE_LINK:
            return await self._page(session, row)
        if row.kind == MailKind.OWN_DATA:
            return await self._own_data(session, row)
        return await self._confirmation(session, row)

    async def _own_data(self, session: AsyncSession, row: Any) -> tuple[str, dict[str, Any]]:
        token = await tokens.mint(session, row.id, Purpose.OWN_LINK)
        hours = int(LIFETIME[Purpose.OWN_LINK].total_seconds() // 3600)
        who = await which_person(session, row.campaign, row.person_id)
        return f"{self.public_url}/self-service/{token}", {"valid_hours": hours, **who}

    async def _confirmation(self, session: AsyncSession, row: Any) -> tuple[str, dict[str, Any]]:
        """The link works as long as its form lives."""
        now = datetime.now(UTC)
        left = waits_until(row.hour, row.mailed or now, self.lives_hours) - now
        left = max(left, timedelta(minutes=1))
        token = await tokens.mint(session, row.id, Purpose.CONFIRM, left)
        hours = int(left.total_seconds() // 3600)
        facts = {"valid_hours": hours, "closes": self._closes(row, left), **self._ways(row)}
        return f"{self.public_url}/confirm/{token}", facts

    def _closes(self, row: Any, left: timedelta) -> datetime | None:
        """When the campaign closes, if it does before the link ends."""
        published = self.catalog().campaigns.get(row.campaign)
        closes = published.campaign.closes if published else None
        ends_first = closes is not None and closes < datetime.now(UTC) + left
        return closes.astimezone(EASTERN) if closes and ends_first else None

    def _ways(self, row: Any) -> dict[str, int]:
        """How many of the form's letters we would send, their writer, and nobody; how many would
        wait, since their office's term has ended or its holder is another."""
        seal = self.vault.open_form(row.data_key, row.id)
        has_prefix = seal.identity(row.identity).prefix is not None
        seats = [letter["seat"] for letter in row.letters or ()]
        written_to = row.holders or {}
        held = {seat for seat, holder in written_to.items() if self.hindrance(seat, holder)}
        going = [seat for seat in seats if seat not in held]
        by = [self.router.foresee(seat, has_prefix=has_prefix).sent_by for seat in going]
        names = {"ours": SentBy.US, "yours": SentBy.YOU, "tests": SentBy.NOBODY}
        return {name: by.count(sender) for name, sender in names.items()} | {"held": len(held)}

    async def _page(self, session: AsyncSession, row: Any) -> tuple[str, dict[str, Any]]:
        token = await tokens.mint(session, row.id, Purpose.PAGE)
        values = {"id": row.id, "tests": list(self.router.test_channels)}
        steps = (await session.exec(STEPS, params=values)).mappings().one()
        outcome = await outcome_of(session, row.id)
        facts = {**steps, "made": outcome.made, **outcome.facts()}
        return f"{self.public_url}/me/{token}", facts

    def _occasion(self, row: Any, whom: Recipient, page: str, facts: dict[str, Any]) -> Occasion:
        links = self._links(page, whom)
        published = self.catalog().campaigns.get(row.campaign)
        # Its file may be gone while data of it is kept.
        title = published.campaign.title.get(row.language) if published else row.campaign
        return Occasion(_template(row, facts), row.language, title, links, facts)

    def _links(self, page: str, whom: Recipient) -> Links:
        token = unsubscribe_token(self.keys, whom)
        return Links(page, f"{self.public_url}/unsubscribe/{token}")
