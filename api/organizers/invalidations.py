"""Bulk invalidation: preview a filter, run it, see how far it is, cancel it, undo it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, Field

from api.errors import NumberChanged
from api.organizers.access import Organizer, make_router, organizer
from api.organizers.paging import Page
from api.organizers.tokens import Scope
from api.problems import problems
from api.public.bodies import body_of, documented
from api.public.dependencies import ServicesDep, SessionDep
from api.sign_ons import invalidation
from api.sign_ons.invalidation import AlreadyEnded, Criteria, Invalidation
from api.submissions.forms import TIDY, Given, Maybe, Model, Slug, State, example
from api.supporters.models import Standing

router = make_router()

MayRead = [Depends(organizer(Scope.INVALIDATION))]
Writer = Annotated[Organizer, Depends(organizer(Scope.INVALIDATION))]


class CriteriaForm(Model):
    """Whom: all that is given must hold of one confirmed form; ``until`` is excluded."""

    model_config = example(domain="example.org", since="2026-03-01T00:00:00Z")

    domain: Maybe[Annotated[str, Field(max_length=255), TIDY]] = None
    client: Maybe[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$"), TIDY]] = None
    state: Maybe[State] = None
    partner: Maybe[Slug] = None
    since: Annotated[datetime | None, Field(strict=False)] = None
    until: Annotated[datetime | None, Field(strict=False)] = None
    standing: Given[Literal["counted", "suspect"]] = "counted"

    def criteria(self, slug: str) -> Criteria:
        values = self.model_dump(exclude={"standing", "expected"})
        return Criteria(slug, **values, standing=Standing(self.standing))


class InvalidationForm(CriteriaForm):
    """``expected`` is the number that the preview told."""

    model_config = example(domain="example.org", expected=12)

    expected: int = Field(ge=0)


CriteriaBody = Annotated[CriteriaForm, Depends(body_of(CriteriaForm))]
InvalidationBody = Annotated[InvalidationForm, Depends(body_of(InvalidationForm))]


class PreviewedAnswer(BaseModel):
    people: int


@router.post(
    "/campaigns/{slug}/invalidations/preview",
    dependencies=MayRead,
    openapi_extra=documented(CriteriaForm),
    name="preview_invalidation",
)
async def preview(
    slug: str, form: CriteriaBody, services: ServicesDep, session: SessionDep
) -> PreviewedAnswer:
    """Count the people who match the filter; nothing is changed."""
    services.published.catalog.get(slug)
    people = await invalidation.preview(session, services.keys, form.criteria(slug))
    return PreviewedAnswer(people=people)


@router.post(
    "/campaigns/{slug}/invalidations",
    status_code=202,
    responses=problems(NumberChanged),
    openapi_extra=documented(InvalidationForm),
    name="begin_invalidation",
)
async def begin(
    who: Writer,
    slug: str,
    form: InvalidationBody,
    services: ServicesDep,
    session: SessionDep,
) -> Invalidation:
    """Begin to take them from the counts; a worker continues, batch by batch."""
    services.published.catalog.get(slug)
    made = await invalidation.begin(
        session,
        services.keys,
        form.criteria(slug),
        expected=form.expected,
        actor=who.actor,
    )
    return await invalidation.find(session, made)


@router.get("/campaigns/{slug}/invalidations", dependencies=MayRead)
async def list_invalidations(
    slug: str, services: ServicesDep, session: SessionDep
) -> Page[Invalidation]:
    """List a campaign's newest 200 invalidations."""
    services.published.catalog.get(slug)
    return Page(items=await invalidation.find_all(session, slug))


@router.get("/invalidations/{invalidation_id}", dependencies=MayRead)
async def read_invalidation(invalidation_id: UUID, session: SessionDep) -> Invalidation:
    """Show an invalidation's progress: ``taken`` of ``people``."""
    return await invalidation.find(session, invalidation_id)


@router.post(
    "/invalidations/{invalidation_id}/cancel",
    responses=problems(AlreadyEnded),
    name="cancel_invalidation",
)
async def cancel(who: Writer, invalidation_id: UUID, session: SessionDep) -> Invalidation:
    """Stop an invalidation half way; people already taken stay so until an undo."""
    await invalidation.cancel(session, invalidation_id, actor=who.actor)
    return await invalidation.find(session, invalidation_id)


@router.post(
    "/invalidations/{invalidation_id}/undo",
    responses=problems(AlreadyEnded),
    name="undo_invalidation",
)
async def undo(who: Writer, invalidation_id: UUID, session: SessionDep) -> Invalidation:
    """Undo an invalidation: restore exactly the people that it took, with their standing."""
    await invalidation.undo(session, invalidation_id, actor=who.actor)
    return await invalidation.find(session, invalidation_id)
