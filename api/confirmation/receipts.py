"""The results of a confirmed form, for its receipt and its person's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Text, bindparam, true
from sqlalchemy.orm import aliased
from sqlmodel import and_, cast, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.confirmation.earlier import Earlier
from api.confirmation.people import people_at
from api.database.session import AS_IT_IS
from api.deliveries.models import Delivery, DeliveryStatus
from api.deliveries.transitions import REPLACED
from api.letters.models import Letter, StoredText
from api.security.identifiers import moment_of
from api.sign_ons.confirming import Signing, signed_on
from api.sign_ons.models import SignOn
from api.submissions.models import Submission
from api.submissions.stored import wanted_letters
from api.supporters.models import Person, Supporter, SupporterStatus
from api.targets.days import eastern_date


@dataclass(frozen=True, slots=True)
class Outcome:
    """``made`` and ``replaced`` are numbers of letters, ``elsewhere`` of those that were not taken
    since their person had written from another district. ``signature`` is a ``Signing``, or empty
    where nothing was to be signed."""

    made: int
    replaced: int
    kept: Sequence[Earlier]
    elsewhere: int
    signature: str
    signed_on: date | None

    def facts(self) -> dict[str, Any]:
        """The facts that a mail needs."""
        names = ("replaced", "kept", "elsewhere", "signature", "signed_on")
        return {name: getattr(self, name) for name in names}


async def outcome_of(session: AsyncSession, supporter_id: UUID) -> Outcome:
    """The results of a form that was confirmed."""
    kept = await kept_for(session, supporter_id)
    row = (await session.exec(_NUMBERS, params={"id": supporter_id})).one()
    # A form that changed nothing has no person.
    values = {"id": supporter_id}
    found = await session.exec(_SIGNED, params=values, execution_options=AS_IT_IS)
    signature, day = _signature(found.one_or_none())
    elsewhere = max(row.wanted - row.made - len(kept), 0)
    return Outcome(row.made, row.replaced, kept, elsewhere, signature, day)


def _numbers() -> Any:
    """How many letters a form wanted, made, and made in place of earlier ones. A letter was
    replaced by this form if it was cancelled in the transaction that made this form's: both have
    its time."""
    other, new = aliased(Letter), aliased(Delivery)
    same_time = select(new.id).where(new.letter_id == Letter.id, new.opened_at == Delivery.due_at)
    replaced = (
        select(other.id)
        .join(Delivery, col(Delivery.letter_id) == other.id)
        .where(
            other.person_id == Letter.person_id,
            other.seat == Letter.seat,
            other.submission_id != Submission.id,
            Delivery.reason == REPLACED,
            Delivery.status == DeliveryStatus.CANCELLED,
            same_time.exists(),
        )
    )
    made = func.count(col(Letter.id))
    columns: tuple[Any, ...] = (
        func.jsonb_array_length(Submission.letters).label("wanted"),
        made.label("made"),
        made.filter(replaced.exists()).label("replaced"),
    )
    forms = select(*columns).select_from(Submission).join(Letter, isouter=True)
    of_form = Submission.supporter_id == bindparam("id")
    return forms.where(of_form).group_by(col(Submission.id))


_NUMBERS = _numbers()
_SIGNED = select(SignOn).where(SignOn.supporter_id == bindparam("id"))


def _kept() -> Any:
    """The letters of before, in place of which those of a form were not sent."""
    wanted = wanted_letters()
    own = aliased(Letter)
    made = select(own.id).where(own.submission_id == Submission.id, own.seat == wanted.c.seat)
    columns: tuple[Any, ...] = (
        *(Letter.id, Letter.seat, StoredText.name),
        func.min(cast(Delivery.id, Text)).label("first"),
    )
    return (
        select(*columns)
        .select_from(Submission)
        .join(Supporter, col(Supporter.id) == Submission.supporter_id)
        .join(wanted, true())
        .join(Letter, and_(Letter.person_id == Supporter.person_id, Letter.seat == wanted.c.seat))
        .join(StoredText, col(StoredText.digest) == Letter.text)
        .join(Delivery, col(Delivery.letter_id) == Letter.id)
        .where(
            Submission.supporter_id == bindparam("id"),
            Letter.submission_id != Submission.id,
            Letter.status != DeliveryStatus.CANCELLED,
            ~made.exists(),
        )
        .group_by(col(Letter.id), col(StoredText.name))
        .order_by(col(Letter.seat))
    )


_KEPT = _kept()


async def kept_for(session: AsyncSession, supporter_id: UUID) -> list[Earlier]:
    """The earlier letters that were kept, so that this form's were not sent."""
    rows: Sequence[Any] = (await session.exec(_KEPT, params={"id": supporter_id})).all()
    days = {row.id: eastern_date(moment_of(UUID(row.first))) for row in rows}
    return [Earlier(row.id, row.seat, row.name, days[row.id], unsent=False) for row in rows]


async def which_person(session: AsyncSession, campaign: str, person_id: UUID) -> dict[str, Any]:
    """The day of a person's first confirmation, and which of two people of that day they are."""
    # Not the form's hash: it may be of an earlier canonical form than the person's.
    query = select(Person.email_hash).where(Person.id == person_id)
    email_hash = (await session.exec(query)).one_or_none()
    people = await people_at(session, campaign, email_hash) if email_hash else []
    since = eastern_date(moment_of(person_id))
    alike = [person.id for person in people if person.since == since]
    which = alike.index(person_id) + 1 if len(alike) > 1 and person_id in alike else 0
    return {"confirmed_on": since, "which": which}


def _signature(row: SignOn | None) -> tuple[str, date | None]:
    """What the form did to its person's signature, and since which day that holds; nothing if the
    signature was changed or withdrawn since."""
    if row is None:
        return "", None
    if row.status == SupporterStatus.CONFIRMED:
        return (Signing.CHANGED if row.earlier else Signing.SIGNED), signed_on(row.id)
    if row.person_id is None and row.earlier is not None:
        return Signing.UNCHANGED, signed_on(row.earlier)
    return "", None
