"""Who signed: the list with its filters, and what a moderator has to look at."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.errors import FieldError, InvalidInput
from api.organizers.access import Organizer, make_router, organizer
from api.organizers.paging import Limit, Page, Paging
from api.organizers.tokens import Scope
from api.public.bodies import body_of, documented
from api.public.dependencies import ServicesDep, SessionDep
from api.services import Services
from api.sign_ons import overview
from api.sign_ons.models import Display, Review
from api.sign_ons.moderation import DECIDED_MAX, Moderation, Waiting
from api.sign_ons.overview import Filter, Signature
from api.sign_ons.review import Reviewing
from api.submissions.forms import Given, Maybe, Model, example
from api.supporters.models import Standing, SupporterStatus

router = make_router()

READS = [Depends(organizer(Scope.SIGN_ONS))]
Reader = Annotated[Organizer, Depends(organizer(Scope.SIGN_ONS))]
Writer = Annotated[Organizer, Depends(organizer(Scope.SIGN_ONS_WRITE))]

NUMBER_MAX = 2**53
QueueNumber = Annotated[int, Field(ge=1, le=NUMBER_MAX)]
Number = Annotated[int, Query(ge=0, le=NUMBER_MAX, description="`next` of the page before")]


class DecisionForm(Model):
    """Whether a name (with its affiliation) or a comment may be seen; the count stays. ``up_to``
    is the highest ``number`` that was read; what is to be seen needs it."""

    model_config = example(what="name", shown=True, up_to=40)

    what: Literal["name", "comment"]
    shown: bool
    up_to: Maybe[QueueNumber] = None


class DecisionsForm(Model):
    """``up_to`` is the highest ``number`` that was read."""

    model_config = example(
        ids=["01890000-0000-7000-8000-000000000000"], up_to=40, what="name", shown=True
    )

    ids: Annotated[list[UUID], Field(min_length=1, max_length=DECIDED_MAX, strict=False)]
    what: Literal["name", "comment"]
    shown: bool
    up_to: QueueNumber


class PassForm(Model):
    model_config = example(up_to=40)

    up_to: QueueNumber
    after: Given[Annotated[int, Field(ge=0, le=NUMBER_MAX)]] = 0


DecisionBody = Annotated[DecisionForm, Depends(body_of(DecisionForm))]
DecisionsBody = Annotated[DecisionsForm, Depends(body_of(DecisionsForm))]
PassBody = Annotated[PassForm, Depends(body_of(PassForm))]


class DecisionsAnswer(BaseModel):
    decided: int
    next: int | None = Field(default=None, description="Where to go on; null at the end.")


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
    session: SessionDep,
    paging: Paging,
    only: Annotated[Filter, Depends(wanted)],
) -> Page[Signature]:
    """List the signatures of people, in every state, without what their owners hide."""
    services.published.catalog.get(slug)
    found = await overview.signatures(session, slug, only, paging.cursor, paging.one_more)
    return paging.page(found)


@router.get("/campaigns/{slug}/moderation", name="list_waiting_signatures")
async def list_waiting(  # noqa: PLR0913 (what the query can hold)
    who: Reader,
    slug: str,
    services: ServicesDep,
    session: SessionDep,
    cursor: Number = 0,
    limit: Limit = 50,
    flagged: Annotated[bool | None, Query(description="only those with flags, or without")] = None,
) -> Page[Waiting]:
    """List names and comments that wait for review; each look is audited.

    ``flags`` say why to look twice. Send the highest ``number`` that you read with a decision.
    """
    made = await _moderation(services, slug).queue(
        session, slug, actor=who.actor, after=cursor, limit=limit, flagged=flagged
    )
    return Page(items=list(made.items), next=None if made.next is None else str(made.next))


@router.post(
    "/campaigns/{slug}/moderation/decisions",
    openapi_extra=documented(DecisionsForm),
    name="decide_signatures",
)
async def decide_many(
    who: Writer,
    slug: str,
    form: DecisionsBody,
    services: ServicesDep,
    session: SessionDep,
) -> DecisionsAnswer:
    """Decide these names or comments at once, as far as they still wait.

    What its owner changed after the number ``up_to`` was read is left alone.
    """
    moderation = _moderation(services, slug)
    decided = await moderation.decide_many(
        session,
        slug,
        form.ids,
        form.what,
        up_to=form.up_to,
        shown=form.shown,
        actor=who.actor,
    )
    return DecisionsAnswer(decided=decided)


@router.post(
    "/campaigns/{slug}/moderation/pass",
    openapi_extra=documented(PassForm),
    name="pass_unflagged_signatures",
)
async def pass_unflagged(
    who: Writer, slug: str, form: PassBody, services: ServicesDep, session: SessionDep
) -> DecisionsAnswer:
    """Show all names that wait, have no flag, and a number from ``after`` up to ``up_to``.

    Call again with ``next`` as ``after`` until it is null.
    """
    made = await _moderation(services, slug).pass_unflagged(
        session, slug, up_to=form.up_to, after=form.after, actor=who.actor
    )
    return DecisionsAnswer(decided=made.decided, next=made.next)


@router.post(
    "/sign-ons/{sign_on_id}/decision",
    status_code=204,
    openapi_extra=documented(DecisionForm),
    name="decide_signature",
)
async def decide(
    who: Writer,
    sign_on_id: UUID,
    form: DecisionBody,
    services: ServicesDep,
    session: SessionDep,
) -> Response:
    """Show a name or a comment from now on, or keep it from the list.

    What its owner changed after the number ``up_to`` was read is not shown: 404.
    """
    if form.shown and form.up_to is None:
        message = "Send the highest number that you have read: what changed since is not shown."
        raise InvalidInput(FieldError("up_to", "required", message))
    moderation = Moderation(services.vault, Reviewing())
    await moderation.decide(
        session, sign_on_id, form.what, shown=form.shown, actor=who.actor, up_to=form.up_to
    )
    return Response(status_code=204)


def _moderation(services: Services, slug: str) -> Moderation:
    """Raises NotFound."""
    services.published.catalog.get(slug)
    return Moderation(services.vault, services.published.reviewing(slug))
