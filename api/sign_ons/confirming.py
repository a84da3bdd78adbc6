"""What a confirmed form signs: a person's name, once a person and campaign."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

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
from api.submissions.stored import StoredForm
from api.supporters.vault import Address, Identity, SignOnWords

FIND = text("SELECT id, display, words FROM sign_ons WHERE supporter_id = :supporter_id")

SIGN = text("""
    UPDATE sign_ons SET status = 'confirmed', person_id = :person_id, review = :review,
        comment_review = :comment_review, public_name = :public_name,
        public_place = :public_place, public_affiliation = :public_affiliation,
        public_comment = :public_comment, sort_key = :sort_key
    WHERE id = :id AND NOT EXISTS (
        SELECT FROM sign_ons o WHERE o.person_id = :person_id AND o.status = 'confirmed')
""")

REPEATED = text("UPDATE sign_ons SET status = 'discarded', words = NULL WHERE id = :id")

HIDDEN: dict[str, Any] = {
    "review": Review.NONE,
    "comment_review": Review.NONE,
    "public_name": None,
    "public_place": None,
    "public_affiliation": None,
    "public_comment": None,
    "sort_key": None,
}


async def confirm_sign_on(
    connection: AsyncConnection, form: StoredForm, person_id: UUID
) -> bool | None:
    """Make the form's sign-on real; False when this person has signed before, None without one.

    The caller holds the person's row, so that two confirmations cannot both sign.
    """
    row = (await connection.execute(FIND, {"supporter_id": form.id})).one_or_none()
    if row is None or row.words is None:
        return None
    words = form.seal.sign_on(row.words, row.id)
    shown = appearance(Display(row.display), form.identity, form.address, form.row.country, words)
    made = await connection.execute(SIGN, {"id": row.id, "person_id": person_id, **shown})
    if not made.rowcount:
        await connection.execute(REPEATED, {"id": row.id})
    return bool(made.rowcount)


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
