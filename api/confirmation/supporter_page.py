"""What a supporter sees behind their own link: each of their letters and its state."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, true
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.confirmation.receipts import kept_for
from api.deliveries.by_hand import report_done
from api.deliveries.models import Delivery, DeliveryStatus
from api.deliveries.transitions import REPLACED
from api.errors import NotFound, TokenGone
from api.letters.models import Letter, StoredText
from api.letters.store import TextStore
from api.submissions.drafts import Draft
from api.submissions.models import Submission
from api.submissions.stored import StoredForm, load_forms
from api.supporters import tokens
from api.supporters.models import Supporter, SupporterStatus
from api.supporters.tokens import Purpose
from api.supporters.vault import Vault


@dataclass(frozen=True, slots=True)
class OwnLetter:
    """``draft`` is None once the words have been deleted, as the privacy page promises.
    ``reason`` is its newest delivery's: a stable word, such as ``seat_changed``; ``channel``, too,
    is that one's. ``form`` is the one that it was written with, whose name and address it bears.
    ``kept_since``: it was written on this day, and the page's own form brought no letter in its
    place. ``holder`` is the id of whom it is written to.
    """

    id: UUID
    seat: str
    name: str
    status: DeliveryStatus
    personal_share: int
    draft: Draft | None
    reason: str | None = None
    form: StoredForm | None = None
    kept_since: date | None = None
    holder: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class SupporterPage:
    """All of one person, behind the link of one form of theirs. ``form`` is None once what was
    personal has been deleted; ``has_letters``: letters were made by this very form."""

    campaign: str
    language: str
    person_id: UUID
    supporter_id: UUID
    form: StoredForm | None
    letters: Sequence[OwnLetter]
    has_letters: bool = True

    def letter(self, letter_id: UUID) -> OwnLetter:
        """Raises NotFound for a letter that is not on this page."""
        for letter in self.letters:
            if letter.id == letter_id:
                return letter
        raise NotFound("There is no such letter on your page.")


async def look(
    session: AsyncSession,
    token: str,
    vault: Vault,
    texts: TextStore,
    purpose: Purpose = Purpose.PAGE,
) -> SupporterPage:
    """The page behind a link. Raises TokenGone."""
    owner = await _owner(session, token, purpose)
    assert owner.person_id is not None
    letters = (await session.exec(_LETTERS, params={"id": owner.person_id})).all()
    theirs = {owner.id, *(letter.supporter_id for letter in letters)}
    forms = await load_forms(session, theirs, vault)
    drafts: dict[UUID, Draft] = {}
    for form in forms.values():
        drafts.update(await form.drafts(texts))
    known = await texts.find(letter.text for letter in letters)
    kept = {letter.id: letter.on for letter in await kept_for(session, owner.id)}
    own = [
        replace(
            _letter(row, known[row.text].name, drafts.get(row.id)),
            form=forms.get(row.supporter_id),
            kept_since=kept.get(row.id),
        )
        for row in letters
    ]
    own_form = forms.get(owner.id)
    return SupporterPage(
        owner.campaign,
        owner.language,
        owner.person_id,
        owner.id,
        own_form,
        _ordered(own, own_form),
        any(letter.supporter_id == owner.id for letter in letters),
    )


async def done(session: AsyncSession, token: str, letter_id: UUID) -> bool:
    """Record that the supporter sent a letter themselves. Raises TokenGone.

    False if there is nothing to record, such as when the button is pressed twice.
    """
    owner = await _owner(session, token, Purpose.PAGE)
    assert owner.person_id is not None
    return await report_done(session, owner.person_id, letter_id)


async def _owner(session: AsyncSession, token: str, purpose: Purpose) -> Supporter:
    """Whose link it is. Raises TokenGone."""
    found = await tokens.find(session, token, purpose)
    owner = await session.get(Supporter, found.supporter_id, populate_existing=True)
    erased = owner is None or owner.status == SupporterStatus.ERASED
    if owner is None or erased or owner.person_id is None:
        raise TokenGone("What this link led to has been deleted, as was promised.")
    return owner


def _letters() -> Any:
    """A person's letters, each with its newest delivery."""
    newest = (
        select(Delivery.reason, Delivery.channel)
        .where(Delivery.letter_id == Letter.id)
        .order_by(col(Delivery.opened_at).desc())
        .limit(1)
        .lateral()
    )
    columns: tuple[Any, ...] = (
        *(Letter.id, Letter.seat, Letter.text, Letter.status, Letter.personal_share),
        *(Submission.supporter_id, StoredText.target_id, newest.c.reason, newest.c.channel),
    )
    return (
        select(*columns)
        .select_from(Letter)
        .join(Submission)
        .join(StoredText, col(StoredText.digest) == Letter.text)
        .join(newest, true(), isouter=True)
        .where(Letter.person_id == bindparam("id"))
        .order_by(col(Letter.id))
    )


_LETTERS = _letters()


def _letter(row: Any, name: str, draft: Draft | None) -> OwnLetter:
    return OwnLetter(
        id=row.id,
        seat=row.seat,
        name=name,
        status=DeliveryStatus(row.status),
        personal_share=row.personal_share,
        draft=draft,
        reason=row.reason,
        holder=row.target_id,
        channel=row.channel,
    )


def _ordered(letters: Sequence[OwnLetter], form: StoredForm | None) -> list[OwnLetter]:
    """The letters in the form's order, if it still exists, since ids are random within the hour.
    Letters that were replaced by newer ones come last."""
    entries = form.submission.letters if form is not None else ()
    order = {entry["seat"]: number for number, entry in enumerate(entries)}
    return sorted(
        letters,
        key=lambda letter: (letter.reason == REPLACED, order.get(letter.seat, len(order))),
    )
