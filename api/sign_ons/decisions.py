"""What moderators read and decide on, in the database: signatures, and what was refused to whom."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, bindparam, column
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import col, delete, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from api.database.columns import joined
from api.database.session import AS_IT_IS, NOT_LOADED
from api.sign_ons.models import Refusal, SignOn
from api.sign_ons.review import beside
from api.supporters.models import Person, Supporter, SupporterStatus

_OTHER = aliased(Person)
_REFUSED_ADDRESS = (
    select(Person.id)
    .join(_OTHER, beside(Person, _OTHER))
    .join(Refusal, col(Refusal.person_id) == _OTHER.id)
    .where(Person.id == SignOn.person_id)
    .exists()
)
# A signature with what opens it, and whether something was refused to another person at the
# mailbox.
SEALED = select(SignOn, _REFUSED_ADDRESS.label("refused_address")).options(
    joined(
        SignOn.supporter,
        *(Supporter.id, Supporter.data_key, Supporter.identity, Supporter.address),
        *(Supporter.country, Supporter.state),
    )
)
# The columns that a decision changes.
_DECIDED: Final = (
    *("id", "review", "comment_review", "passed", "public_name", "public_place"),
    *("public_affiliation", "public_comment", "sort_key", "look"),
)


async def lock_people(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Serialize decisions with changes, withdrawals and erasures of a signature, so that a
    decision is about the text that is there."""
    query = (
        select(Person.id)
        .join(SignOn, col(SignOn.person_id) == Person.id)
        .where(col(SignOn.id).in_(ids), SignOn.status == SupporterStatus.CONFIRMED)
        .order_by(col(Person.id))
    )
    await session.exec(query.with_for_update(key_share=True, of=Person))


async def confirmed(
    session: AsyncSession, ids: Sequence[UUID], campaign: str | None, up_to: int | None
) -> Sequence[tuple[SignOn, bool]]:
    """These signatures as they are now, whatever was read of them before."""
    query = SEALED.where(
        col(SignOn.id).in_(ids), SignOn.status == SupporterStatus.CONFIRMED
    ).order_by(col(SignOn.id))
    if campaign is not None:
        query = query.where(SignOn.campaign == campaign)
    if up_to is not None:
        query = query.where(col(SignOn.review_number) <= up_to)
    return (await session.exec(query, execution_options=AS_IT_IS)).all()


async def store(session: AsyncSession, decided: Sequence[Mapping[str, Any]]) -> None:
    """Store what was decided, in one statement whatever their number."""
    columns = [getattr(SignOn, name) for name in _DECIDED]
    arrays = [bindparam(f"{each.key}s", type_=ARRAY(each.type)) for each in columns]
    names = [column(each.key, each.type) for each in columns]
    rows = func.unnest(*arrays).table_valued(*names, name="decided").render_derived()
    change = update(SignOn).where(col(SignOn.id) == rows.c.id)
    values = {name: rows.c[name] for name in _DECIDED if name != "id"}
    await session.exec(
        change.values(values),
        params={f"{name}s": [each[name] for each in decided] for name in _DECIDED},
        execution_options=NOT_LOADED,
    )


async def refuse(
    session: AsyncSession, people: Sequence[UUID | None], what: str, looks: Sequence[bytes | None]
) -> None:
    """Note what was refused to these people, with how it looks."""
    rows = [
        {"person_id": person_id, "what": what, "look": look}
        for person_id, look in zip(people, looks, strict=True)
    ]
    refuse = insert(Refusal).values(rows)
    look = func.coalesce(refuse.excluded.look, Refusal.look)
    key = ["person_id", "what"]
    await session.exec(refuse.on_conflict_do_update(index_elements=key, set_={"look": look}))


async def forgive(session: AsyncSession, people: Sequence[UUID | None], what: str) -> None:
    """Lift these refusals."""
    theirs = col(Refusal.person_id).in_(people), col(Refusal.what) == what
    await session.exec(delete(Refusal).where(*theirs))
