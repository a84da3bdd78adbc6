"""What owners can do with their signature: see it, change how they appear, withdraw it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.statements import Statement
from api.counts import ledger
from api.database.session import changed_rows
from api.errors import TokenGone
from api.sign_ons import organizations
from api.sign_ons.appearing import Appearance, appearance
from api.sign_ons.entries import UNLISTED, entry_of
from api.sign_ons.models import Display, OrganizationStatus, Review
from api.sign_ons.review import (
    NOTHING_PASSED,
    Reviewing,
    look_of,
    public_columns,
    refusals_of,
)
from api.sign_ons.statements import find_statement
from api.submissions.stored import StoredForm, load_form
from api.supporters.models import Standing, SupporterStatus
from api.supporters.vault import Vault

PERSONAL = text("""
    SELECT id, supporter_id, person_id, statement, display, words, passed, status, review,
        comment_review
    FROM sign_ons
    WHERE supporter_id = :supporter_id
        OR (person_id = CAST(:person_id AS uuid) AND status IN ('confirmed', 'withdrawn'))
    ORDER BY status = 'confirmed' DESC, supporter_id = :supporter_id DESC LIMIT 1
""")

FOR_OTHERS = text("""
    SELECT id, supporter_id, statement, name, website, entry, representative, status
    FROM organizations WHERE supporter_id = :supporter_id
""")

# Serializes changes of a signature with changes of its person's standing.
LOCK_PERSON = text("SELECT standing FROM persons WHERE id = :id FOR NO KEY UPDATE")

# A signature that waits (again) gets a new number, after all that an organizer has read.
CHANGE = text("""
    UPDATE sign_ons SET display = :display, review = :review, comment_review = :comment_review,
        review_number = NULL, public_name = :public_name, public_place = :public_place,
        public_affiliation = :public_affiliation, public_comment = :public_comment,
        sort_key = :sort_key, look = :look
    WHERE id = :id AND status = 'confirmed'
""")

WITHDRAW = text("""
    UPDATE sign_ons SET status = 'withdrawn', words = NULL, passed = NULL, public_name = NULL,
        public_place = NULL, public_affiliation = NULL, public_comment = NULL, sort_key = NULL,
        look = NULL
    WHERE person_id = :person_id AND status = 'confirmed' RETURNING campaign
""")

WITHDRAW_ORGANIZATION = text(f"""
    UPDATE organizations o SET status = 'withdrawn', {UNLISTED}
    FROM (SELECT id, status FROM organizations WHERE supporter_id = :supporter_id FOR UPDATE) AS old
    WHERE o.id = old.id AND old.status IN ('confirmed', 'taken', 'approved')
    RETURNING o.campaign, old.status
""")  # noqa: S608 (our own text)


@dataclass(frozen=True, slots=True)
class Signature:
    """``shown`` is how somebody chose to appear, None for who is only counted; ``review`` says
    whether it is (of a name, and of a comment). An organization has its name."""

    id: UUID
    status: str
    statement: Statement
    display: str = Display.HIDDEN
    review: str = Review.NONE
    comment_review: str = Review.NONE
    shown: str | None = None
    place: str | None = None
    affiliation: str | None = None
    comment: str | None = None
    organization: str | None = None
    website: str | None = None
    role: str | None = None


HAS_SIGNED = text("""
    SELECT EXISTS (SELECT FROM sign_ons WHERE person_id = :person_id AND status = 'confirmed')
""")


async def has_signed(session: AsyncSession, person_id: UUID) -> bool:
    """Whether this person's name is under the statement, shown or only counted."""
    return bool(await session.scalar(HAS_SIGNED, {"person_id": person_id}))


async def signature_of(session: AsyncSession, form: StoredForm, vault: Vault) -> Signature | None:
    """What this form signs, or its person signed by another form; None for letters alone."""
    return await _signature(session, form, vault, form.row.person_id)


async def signed_by_form(session: AsyncSession, form: StoredForm, vault: Vault) -> Signature | None:
    """What this very form signs; None where another form of its person took its place."""
    return await _signature(session, form, vault, None)


