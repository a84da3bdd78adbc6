"""A campaign in numbers, for those who run it."""

from fastapi import Depends
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.letters.models import Letter
from api.organizers.access import make_router, organizer
from api.organizers.tokens import Scope
from api.public.dependencies import ServicesDep, SessionDep
from api.sign_ons.models import IN_REVIEW, Organization, OrganizationStatus, SignOn
from api.supporters.models import Person, Standing, Supporter, SupporterStatus

router = make_router()


class UndecidedAnswer(BaseModel):
    names_and_comments: int
    organizations: int


class StatsAnswer(BaseModel):
    forms: dict[str, int] = Field(description="Accepted forms by status.")
    persons: dict[str, int] = Field(description="People by standing.")
    letters: dict[str, int] = Field(description="Letters by status.")
    waiting: UndecidedAnswer = Field(description="What an organizer has to decide.")


@router.get("/campaigns/{slug}/stats", dependencies=[Depends(organizer(Scope.STATS))])
async def read_stats(slug: str, services: ServicesDep, session: SessionDep) -> StatsAnswer:
    """Count a campaign's forms, people and letters by state."""
    services.published.catalog.get(slug)
    forms = await _count_by(session, Supporter.status, Supporter.campaign == slug)
    people = await _count_by(session, Person.standing, Person.campaign == slug)
    letters = await _count_by(
        session, Letter.status, Letter.person_id == Person.id, Person.campaign == slug
    )
    return StatsAnswer(
        forms=dict.fromkeys(SupporterStatus, 0) | forms,
        persons=dict.fromkeys(Standing, 0) | people,
        letters=letters,
        waiting=await _waiting(session, slug),
    )


async def _count_by(
    session: AsyncSession, state: str, *where: ColumnElement[bool] | bool
) -> dict[str, int]:
    rows = await session.exec(select(state, func.count()).where(*where).group_by(state))
    return dict(rows.all())


async def _waiting(session: AsyncSession, slug: str) -> UndecidedAnswer:
    names = (
        select(func.count())
        .select_from(SignOn)
        .where(
            SignOn.campaign == slug,
            IN_REVIEW,
        )
    )
    entries = (
        select(func.count())
        .select_from(Organization)
        .where(Organization.campaign == slug, Organization.status == OrganizationStatus.CONFIRMED)
    )
    found = select(names.scalar_subquery(), entries.scalar_subquery())
    names_and_comments, organizations = (await session.exec(found)).one()
    return UndecidedAnswer(names_and_comments=names_and_comments, organizations=organizations)
