"""What a confirmed form signs: a person's name, once a person and campaign.

Whoever signed before and signs again changes their signature: it keeps its place in the list,
and what a moderator refused of it stays refused. Where nothing differs, nothing is done.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.errors import TokenGone
from api.security.identifiers import moment_of
from api.sign_ons.countries import country_name
from api.sign_ons.models import Display, Review
from api.sign_ons.names import (
    full_name,
    initials,
    initials_key,
    person_key,
    plainly_a_name,
    plainly_an_affiliation,
)
from api.submissions.stored import StoredForm, load_form
from api.supporters.vault import Address, Identity, SignOnWords, Vault
from api.targets.days import eastern_date

FIND = text("""
    SELECT id, statement, display, words FROM sign_ons WHERE supporter_id = :supporter_id
""")

STANDING = text("""
    SELECT id, supporter_id, statement, display, words, sequence, review, comment_review,
        public_name, public_place, public_affiliation, public_comment
    FROM sign_ons WHERE person_id = :person_id AND status = 'confirmed' FOR NO KEY UPDATE
""")

SIGN = text("""
    UPDATE sign_ons SET status = 'confirmed', person_id = :person_id, review = :review,
        comment_review = :comment_review, public_name = :public_name,
        public_place = :public_place, public_affiliation = :public_affiliation,
        public_comment = :public_comment, sort_key = :sort_key, sequence = :sequence
    WHERE id = :id
""")

REPLACED = text("""
    UPDATE sign_ons SET status = 'discarded', words = NULL, sequence = NULL, review = 'none',
        comment_review = 'none', public_name = NULL, public_place = NULL,
        public_affiliation = NULL, public_comment = NULL, sort_key = NULL
    WHERE id = :id
""")

REPEATED = text("UPDATE sign_ons SET status = 'discarded', words = NULL WHERE id = :id")

NAMED = ("public_name", "public_place", "public_affiliation")
PUBLIC = (*NAMED, "public_comment")

HIDDEN: dict[str, Any] = {
    "review": Review.NONE,
    "comment_review": Review.NONE,
    "public_name": None,
    "public_place": None,
    "public_affiliation": None,
    "public_comment": None,
    "sort_key": None,
}


class Signing(StrEnum):
    """What a confirmed form did to its person's signature."""

    SIGNED = "signed"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Signed:
    """``on`` is the day on which the form was sent that the signature stands by now."""

    what: Signing
    on: date

    def as_json(self) -> dict[str, str]:
        return {"status": str(self.what), "signed_on": self.on.isoformat()}


async def confirm_sign_on(
    connection: AsyncConnection, form: StoredForm, person_id: UUID, vault: Vault
) -> Signed | None:
    """Make the form's sign-on real, or the person's signature what it says; None without one.

    The caller holds the person's row, so that two confirmations cannot both sign.
    """
    row = (await connection.execute(FIND, {"supporter_id": form.id})).one_or_none()
    if row is None or row.words is None:
        return None
    words = form.seal.sign_on(row.words, row.id)
    shown = appearance(Display(row.display), form.identity, form.address, form.row.country, words)
    values = {"id": row.id, "person_id": person_id, "sequence": None, **shown}
    found = await connection.execute(STANDING, {"person_id": person_id})
    standing = found.one_or_none()
    if standing is None:
        await connection.execute(SIGN, values)
        return Signed(Signing.SIGNED, signed_on(row.id))
    if await _is_alike(connection, form, row, shown, standing, vault):
        await connection.execute(REPEATED, {"id": row.id})
        return Signed(Signing.UNCHANGED, signed_on(standing.id))
    await connection.execute(REPLACED, {"id": standing.id})
    await connection.execute(SIGN, {**values, **_carried(standing, shown)})
    return Signed(Signing.CHANGED, signed_on(row.id))


def signed_on(sign_on_id: UUID) -> date:
    """The day (in Washington) on which the form of a signature was sent."""
    return eastern_date(moment_of(sign_on_id))


async def _is_alike(  # noqa: PLR0913 (two signatures, side by side)
    connection: AsyncConnection,
    form: StoredForm,
    row: Any,
    shown: dict[str, Any],
    standing: Any,
    vault: Vault,
) -> bool:
    """Whether a form says what its person has signed anyway; one that cannot be read does not."""
    if (row.statement, row.display) != (standing.statement, standing.display):
        return False
    if standing.words is None or not _same(shown, standing, PUBLIC):
        return False
    try:
        before = await load_form(connection, standing.supporter_id, vault)
    except TokenGone:
        return False
    names = [(each.given_name, each.family_name) for each in (form.identity, before.identity)]
    words = form.seal.sign_on(row.words, row.id)
    return names[0] == names[1] and words == before.seal.sign_on(standing.words, standing.id)


def _carried(standing: Any, shown: dict[str, Any]) -> dict[str, Any]:
    """What stays of a signature that is changed: its place in the list, and what a moderator
    decided, as far as the same is shown or it was a refusal."""
    kept: dict[str, Any] = {"sequence": standing.sequence}
    if standing.review == Review.REFUSED or (
        shown["review"] == Review.QUEUED
        and standing.review == Review.PASSED
        and _same(shown, standing, NAMED)
    ):
        kept["review"] = standing.review
    if standing.comment_review == Review.REFUSED or (
        shown["comment_review"] == Review.QUEUED and _same(shown, standing, ("public_comment",))
    ):
        kept["comment_review"] = standing.comment_review
    return kept


def _same(shown: dict[str, Any], standing: Any, columns: tuple[str, ...]) -> bool:
    return all(shown[name] == getattr(standing, name) for name in columns)


def appearance(
    display: Display, identity: Identity, address: Address, country: str, words: SignOnWords
) -> dict[str, Any]:
    """The public columns of a sign-on as its owner chose to appear, and what is to be reviewed."""
    given, family = identity.given_name, identity.family_name
    if display is Display.HIDDEN:
        return HIDDEN
    if display is Display.INITIALS:
        shown = initials(given, family)
        values = {"public_name": shown, "sort_key": initials_key(shown), "review": Review.PASSED}
        return {**HIDDEN, **values, "public_place": address.state or _abroad(country)}
    name = full_name(given, family)
    plain = plainly_a_name(name) and plainly_an_affiliation(words.affiliation or "x")
    plain = plain and (address.city is None or plainly_a_name(address.city))
    return {
        "review": Review.PASSED if plain else Review.QUEUED,
        "comment_review": Review.QUEUED if words.comment else Review.NONE,
        "public_name": name,
        "public_place": place(address, country),
        "public_affiliation": words.affiliation,
        "public_comment": words.comment,
        "sort_key": person_key(given, family),
    }


def place(address: Address, country: str) -> str | None:
    """Such as "Glendale, CA"; outside the United States the country in English."""
    parts = (address.city, address.state or _abroad(country))
    return ", ".join(part for part in parts if part) or None


def _abroad(country: str) -> str | None:
    return None if country == "US" else country_name(country)
