"""The step that makes letters real: the owner of the address confirms one form.

Confirming makes the person, once for each address and campaign, and the letters, once for each
person and seat; it discards the other pending forms of that address on that campaign.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.campaigns.catalog import Catalog
from api.campaigns.schema import Campaign
from api.confirmation.letters import NewLetter, approved_campaign, store_letters
from api.counts import ledger
from api.deliveries.channels.base import Content
from api.deliveries.routing import Router
from api.errors import TokenGone
from api.letters.store import TextStore
from api.mail import budget
from api.security.identifiers import new_id
from api.sign_ons.confirming import confirm_sign_on
from api.sign_ons.organizations import confirm_organization
from api.sign_ons.own import Signature, signature_of
from api.submissions.drafts import Draft
from api.submissions.stored import StoredForm, load_form
from api.supporters import tokens
from api.supporters.models import Standing, SupporterStatus
from api.supporters.suspicion import Newcomer, Rules, doubt
from api.supporters.tokens import Purpose
from api.supporters.vault import Vault
from api.supporters.wipe import wipe

# Everybody who confirms for one address and campaign waits here for the other.
PERSON = text("""
    INSERT INTO persons (id, campaign, email_hash, standing)
    VALUES (:id, :campaign, :email_hash, 'counted')
    ON CONFLICT (campaign, email_hash) DO UPDATE SET standing = persons.standing
    RETURNING id, standing
""")

WROTE_FOR = text("""
    SELECT s.district FROM letters l
    JOIN submissions b ON b.id = l.submission_id JOIN supporters s ON s.id = b.supporter_id
    WHERE l.person_id = :person_id AND l.status <> 'cancelled' ORDER BY l.id LIMIT 1
""")

CONFIRM = text("""
    WITH confirmed AS (
        UPDATE supporters SET status = 'confirmed', person_id = :person_id
        WHERE id = :supporter_id RETURNING id
    )
    UPDATE submissions SET status = 'confirmed'
    WHERE supporter_id IN (SELECT id FROM confirmed)
""")

SIBLINGS = text("""
    SELECT id FROM supporters
    WHERE campaign = :campaign AND email_hash = :email_hash AND status = 'unconfirmed'
      AND id <> :id ORDER BY id FOR NO KEY UPDATE
""")

# Only for a form that waits, and not while a mail of its own waits already.
RESEND = text("""
    INSERT INTO mails (id, supporter_id, kind, status, due_at, epoch, attempts)
    SELECT :id, s.id, 'resend', 'queued', now(), 0, 0
    FROM submissions b JOIN supporters s ON s.id = b.supporter_id
    WHERE b.id = :submission_id AND s.status = 'unconfirmed' AND NOT EXISTS (
        SELECT 1 FROM mails m WHERE m.supporter_id = s.id AND m.status IN ('queued', 'sending'))
""")

RECEIPT = text("""
    INSERT INTO mails (id, supporter_id, kind, status, due_at, epoch, attempts)
    VALUES (:id, :supporter_id, 'receipt', 'queued', now(), 0, 0)
