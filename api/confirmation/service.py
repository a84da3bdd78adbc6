"""Confirmation: the owner of the address confirms a form, and only that creates letters.

Confirming creates the person, if new at the mailbox, and the letters, one for each person and seat.
Other pending forms of the same address stay, since they may be somebody else's;
only identical repeats of the form are discarded with it.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.catalog import Catalog
from api.campaigns.schema import Campaign, State
from api.confirmation.earlier import find_earlier, lock_earlier, replace
from api.confirmation.ended import what_became
from api.confirmation.letters import NewLetter, approved_campaign, store_letters
from api.confirmation.people import (
    Confirmer,
    bring_forward,
    confirmer,
    hashes_of,
    lock_mailbox,
    people_at,
)
from api.confirmation.queueing import queue_mail_to
from api.confirmation.results import (
    Candidate,
    Confirmed,
    Pending,
    ShownChanged,
    Written,
    told,
    what_is_shown,
)
from api.counts import ledger
from api.deliveries.channels.base import Content
from api.deliveries.models import DeliveryStatus
from api.deliveries.routing import Route, Router
from api.errors import CampaignNotOpen, TokenGone
from api.letters.models import Letter
from api.letters.store import TextStore
from api.mail import budget
from api.mail.compose import MailKind
from api.mail.models import Mail, MailStatus
from api.security.identifiers import new_id
from api.security.keys import KeyRing
from api.sign_ons.confirming import Signing, confirm_sign_on
from api.sign_ons.organizations import confirm_organization
from api.sign_ons.own import has_signed, signature_of
from api.sign_ons.review import Reviewing
from api.submissions.drafts import Draft
from api.submissions.models import Submission
from api.submissions.stored import StoredForm, load_form
from api.supporters import tokens
from api.supporters.models import Person, Supporter, SupporterStatus, Token
from api.supporters.suspicion import Newcomer, Rules, mark_suspect
from api.supporters.tokens import Purpose
from api.supporters.vault import Vault
from api.supporters.wipe import wipe
from api.targets.days import congress_on, eastern_date

NOT_OPEN: Final = (
    "Nothing was sent or signed. The form waits until its time is over: open the link again later, "
    "or say that it was not you."
)
SHOWN_CHANGED: Final = "Nothing was sent, signed or deleted: load the page again, and read it."

# Both rows of a form in one statement.
CONFIRM = text("""
    WITH confirmed AS (
        UPDATE supporters SET status = 'confirmed', person_id = :person_id
        WHERE id = :supporter_id RETURNING id
    )
    UPDATE submissions SET status = 'confirmed'
    WHERE supporter_id IN (SELECT id FROM confirmed)
