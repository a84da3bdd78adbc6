"""Who signed: the list with its filters, and what a moderator has to look at."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from starlette.responses import Response

from api.organizers.access import Organizer, make_router, organizer
from api.organizers.paging import Page, Paging
from api.organizers.tokens import Scope
from api.public.bodies import body_of, documented
from api.public.dependencies import ConnectionDep, ServicesDep
from api.sign_ons import moderation, overview
from api.sign_ons.models import Display, Review
from api.sign_ons.moderation import Waiting
from api.sign_ons.overview import Filter, Signature
from api.submissions.forms import Model, example
from api.supporters.models import Standing, SupporterStatus

router = make_router()

READS = [Depends(organizer(Scope.SIGN_ONS))]
Writer = Annotated[Organizer, Depends(organizer(Scope.SIGN_ONS_WRITE))]


class DecisionForm(Model):
    """Whether a name (with its affiliation) or a comment may be seen; the count stays."""

    model_config = example(what="name", shown=True)

    what: Literal["name", "comment"]
    shown: bool


DecisionBody = Annotated[DecisionForm, Depends(body_of(DecisionForm))]


async def wanted(  # noqa: PLR0913 (the parts of the filter)
    status: SupporterStatus | None = None,
    standing: Standing | None = None,
    display: Display | None = None,
    review: Annotated[Review | None, Query(description="of the name or of the comment")] = None,
    state: Annotated[str | None, Query(max_length=2, examples=["CA"])] = None,
    partner: Annotated[str | None, Query(max_length=63)] = None,
) -> Filter:
    return Filter(status, standing, display, review, state, partner)


@router.get("/campaigns/{slug}/sign-ons", dependencies=READS)
async def list_signatures(
    slug: str,
    services: ServicesDep,
    connection: ConnectionDep,
    paging: Paging,
    only: Annotated[Filter, Depends(wanted)],
) -> Page[Signature]:
    """All signatures of people, in every state; nothing that its owner hides is told."""
    services.published.catalog.get(slug)
    found = await overview.signatures(connection, slug, only, paging.cursor, paging.one_more)
    return paging.page(found)


@router.get("/campaigns/{slug}/moderation", dependencies=READS)
async def list_waiting(
    slug: str,
    services: ServicesDep,
    connection: ConnectionDep,
    paging: Paging,
) -> Page[Waiting]:
    """Names and comments that are shown only once somebody looked at them."""
    services.published.catalog.get(slug)
    return paging.page(await moderation.queue(connection, slug, paging.one_more, paging.cursor))


@router.post(
    "/sign-ons/{sign_on_id}/decision", status_code=204, openapi_extra=documented(DecisionForm)
)
async def decide(
    who: Writer, sign_on_id: UUID, form: DecisionBody, connection: ConnectionDep
) -> Response:
    """Show a name or a comment from now on, or keep it from the list."""
    await moderation.decide(connection, sign_on_id, form.what, shown=form.shown, actor=who.actor)
    return Response(status_code=204)
