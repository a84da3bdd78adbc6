"""Every signature of a campaign, as an organizer sees it: its states, and what is shown of it.

Nothing sealed is opened for a list: hidden people stay hidden.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.sign_ons.models import Display, Review, SignOn
from api.supporters.models import Person, Standing, Supporter, SupporterStatus

_COLUMNS: tuple[Any, ...] = (
    SignOn.id,
    SignOn.sequence,
    SignOn.status,
    func.coalesce(Person.standing, "").label("standing"),
    SignOn.display,
    SignOn.review,
    SignOn.comment_review,
    col(SignOn.public_name).label("name"),
    col(SignOn.public_place).label("place"),
    col(SignOn.public_affiliation).label("affiliation"),
    col(SignOn.public_comment).label("comment"),
    Supporter.state,
    Supporter.country,
    Supporter.language,
    Supporter.partner,
)


@dataclass(frozen=True, slots=True)
class Filter:
    """What is None filters nothing."""

    status: SupporterStatus | None = None
    standing: Standing | None = None
    display: Display | None = None
    review: Review | None = None
    state: str | None = None
    partner: str | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """``review`` is of the name or of the comment."""
        if self.status is not None:
            yield col(SignOn.status) == self.status
        if self.standing is not None:
            yield col(Person.standing) == self.standing
        if self.display is not None:
            yield col(SignOn.display) == self.display
        if self.review is not None:
            reviews = col(SignOn.review), col(SignOn.comment_review)
            yield or_(*(each == self.review for each in reviews))
        if self.state is not None:
            yield col(Supporter.state) == self.state
        if self.partner is not None:
            yield col(Supporter.partner) == self.partner


@dataclass(frozen=True, slots=True)
class Signature:
    """``standing`` is blank before the confirmation; ``name`` and what follows as it is shown."""

    id: UUID
    sequence: int | None
    status: str
    standing: str
    display: str
    review: str
    comment_review: str
    name: str | None
    place: str | None
    affiliation: str | None
    comment: str | None
    state: str | None
    country: str
    language: str
    partner: str | None


async def signatures(
    session: AsyncSession, campaign: str, wanted: Filter, after: UUID | None, limit: int
) -> list[Signature]:
    """Those that pass the filter, from behind ``after`` on, by id."""
    query = (
        select(*_COLUMNS)
        .select_from(SignOn)
        .join(Supporter, col(Supporter.id) == SignOn.supporter_id)
        .join(Person, col(Person.id) == SignOn.person_id, isouter=True)
        .where(SignOn.campaign == campaign, *wanted.conditions())
    )
    if after is not None:
        query = query.where(col(SignOn.id) > after)
    rows = (await session.exec(query.order_by(col(SignOn.id)).limit(limit))).mappings()
    return [Signature(**row) for row in rows]