""")


_WROTE_FOR = (
    select(Supporter.state, Supporter.district)
    .select_from(Letter)
    .join(Submission)
    .join(Supporter, col(Supporter.id) == Submission.supporter_id)
    .where(Letter.person_id == bindparam("id"), Letter.status != DeliveryStatus.CANCELLED)
    .order_by(col(Letter.id))
    .limit(1)
)
_STATUS = select(Supporter.status).where(Supporter.id == bindparam("id"))
_REPEATS = (
    select(Supporter.id)
    .where(
        Supporter.campaign == bindparam("campaign"),
        Supporter.email_hash == bindparam("email_hash"),
        Supporter.status == SupporterStatus.UNCONFIRMED,
        Supporter.form_hash == bindparam("form_hash"),
        Supporter.id != bindparam("id"),
    )
    .order_by(col(Supporter.id))
    .with_for_update(key_share=True)
)


@dataclass(frozen=True)
class Confirmations:
    """The started service; each method works in the caller's transaction."""

    catalog: Callable[[], Catalog]
    vault: Vault
    texts: TextStore
    router: Router
    rules: Rules
    clock: Callable[[], datetime]
    keys: KeyRing
    reviewing: Callable[[str], Reviewing]
    hindrance: Callable[[str, str | None], str | None]

    async def look(self, session: AsyncSession, token: str) -> Pending:
        """The pending form behind a link. Raises TokenGone, which says what became of it."""
        form = await self._pending(session, token)
        signature = await signature_of(session, form, self.vault)
        hashes = self._hashes(form)
        await bring_forward(session, form.id, form.campaign, hashes)
        people = await people_at(session, form.campaign, hashes[0])
        candidates = [await _candidate(session, form, person) for person in people]
        drafts = await form.drafts(self.texts)
        state = self._state(form.campaign)
        routes = await self._routes(session, form, drafts, state)
        held = self._held(drafts) if routes else []
        return Pending(state, form, drafts, routes, held, signature, candidates)

    async def _routes(
        self,
        session: AsyncSession,
        form: StoredForm,
        drafts: Sequence[tuple[UUID, Draft]],
        state: State | None,
    ) -> list[Route]:
        """How each letter would go if it were confirmed now."""
        if state != "open":
            return []
        cause = await approved_campaign(session, form, self.catalog())
        contents = (self._content(form, cause, letter_id, draft) for letter_id, draft in drafts)
        return [self.router.route(content) for content in contents]

    def _held(self, drafts: Sequence[tuple[UUID, Draft]]) -> list[str | None]:
        """Why each letter would wait if it were confirmed now: see ``Seats.hindrance``."""
        return [self.hindrance(draft.seat, draft.text.target_id) for _, draft in drafts]

    def _hashes(self, form: StoredForm) -> list[bytes]:
        """The hashes of the form's address by all versions of its canonical form, today's first."""
        return hashes_of(self.keys, form.campaign, form.identity.email, form.email_hash)

    async def confirm(
        self,
        session: AsyncSession,
        token: str,
        person: str | None = None,
        shown: str | None = None,
    ) -> Confirmed:
        """Make the letters of the form, and the person, if it is a new one.

        ``person`` says who confirms, where the mailbox has confirmed before: see ``confirmer``.
        ``shown`` is ``Pending.shown`` of the page whose button was pressed. Raises TokenGone,
        CampaignNotOpen, ShownChanged, PersonNeeded or MailboxFull; then nothing is done.

        Racing confirmations of one address queue up: of one form, one of them wins, the others
        find it confirmed. Locks are taken in one order, mailbox, person, form, token, since
        whoever wins goes on to the forms that repeat it.
        """
        found, form = await self._waiting(session, token)
        state = self._state(form.campaign)
        if shown is not None and state in {"open", "closed"}:
            await self._require_shown(session, form, state, shown)
        if state == "closed":
            await self._end(session, found, token, SupporterStatus.EXPIRED)
            return Confirmed("closed", (), None)
        if state != "open":
            raise CampaignNotOpen(NOT_OPEN)
        hashes = self._hashes(form)
        await lock_mailbox(session, hashes[0])
        await _require_waiting(session, form, token)  # the same button may have been pressed twice
        await bring_forward(session, form.id, form.campaign, hashes)
        who = await confirmer(session, form.campaign, hashes[0], person)
        form = await self._load(session, found, token, lock=True)
        await tokens.use_up(session, found)
        return await self._make_real(session, form, who)

    async def _require_shown(
        self, session: AsyncSession, form: StoredForm, state: State | None, shown: str
    ) -> None:
        """A button that said "delete it", or that its writer sends the letters, must not send
        them, nor one that sends delete them. Raises ShownChanged."""
        drafts = await form.drafts(self.texts)
        routes = await self._routes(session, form, drafts, state)
        if shown != what_is_shown(state, routes, self._held(drafts) if routes else []):
            raise ShownChanged(SHOWN_CHANGED)

    async def discard(self, session: AsyncSession, token: str) -> None:
        """Delete a form with all its data: its owner says it is not theirs. Raises TokenGone."""
        found, _ = await self._waiting(session, token)
        await self._end(session, found, token, SupporterStatus.DISCARDED)

    async def _pending(self, session: AsyncSession, token: str) -> StoredForm:
        """The form that waits behind a link. Raises TokenGone, which says what became of it."""
        return (await self._waiting(session, token))[1]

    async def _waiting(self, session: AsyncSession, token: str) -> tuple[Token, StoredForm]:
        """The link and the form that waits behind it. Raises TokenGone."""
        try:
            found = await tokens.find(session, token, Purpose.CONFIRM)
        except TokenGone:
            raise await _gone(session, token) from None
        return found, await self._load(session, found, token)

    async def _load(
        self, session: AsyncSession, found: Token, token: str, *, lock: bool = False
    ) -> StoredForm:
        """The form behind a link. Raises TokenGone unless it waits."""
        with suppress(TokenGone):
            form = await load_form(session, found.supporter_id, self.vault, lock=lock)
            if form.supporter.status == SupporterStatus.UNCONFIRMED:
                return form
        raise await _gone(session, token)

    async def _end(
        self, session: AsyncSession, found: Token, token: str, status: SupporterStatus
    ) -> None:
        """End a form unconfirmed, by a press of a button behind this link."""
        form = await self._load(session, found, token, lock=True)
        await tokens.use_up(session, found)
        await wipe(session, [form.id], status)

    async def resend(self, session: AsyncSession, submission_id: UUID) -> None:
        """Queue the confirmation mail again if the form still waits; tells nobody whether it does.

        The address's mail budget applies to it as to any other mail.
        """
        queued = select(Mail.id).where(
            Mail.supporter_id == Supporter.id,
            col(Mail.status).in_([MailStatus.QUEUED, MailStatus.SENDING]),
        )
        whom = (
            select(Supporter.id)
            .join(Submission)
            .where(
                Submission.id == submission_id,
                Supporter.status == SupporterStatus.UNCONFIRMED,
                ~queued.exists(),
            )
        )
        await queue_mail_to(session, "resend", whom)

    def _state(self, slug: str) -> State | None:
        """The campaign's state; None if its file is gone, since it may come back."""
        published = self.catalog().campaigns.get(slug)
        return published.state(self.clock()) if published else None

    async def _make_real(
        self, session: AsyncSession, form: StoredForm, who: Confirmer
    ) -> Confirmed:
        written = await self._write(session, form, who)
        await session.execute(CONFIRM, {"person_id": who.id, "supporter_id": form.id})
        represents = await confirm_organization(session, form, self.vault)
        counted = who.counted
        if who.is_new and represents is None:
            counted = not await self._is_suspect(session, form, who.id)
        review = self.reviewing(form.campaign)
        signature = await confirm_sign_on(session, form, who.id, self.vault, review)
        await budget.free_places(session, form.id)
        await _discard_repeats(session, form)
        is_signer = signature is not None and signature.what is Signing.SIGNED
        deltas = {
            "supporters": int(who.is_new and counted and represents is None),
            "letters": len(written.made) - len(written.replaced) if counted else 0,
            "persons": int(is_signer and counted),
        }
        await ledger.append(session, form.campaign, deltas)
        session.add(Mail(supporter_id=form.id, kind=MailKind.RECEIPT))
        token = await tokens.mint(session, form.id, Purpose.PAGE)
        return told(form, written, represents, signature, token)

    async def _write(self, session: AsyncSession, form: StoredForm, who: Confirmer) -> Written:
        """The form's letters, as far as this person has none to these offices, or none that
        left."""
        seats = [letter["seat"] for letter in form.submission.letters]
        earlier = [] if who.is_new else await lock_earlier(session, who.id, seats)
        if not who.is_new and seats and await _wrote_elsewhere(session, form, who.id):
            return Written(kept=earlier, elsewhere=True)
        gives_way = [letter for letter in earlier if letter.unsent]
        await replace(session, gives_way)
        cause = await approved_campaign(session, form, self.catalog())
        drafts = await form.drafts(self.texts)
        letters = [self._letter(form, cause, letter_id, draft) for letter_id, draft in drafts]
        made = await store_letters(session, form, who.id, letters)
        kept = [letter for letter in earlier if not letter.unsent]
        return Written(made, kept, [letter.seat for letter in gives_way])

    async def _is_suspect(self, session: AsyncSession, form: StoredForm, person_id: UUID) -> bool:
        """Whether a new person becomes a suspect. They are not told: the answer is the same."""
        email, hashes = form.identity.email, self._hashes(form)
        new = Newcomer(person_id, form.id, form.campaign, email, hashes)
        return await mark_suspect(session, self.rules, new)

    def _content(self, form: StoredForm, cause: Campaign, letter_id: UUID, draft: Draft) -> Content:
        return Content(
            delivery_id=new_id(),
            letter_id=letter_id,
            seat=draft.seat,
            to=draft.text.name,
            campaign=form.campaign,
            subject=draft.subject,
            text=draft.body,
            own_words=draft.own_words,
            statement=draft.statement,
            edited=draft.statement_edited,
            identity=form.identity,
            address=form.address,
            geocoded=form.supporter.district_basis == "geocoded",
            cause=cause,
            at=self.clock(),
        )

    def _letter(
        self, form: StoredForm, cause: Campaign, letter_id: UUID, draft: Draft
    ) -> NewLetter:
        content = self._content(form, cause, letter_id, draft)
        route = self.router.route(content)
        of_congress = draft.seat.startswith(("house:", "senate:"))
        return NewLetter(
            id=letter_id,
            delivery_id=content.delivery_id,
            seat=draft.seat,
            name=draft.text.name,
            text=draft.text.digest,
            congress=congress_on(eastern_date(form.supporter.hour)) if of_congress else None,
            edited=draft.edited,
            personal_share=draft.personal_share,
            channel=route.channel.name,
            environment=route.environment,
            status=route.channel.first_status,
            reason=route.reason,
            payload=route.channel.prepare(content),
            way=route.told,
        )


