"""What a confirmed form signs: a person's name, once per person and campaign.

A person who signs again changes their signature: it keeps its place in the list, and words that an
organizer passed stay passed. If nothing differs, nothing is done.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.session import AS_IT_IS
from api.errors import TokenGone
from api.security.identifiers import moment_of
from api.sign_ons.appearing import Appearance, appearance
from api.sign_ons.models import Display, Review, SignOn
from api.sign_ons.review import (
    NOTHING_PASSED,
    WIPED,
    Reviewing,
    look_of,
    public_columns,
    refusals_of,
)
from api.submissions.stored import StoredForm, load_form
from api.supporters.models import SupporterStatus
from api.supporters.vault import Passed, SignOnWords, Vault
from api.targets.days import eastern_date

_OF_FORM = select(SignOn).where(SignOn.supporter_id == bindparam("id"))
_OF_PERSON = (
    select(SignOn)
    .where(SignOn.person_id == bindparam("id"), SignOn.status == SupporterStatus.CONFIRMED)
    .with_for_update(key_share=True)
)


class Signing(StrEnum):
    """What a confirmed form did to its person's signature."""

    SIGNED = "signed"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Signed:
    """``on`` is the day on which the form was sent that the signature stands by now; ``review``
    says whether it is shown."""

    what: Signing
    on: date
    review: Review


@dataclass(frozen=True, slots=True)
class _Said:
    """All that a sign-on says, and what of it an organizer passed."""

    row: SignOn
    name: tuple[str, str]
    words: SignOnWords
    wanted: Appearance
    passed: Passed = NOTHING_PASSED

    def is_like(self, other: "_Said") -> bool:
        """Whether the same is signed, by the same name, and shown alike."""
        return self.key == other.key

    def look(self, vault: Vault, campaign: str) -> bytes | None:
        return look_of(vault, campaign, self.row.display, self.wanted)

    @property
    def key(self) -> tuple[Any, ...]:
        return self.row.statement, self.row.display, self.name, self.words, self.wanted


async def confirm_sign_on(
    session: AsyncSession,
    form: StoredForm,
    person_id: UUID,
    vault: Vault,
    reviewing: Reviewing,
) -> Signed | None:
    """Make the form's sign-on real, or the person's signature what it says; None without one.

    The caller has locked the person's row, so that two confirmations cannot both sign. It counts at
    once; it is published at once only if nobody has to review it.
    """
    new = (await session.exec(_OF_FORM, params={"id": form.id})).one_or_none()
    if new is None or new.words is None:
        return None
    said, existing = _said(form, new, new.words), await _lock_existing(session, person_id)
    before = None if existing is None else await _before(session, existing, vault)
    if before is not None and said.is_like(before):
        return await _repeat(session, new, before.row)
    passed = before.passed if before else NOTHING_PASSED
    look = said.look(vault, form.campaign)
    refused = await refusals_of(session, person_id, look)
    reviews = reviewing.reviews(said.wanted, refused, passed)
    if existing is not None:
        new.earlier, new.sequence = existing.id, await _replaced(session, existing)
    new.status, new.person_id = SupporterStatus.CONFIRMED, person_id
    if passed != NOTHING_PASSED:
        new.passed = form.seal.seal_passed(passed, new.id)
    new.sqlmodel_update(public_columns(said.wanted, reviews, look))
    await session.flush()
    what = Signing.CHANGED if existing else Signing.SIGNED
    return Signed(what, signed_on(new.id), reviews.name)


async def _lock_existing(session: AsyncSession, person_id: UUID) -> SignOn | None:
    """The person's signature as it stands; nobody else changes it until the transaction ends."""
    values = {"id": person_id}
    found = await session.exec(_OF_PERSON, params=values, execution_options=AS_IT_IS)
    return found.one_or_none()


async def _repeat(session: AsyncSession, new: SignOn, stands: SignOn) -> Signed:
    """The same was signed before: the new form's sign-on goes."""
    new.status, new.words, new.earlier = SupporterStatus.DISCARDED, None, stands.id
    await session.flush()
    return Signed(Signing.UNCHANGED, signed_on(stands.id), Review(stands.review))


async def _replaced(session: AsyncSession, existing: SignOn) -> int | None:
    """Nothing stays of a signature that another one replaces but its place in the list, which is
    returned. It is written first: no two may have one person, or one place."""
    place = existing.sequence
    existing.sqlmodel_update(WIPED)
    existing.status = SupporterStatus.DISCARDED
    existing.review = existing.comment_review = Review.NONE
    existing.review_number = existing.sequence = None
    await session.flush()
    return place


def signed_on(sign_on_id: UUID) -> date:
    """The day (in Washington) on which the form of a signature was sent."""
    return eastern_date(moment_of(sign_on_id))


async def _before(session: AsyncSession, existing: SignOn, vault: Vault) -> _Said | None:
    """What a person has signed; None where it cannot be read."""
    if existing.words is None:
        return None
    try:
        form = await load_form(session, existing.supporter_id, vault)
    except TokenGone:
        return None
    passed = form.seal.passed(existing.passed, existing.id) if existing.passed else NOTHING_PASSED
    return _said(form, existing, existing.words, passed)


def _said(form: StoredForm, row: SignOn, sealed: bytes, passed: Passed = NOTHING_PASSED) -> _Said:
    words, who = form.seal.sign_on(sealed, row.id), form.identity
    wanted = appearance(Display(row.display), who, form.address, form.supporter.country, words)
    return _Said(row, (who.given_name, who.family_name), words, wanted, passed)
