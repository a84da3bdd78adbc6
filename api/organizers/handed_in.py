"""To whom a statement was handed in with its names, and when."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import Field
from starlette.responses import Response

from api.organizers.access import Organizer, make_router, organizer
from api.organizers.paging import Page
from api.organizers.tokens import Scope
from api.public.bodies import body_of, documented
from api.public.dependencies import ServicesDep, SessionDep
from api.sign_ons import handed_in
from api.sign_ons.handed_in import HandedIn
from api.submissions.forms import Model, Recipient, example

router = make_router("/campaigns/{slug}/handed-in")

Writer = Annotated[Organizer, Depends(organizer(Scope.SIGN_ONS_WRITE))]


class HandedInForm(Model):
    model_config = example(to="the President", on="2026-03-01")

    to: Recipient
    on: Annotated[date, Field(strict=False)]


HandedInBody = Annotated[HandedInForm, Depends(body_of(HandedInForm))]


@router.get("", dependencies=[Depends(organizer(Scope.SIGN_ONS))])
async def list_handed_in(slug: str, services: ServicesDep, session: SessionDep) -> Page[HandedIn]:
    """List what was recorded here; the campaign's file may have more."""
    services.sign_ons.find_campaign(slug)
    return Page(items=await handed_in.list_handed_in(session, slug))


@router.post("", status_code=201, openapi_extra=documented(HandedInForm))
async def add_handed_in(
    who: Writer,
    slug: str,
    form: HandedInBody,
    services: ServicesDep,
    session: SessionDep,
) -> HandedIn:
    """Record a hand-over: it is shown with the statement, on its page and on paper."""
    services.sign_ons.find_campaign(slug)
    return await handed_in.add(session, slug, form.to, form.on, actor=who.actor)


@router.delete("/{entry_id}", status_code=204)
async def remove_handed_in(who: Writer, slug: str, entry_id: UUID, session: SessionDep) -> Response:
    """Remove a wrong entry."""
    await handed_in.remove(session, slug, entry_id, actor=who.actor)
    return Response(status_code=204)