async def _require_waiting(session: AsyncSession, form: StoredForm, token: str) -> None:
    """Raises TokenGone if the form has ended since it was loaded."""
    status = (await session.exec(_STATUS, params={"id": form.id})).one_or_none()
    if status != SupporterStatus.UNCONFIRMED:
        raise await _gone(session, token)


async def _gone(session: AsyncSession, token: str) -> TokenGone:
    """What became of the form behind a link."""
    return (await what_became(session, token, Purpose.CONFIRM)).error()


async def _candidate(session: AsyncSession, form: StoredForm, person: Person) -> Candidate:
    seats = [letter["seat"] for letter in form.submission.letters]
    earlier = await find_earlier(session, person.id, seats) if seats else []
    elsewhere = bool(seats) and await _wrote_elsewhere(session, form, person.id)
    return Candidate(person, earlier, elsewhere, await has_signed(session, person.id))


async def _wrote_elsewhere(session: AsyncSession, form: StoredForm, person_id: UUID) -> bool:
    """Whether this person's letters went to the offices of another state or district. A form
    without a district, as in a campaign to senators only, is never from elsewhere."""
    found = (await session.exec(_WROTE_FOR, params={"id": person_id})).first()
    if found is None:
        return False
    state, district = found
    districts = {district, form.supporter.district} - {None}
    return state != form.address.state or len(districts) > 1


async def _discard_repeats(session: AsyncSession, form: StoredForm) -> None:
    values = {"campaign": form.campaign, "email_hash": form.email_hash, "id": form.id}
    values |= {"form_hash": form.supporter.form_hash}
    repeats = (await session.exec(_REPEATS, params=values)).all()
    await wipe(session, repeats, SupporterStatus.DISCARDED)
