"""What owners can do with their signature: see it, change how they appear, withdraw it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import and_, col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.campaigns.statements import Statement
from api.counts import ledger
from api.database.session import AS_IT_IS, NOT_LOADED
from api.errors import TokenGone
from api.sign_ons import organizations
from api.sign_ons.appearing import Appearance, appearance
from api.sign_ons.entries import UNLISTED, entry_of
from api.sign_ons.models import Display, Organization, OrganizationStatus, Review, SignOn
from api.sign_ons.review import (
    NOTHING_PASSED,
    WIPED,
    Reviewing,
    look_of,
    public_columns,
    refusals_of,
)
from api.sign_ons.statements import find_statement
from api.submissions.stored import StoredForm, load_form
from api.supporters.models import Person, Standing, SupporterStatus
from api.supporters.vault import SignOnWords, Vault

# The states of an organization that its representative can withdraw.
STANDS = (
    OrganizationStatus.CONFIRMED,
    OrganizationStatus.TAKEN,
    OrganizationStatus.APPROVED,
)


_SIGNED = select(SignOn.id).where(
    SignOn.person_id == bindparam("id"), SignOn.status == SupporterStatus.CONFIRMED
)
_SIGNS_FOR = select(Organization).where(Organization.supporter_id == bindparam("id"))
_OWN = col(SignOn.supporter_id) == bindparam("id")
_STANDS = col(SignOn.status).in_([SupporterStatus.CONFIRMED, SupporterStatus.WITHDRAWN])
_CONFIRMED = col(SignOn.status) == SupporterStatus.CONFIRMED
# Without a person (null, which nothing equals) only the form's own.
_PERSONAL = (
    select(SignOn)
    .where(or_(_OWN, and_(SignOn.person_id == bindparam("person_id"), _STANDS)))
    .order_by(_CONFIRMED.desc(), _OWN.desc())
    .limit(1)
)


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


async def has_signed(session: AsyncSession, person_id: UUID) -> bool:
    """Whether this person's name is under the statement, shown or only counted."""
    return (await session.exec(_SIGNED, params={"id": person_id})).first() is not None


async def signature_of(session: AsyncSession, form: StoredForm, vault: Vault) -> Signature | None:
    """What this form signs, or its person signed by another form; None for letters alone."""
    return await _signature(session, form, vault, form.supporter.person_id)


async def signed_by_form(session: AsyncSession, form: StoredForm, vault: Vault) -> Signature | None:
    """What this very form signs; None where another form of its person took its place."""
    return await _signature(session, form, vault, None)


async def _signature(
    session: AsyncSession, form: StoredForm, vault: Vault, person_id: UUID | None
) -> Signature | None:
    signs_for = await _organization_of(session, form)
    if signs_for is not None:
        return await _organization(session, form, signs_for)
    row = await _personal(session, form, person_id)
    if row is None or row.status in {SupporterStatus.DISCARDED, SupporterStatus.EXPIRED}:
        return None
    statement = await find_statement(session, row.statement)
    if row.words is None:
        return Signature(row.id, row.status, statement)
    owner = form
    if row.supporter_id != form.id:
        owner = await load_form(session, row.supporter_id, vault)
    words = owner.seal.sign_on(row.words, row.id)
    shown = _appearance(owner, words, row.display)
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


async def _organization_of(session: AsyncSession, form: StoredForm) -> Organization | None:
    """The organization that this form signs for."""
    values = {"id": form.id}
    found = await session.exec(_SIGNS_FOR, params=values, execution_options=AS_IT_IS)
    return found.one_or_none()


async def _personal(
    session: AsyncSession, form: StoredForm, person_id: UUID | None
) -> SignOn | None:
    """The form's own sign-on, or what its person has signed: the confirmed one first."""
    values = {"id": form.id, "person_id": person_id}
    found = await session.exec(_PERSONAL, params=values, execution_options=AS_IT_IS)
    return found.one_or_none()


def _appearance(form: StoredForm, words: SignOnWords, display: str) -> Appearance:
    return appearance(Display(display), form.identity, form.address, form.supporter.country, words)


async def _organization(session: AsyncSession, form: StoredForm, row: Organization) -> Signature:
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
    person_id = _confirmer(form)
    await _lock(session, person_id)
    row = await _personal(session, form, person_id)
    if row is None or row.status != SupporterStatus.CONFIRMED or row.words is None:
        return False
    if row.display == display:
        return True
    owner = form
    if row.supporter_id != form.id:
        owner = await load_form(session, row.supporter_id, vault)
    wanted = _appearance(owner, owner.seal.sign_on(row.words, row.id), display)
    passed = owner.seal.passed(row.passed, row.id) if row.passed else NOTHING_PASSED
    look = look_of(vault, form.campaign, display, wanted)
    refused = await refusals_of(session, person_id, look)
    columns = public_columns(wanted, reviewing.reviews(wanted, refused, passed), look)
    # A signature that waits (again) gets a new number, after all that an organizer has read.
    stands = col(SignOn.id) == row.id, col(SignOn.status) == SupporterStatus.CONFIRMED
    change = update(SignOn).where(*stands).values(display=display, review_number=None, **columns)
    return bool((await session.exec(change, execution_options=NOT_LOADED)).rowcount)


async def withdraw(session: AsyncSession, form: StoredForm, vault: Vault) -> bool:
    """Withdraw the name from the list and from the count; False if it was withdrawn before.

    A representative withdraws the organization, a person their own name.
    """
    person_id = _confirmer(form)
    standing = await _lock(session, person_id)
    if await _organization_of(session, form) is not None:
        return await _withdraw_organization(session, form, vault)
    stands = col(SignOn.status) == SupporterStatus.CONFIRMED
    signed = update(SignOn).where(col(SignOn.person_id) == person_id, stands)
    withdrawn = signed.values(status=SupporterStatus.WITHDRAWN, **WIPED)
    returning = withdrawn.returning(col(SignOn.campaign))
    campaign = (await session.exec(returning, execution_options=NOT_LOADED)).scalar_one_or_none()
    if campaign is None:
        return False
    await ledger.append(session, campaign, {"persons": -int(standing == Standing.COUNTED)})
    return True


async def _withdraw_organization(session: AsyncSession, form: StoredForm, vault: Vault) -> bool:
    await organizations.lock(session, form.campaign, vault)
    mine = select(Organization.id, Organization.status).where(Organization.supporter_id == form.id)
    before = mine.with_for_update().subquery()
    withdrawn = (
        update(Organization)
        .where(col(Organization.id) == before.c.id, before.c.status.in_(STANDS))
        .values(status=OrganizationStatus.WITHDRAWN, **UNLISTED)
        .returning(col(Organization.campaign), before.c.status)
    )
    found = await session.exec(withdrawn, execution_options=NOT_LOADED)
    row = found.one_or_none()
    if row is None:
        return False
    counted = row.status == OrganizationStatus.APPROVED
    await ledger.append(session, row.campaign, {"organizations": -int(counted)})
    await organizations.settle(session, row.campaign, vault)
    return True


def _confirmer(form: StoredForm) -> UUID:
    """The person who confirmed a form. Raises TokenGone."""
    person_id = form.supporter.person_id
    if person_id is None:
        raise TokenGone("Confirm first: nothing is signed yet.")
    return person_id


async def _lock(session: AsyncSession, person_id: UUID) -> str:
    """Serialize changes of a signature with changes of its person's standing, which it returns."""
    query = select(Person.standing).where(Person.id == person_id)
    return str((await session.exec(query.with_for_update(key_share=True))).one())