async def _signature(
    session: AsyncSession, form: StoredForm, vault: Vault, person_id: UUID | None
) -> Signature | None:
    keys = {"supporter_id": form.id, "person_id": person_id}
    row = (await session.execute(FOR_OTHERS, keys)).one_or_none()
    if row is not None:
        return await _organization(session, form, row)
    row = (await session.execute(PERSONAL, keys)).one_or_none()
    if row is None or row.status in {SupporterStatus.DISCARDED, SupporterStatus.EXPIRED}:
        return None
    statement = await find_statement(session, row.statement)
    if row.words is None:
        return Signature(row.id, row.status, statement)
    owner = form
    if row.supporter_id != form.id:
        owner = await load_form(session, row.supporter_id, vault)
    shown, words = _appearance(owner, row, row.display), owner.seal.sign_on(row.words, row.id)
    return Signature(
        id=row.id,
        status=row.status,
        statement=statement,
        display=row.display,
        review=row.review,
        comment_review=row.comment_review,
        shown=shown.name,
        place=shown.place,
        affiliation=words.affiliation,
        comment=words.comment,
    )


def _appearance(form: StoredForm, row: Any, display: str) -> Appearance:
    words = form.seal.sign_on(row.words, row.id)
    return appearance(Display(display), form.identity, form.address, form.row.country, words)


async def _organization(session: AsyncSession, form: StoredForm, row: Any) -> Signature:
    role, entry = None, entry_of(row, form.seal)
    if row.representative is not None:
        role = form.seal.representative(row.representative, row.id).role
    return Signature(
        id=row.id,
        status=row.status,
        statement=await find_statement(session, row.statement),
        organization=entry.name if entry else None,
        website=entry.website if entry else None,
        role=role,
    )


async def change_display(
    session: AsyncSession,
    form: StoredForm,
    display: Display,
    vault: Vault,
    reviewing: Reviewing,
) -> bool:
    """Appear otherwise from now on; False when there is nothing signed (any more).

    Other words than those that an organizer passed wait for one again; the same ones do not.
    """
    await _lock(session, form)
    keys = {"supporter_id": form.id, "person_id": form.row.person_id}
    row = (await session.execute(PERSONAL, keys)).one_or_none()
    if row is None or row.status != SupporterStatus.CONFIRMED or row.words is None:
        return False
    if row.display == display:
        return True
    owner = form
    if row.supporter_id != form.id:
        owner = await load_form(session, row.supporter_id, vault)
    wanted = _appearance(owner, row, display)
    passed = owner.seal.passed(row.passed, row.id) if row.passed else NOTHING_PASSED
    look = look_of(vault, form.campaign, display, wanted)
    refused = await refusals_of(session, row.person_id, look)
    columns = public_columns(wanted, reviewing.reviews(wanted, refused, passed), look)
    values = {**columns, "id": row.id, "display": display}
    return bool(changed_rows(await session.execute(CHANGE, values)))


async def withdraw(session: AsyncSession, form: StoredForm, vault: Vault) -> bool:
    """Withdraw the name from the list and from the count; False if it was withdrawn before.

    A representative withdraws the organization, a person their own name.
    """
    standing = await _lock(session, form)
    keys = {"supporter_id": form.id, "person_id": form.row.person_id}
    if (await session.execute(FOR_OTHERS, keys)).first() is not None:
        return await _withdraw_organization(session, form, vault)
    row = (await session.execute(WITHDRAW, keys)).one_or_none()
    if row is None:
        return False
    await ledger.append(session, row.campaign, {"persons": -int(standing == Standing.COUNTED)})
    return True


async def _withdraw_organization(session: AsyncSession, form: StoredForm, vault: Vault) -> bool:
    await organizations.lock(session, form.campaign, vault)
    found = await session.execute(WITHDRAW_ORGANIZATION, {"supporter_id": form.id})
    row = found.one_or_none()
    if row is None:
        return False
    counted = row.status == OrganizationStatus.APPROVED
    await ledger.append(session, row.campaign, {"organizations": -int(counted)})
    await organizations.settle(session, row.campaign, vault)
    return True


async def _lock(session: AsyncSession, form: StoredForm) -> str:
    if form.row.person_id is None:
        raise TokenGone("Confirm first: nothing is signed yet.")
    return str(await session.scalar(LOCK_PERSON, {"id": form.row.person_id}))
