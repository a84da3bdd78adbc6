"""A campaign in numbers, for those who run it."""

from fastapi import Depends
from pydantic import BaseModel, Field
from sqlalchemy import text

from api.organizers.access import make_router, organizer
from api.organizers.tokens import Scope
from api.public.dependencies import ServicesDep, SessionDep
from api.supporters.models import Standing, SupporterStatus

router = make_router()

FORMS = text("SELECT status, count(*) FROM supporters WHERE campaign = :campaign GROUP BY status")
PERSONS = text(
    "SELECT standing, count(*) FROM persons WHERE campaign = :campaign GROUP BY standing"
)
LETTERS = text("""
    SELECT l.status, count(*) FROM letters l JOIN persons p ON p.id = l.person_id
    WHERE p.campaign = :campaign GROUP BY l.status
""")
WAITING = text("""
    SELECT
        (SELECT count(*) FROM sign_ons WHERE campaign = :campaign AND status = 'confirmed'
            AND (review = 'queued' OR comment_review = 'queued')) AS names_and_comments,
        (SELECT count(*) FROM organizations
            WHERE campaign = :campaign AND status = 'confirmed') AS organizations
""")


class WaitingAnswer(BaseModel):
    names_and_comments: int
    organizations: int


class StatsAnswer(BaseModel):
    forms: dict[str, int] = Field(description="Accepted forms by status.")
    persons: dict[str, int] = Field(description="People by standing.")
    letters: dict[str, int] = Field(description="Letters by status.")
    waiting: WaitingAnswer = Field(description="What an organizer has to decide.")


@router.get("/campaigns/{slug}/stats", dependencies=[Depends(organizer(Scope.STATS))])
async def read_stats(slug: str, services: ServicesDep, session: SessionDep) -> StatsAnswer:
    """Count a campaign's forms, people and letters by state."""
    services.published.catalog.get(slug)
    found: list[dict[str, int]] = []
    for query in (FORMS, PERSONS, LETTERS):
        rows = await session.execute(query, {"campaign": slug})
        found.append({row[0]: row[1] for row in rows})
    waiting = (await session.execute(WAITING, {"campaign": slug})).one()
    forms = dict.fromkeys(SupporterStatus, 0) | found[0]
    persons = dict.fromkeys(Standing, 0) | found[1]
    return StatsAnswer(
        forms=forms,
        persons=persons,
        letters=found[2],
        waiting=WaitingAnswer(
            names_and_comments=waiting.names_and_comments, organizations=waiting.organizations
        ),
    )
