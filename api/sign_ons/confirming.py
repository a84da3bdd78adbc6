"""What a confirmed form signs: a person's name, once a person and campaign.

A person who signs again changes their signature: it keeps its place in the list, and words that an
organizer passed stay passed. If nothing differs, nothing is done.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.errors import TokenGone
from api.security.identifiers import moment_of
from api.sign_ons.appearing import Appearance, appearance
from api.sign_ons.models import Display, Review
from api.sign_ons.review import (
    NOTHING_PASSED,
    Reviewing,
    look_of,
    public_columns,
    refusals_of,
)
from api.submissions.stored import StoredForm, load_form
from api.supporters.vault import Passed, SignOnWords, Vault
from api.targets.days import eastern_date

FIND = text("""
    SELECT id, statement, display, words FROM sign_ons WHERE supporter_id = :supporter_id
""")

EXISTING = text("""
    SELECT id, supporter_id, statement, display, words, passed, sequence, review
    FROM sign_ons WHERE person_id = :person_id AND status = 'confirmed' FOR NO KEY UPDATE
""")

SIGN = text("""
    UPDATE sign_ons SET status = 'confirmed', person_id = :person_id, review = :review,
        comment_review = :comment_review, passed = :passed, public_name = :public_name,
        public_place = :public_place, public_affiliation = :public_affiliation,
        public_comment = :public_comment, sort_key = :sort_key, look = :look, sequence = :sequence,
        earlier = :earlier
    WHERE id = :id
""")

REPLACED = text("""
    UPDATE sign_ons SET status = 'discarded', words = NULL, passed = NULL, sequence = NULL,
        review = 'none', comment_review = 'none', review_number = NULL, public_name = NULL,
        public_place = NULL, public_affiliation = NULL, public_comment = NULL, sort_key = NULL,
        look = NULL
    WHERE id = :id
""")

REPEATED = text("""
    UPDATE sign_ons SET status = 'discarded', words = NULL, earlier = :earlier WHERE id = :id
""")


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

    def as_json(self) -> dict[str, str]:
        return {
            "status": str(self.what),
            "signed_on": self.on.isoformat(),
            "review": str(self.review),
        }


@dataclass(frozen=True, slots=True)
class _Said:
    """All that a sign-on says, and what of it an organizer passed."""

    row: Any
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

    The caller holds the person's row, so that two confirmations cannot both sign. It counts at
    once; it is published at once only where nobody has to look at it.
    """
    row = (await session.execute(FIND, {"supporter_id": form.id})).one_or_none()
    if row is None or row.words is None:
        return None
    said = _said(form, row)
    found = await session.execute(EXISTING, {"person_id": person_id})
    existing = found.one_or_none()
    before = None if existing is None else await _before(session, existing, vault)
    if before is not None and said.is_like(before):
        await session.execute(REPEATED, {"id": row.id, "earlier": before.row.id})
        return Signed(Signing.UNCHANGED, signed_on(before.row.id), Review(before.row.review))
    if existing is not None:
        await session.execute(REPLACED, {"id": existing.id})
    passed = before.passed if before else NOTHING_PASSED
    look = said.look(vault, form.campaign)
    refused = await refusals_of(session, person_id, look)
    reviews = reviewing.reviews(said.wanted, refused, passed)
    values = {
        "id": row.id,
        "person_id": person_id,
        "sequence": existing.sequence if existing else None,
        "earlier": existing.id if existing else None,
        "passed": form.seal.seal_passed(passed, row.id) if passed != NOTHING_PASSED else None,
        **public_columns(said.wanted, reviews, look),
    }
    await session.execute(SIGN, values)
    what = Signing.CHANGED if existing else Signing.SIGNED
    return Signed(what, signed_on(row.id), reviews.name)


def signed_on(sign_on_id: UUID) -> date:
    """The day (in Washington) on which the form of a signature was sent."""
    return eastern_date(moment_of(sign_on_id))


async def _before(session: AsyncSession, existing: Any, vault: Vault) -> _Said | None:
    """What a person has signed; None where it cannot be read."""
    if existing.words is None:
        return None
    try:
        form = await load_form(session, existing.supporter_id, vault)
    except TokenGone:
        return None
    passed = form.seal.passed(existing.passed, existing.id) if existing.passed else NOTHING_PASSED
    return _said(form, existing, passed)


def _said(form: StoredForm, row: Any, passed: Passed = NOTHING_PASSED) -> _Said:
    words, who = form.seal.sign_on(row.words, row.id), form.identity
    wanted = appearance(Display(row.display), who, form.address, form.row.country, words)
    return _Said(row, (who.given_name, who.family_name), words, wanted, passed)