""")


@dataclass(frozen=True, slots=True)
class Pending:
    """What the confirmation page shows before anything is done."""

    form: StoredForm
    drafts: Sequence[tuple[UUID, Draft]]
    signature: Signature | None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """``status`` is ``confirmed``, or says why nothing goes out: ``closed`` (the campaign was),
    ``other_district`` (this person's letters went to another district's offices),
    ``already_written`` (each of these offices has a letter of theirs) or ``already_signed`` (the
    form only signs, and their name is there). ``signed``: this form put it there."""

    status: str
    letters: Sequence[NewLetter]
    page_token: str | None
    signed: bool = False

    def as_json(self, public_url: str) -> dict[str, Any]:
        page_url = f"{public_url}/me/{self.page_token}" if self.page_token else None
        return {
            "status": self.status,
            "letters": [
                {
                    "id": str(made.id),
                    "seat": made.seat,
                    "name": made.name,
                    "status": made.status,
                    "reason": made.reason,
                }
                for made in self.letters
            ],
            "signed": self.signed,
            "page_url": page_url,
        }


@dataclass(frozen=True)
class Confirmations:
    """The started service; each method works in the caller's transaction."""

    catalog: Callable[[], Catalog]
    congress: Callable[[], int]
    vault: Vault
    texts: TextStore
    router: Router
    rules: Rules
    clock: Callable[[], datetime]

    async def look(self, connection: AsyncConnection, token: str) -> Pending:
        """The pending form behind a link. Raises TokenGone."""
        found = await tokens.find(connection, token, Purpose.CONFIRM)
        form = await load_form(connection, found.supporter_id, self.vault)
        _require_pending(form)
        signature = await signature_of(connection, form, self.vault)
        return Pending(form, await form.drafts(self.texts), signature)

    async def confirm(self, connection: AsyncConnection, token: str) -> Confirmed:
        """Make the person and the letters. Raises TokenGone.

        Racing confirmations of one address queue up behind the person's row: one of them wins,
        the others find their form discarded. Locks are taken in one order, person, form, token,
        since whoever wins goes on to the forms and tokens of the others.
        """
        found = await tokens.find(connection, token, Purpose.CONFIRM)
        form = await load_form(connection, found.supporter_id, self.vault)
        _require_pending(form)
        if self._is_closed(form.campaign):
            await wipe(connection, [form.id], SupporterStatus.EXPIRED)
            return Confirmed("closed", (), None)
        person = await _person(connection, form)
        form = await load_form(connection, form.id, self.vault, lock=True)
        _require_pending(form)
        found = await tokens.find(connection, token, Purpose.CONFIRM, lock=True)
        await tokens.use_up(connection, found)
        return await self._make_real(connection, form, person)

    async def discard(self, connection: AsyncConnection, token: str) -> None:
        """Take the owner's word that it was not them: all data goes. Raises TokenGone."""
        found = await tokens.find(connection, token, Purpose.CONFIRM)
        form = await load_form(connection, found.supporter_id, self.vault, lock=True)
        _require_pending(form)
        await wipe(connection, [form.id], SupporterStatus.DISCARDED)

    async def resend(self, connection: AsyncConnection, submission_id: UUID) -> None:
        """Queue the confirmation mail again if the form still waits; tells nobody whether it does.

        The mail worker's cap for the address holds for it as for any other.
        """
        await connection.execute(RESEND, {"id": new_id(), "submission_id": submission_id})

    def _is_closed(self, slug: str) -> bool:
        """Whether the campaign takes letters no more; one whose file is gone does not either."""
        published = self.catalog().campaigns.get(slug)
        return published is None or published.state(self.clock()) != "open"

    async def _make_real(
        self, connection: AsyncConnection, form: StoredForm, person: "_Person"
    ) -> Confirmed:
        writes, person_id = bool(form.row.letters), person.id
        elsewhere = writes and await _wrote_elsewhere(connection, form, person)
        made: list[NewLetter] = []
        if not elsewhere:
            drafts = await form.drafts(self.texts)
            cause = await approved_campaign(connection, form, self.catalog())
            letters = [self._letter(form, cause, letter_id, draft) for letter_id, draft in drafts]
            made = await store_letters(connection, form, person_id, letters)
        await connection.execute(CONFIRM, {"person_id": person_id, "supporter_id": form.id})
        represents = await confirm_organization(connection, form)
        counted = person.counted
        if person.is_new and represents is None:
            counted = not await self._doubt(connection, form, person_id)
        signed = await confirm_sign_on(connection, form, person_id)
        await budget.free_places(connection, form.id)
        await _discard_siblings(connection, form)
        deltas = {
            "supporters": int(person.is_new and counted and represents is None),
            "letters": len(made) if counted else 0,
            "persons": int(bool(signed) and counted),
        }
        signed = signed or represents == "confirmed"
        await ledger.append(connection, form.campaign, deltas)
        await connection.execute(RECEIPT, {"id": new_id(), "supporter_id": form.id})
        token = await tokens.mint(connection, form.id, Purpose.PAGE)
        again = "already_written" if writes else "already_signed"
        done = "confirmed" if made or (signed and not writes) else again
        return Confirmed("other_district" if elsewhere else done, made, token, bool(signed))

    async def _doubt(self, connection: AsyncConnection, form: StoredForm, person_id: UUID) -> bool:
        """Whether a new person is quietly put in doubt: what they are answered is the same."""
        email, email_hash = form.identity.email, form.row.email_hash
        new = Newcomer(person_id, form.id, form.campaign, email, email_hash)
        return await doubt(connection, self.rules, new)

    def _letter(
        self, form: StoredForm, cause: Campaign, letter_id: UUID, draft: Draft
    ) -> NewLetter:
        content = Content(
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
            geocoded=form.row.district_basis == "geocoded",
            cause=cause,
            at=self.clock(),
        )
        route = self.router.route(content)
        congress = self.congress() if draft.seat.startswith(("house:", "senate:")) else None
        return NewLetter(
            id=letter_id,
            delivery_id=content.delivery_id,
            seat=draft.seat,
            name=draft.text.name,
            text=draft.text.digest,
            congress=congress,
            edited=draft.edited,
            personal_share=draft.personal_share,
            channel=route.channel.name,
            environment=route.environment,
            status=route.channel.first_status,
            reason=route.reason,
            payload=route.channel.prepare(content),
        )


def _require_pending(form: StoredForm) -> None:
    if form.row.status != SupporterStatus.UNCONFIRMED:
        raise TokenGone("This form was confirmed or discarded before.")


@dataclass(frozen=True, slots=True)
class _Person:
    id: UUID
    is_new: bool
    counted: bool


async def _person(connection: AsyncConnection, form: StoredForm) -> _Person:
    """The person of this address on this campaign; locks the row."""
    fresh = new_id()
    values = {"id": fresh, "campaign": form.campaign, "email_hash": form.row.email_hash}
    row = (await connection.execute(PERSON, values)).one()
    return _Person(row.id, row.id == fresh, row.standing == Standing.COUNTED)


async def _wrote_elsewhere(connection: AsyncConnection, form: StoredForm, person: _Person) -> bool:
    """Whether this person's letters went to the offices of another district."""
    if person.is_new:
        return False
    rows = (await connection.execute(WROTE_FOR, {"person_id": person.id})).all()
    return bool(rows) and rows[0].district != form.row.district


async def _discard_siblings(connection: AsyncConnection, form: StoredForm) -> None:
    values = {"campaign": form.campaign, "email_hash": form.row.email_hash, "id": form.id}
    siblings = (await connection.execute(SIBLINGS, values)).scalars().all()
    await wipe(connection, siblings, SupporterStatus.DISCARDED)
