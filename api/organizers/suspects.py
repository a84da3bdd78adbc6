"""Suspects, and the watchlist of domains and addresses that makes people suspects."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.errors import FieldError, InvalidInput
from api.organizers.access import Organizer, make_router, organizer
from api.organizers.paging import Page, Paging
from api.organizers.tokens import Scope
from api.public.bodies import body_of, documented
from api.public.dependencies import ServicesDep, SessionDep
from api.sign_ons.suspects import BATCH, release
from api.submissions.forms import TIDY, Email, Maybe, Model, example
from api.supporters import suspicion
from api.supporters.suspicion import Reason, Suspect, Watched

router: APIRouter = make_router("/campaigns/{slug}")

DOMAIN = r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
READS = [Depends(organizer(Scope.INVALIDATION))]
Writer = Annotated[Organizer, Depends(organizer(Scope.INVALIDATION))]


class ReleaseForm(Model):
    """These people, or all with this reason, or both; without either all suspects."""

    model_config = example(reason="rate")

    people: Annotated[list[UUID], Field(max_length=BATCH, strict=False)] | None = None
    reason: Reason | None = None


class WatchForm(Model):
    """One of the two. Of an address only a keyed hash is kept."""

    model_config = example(domain="example.org")

    domain: Maybe[Annotated[str, Field(pattern=DOMAIN, max_length=253), TIDY]] = None
    address: Maybe[Email] = None


ReleaseBody = Annotated[ReleaseForm, Depends(body_of(ReleaseForm))]
WatchBody = Annotated[WatchForm, Depends(body_of(WatchForm))]


class ReleasedAnswer(BaseModel):
    released: int = Field(description=f"At most {BATCH} in one call: call again until it is 0.")


@router.get("/suspects", dependencies=READS)
async def list_suspects(
    slug: str,
    services: ServicesDep,
    session: SessionDep,
    paging: Paging,
    reason: Reason | None = None,
) -> Page[Suspect]:
    """List suspects: confirmed people who are not counted, and whose letters wait for review."""
    services.published.catalog.get(slug)
    bounds = (paging.cursor, paging.one_more)
    return paging.page(await suspicion.suspects(session, slug, reason, *bounds))


@router.post("/suspects/release", openapi_extra=documented(ReleaseForm))
async def release_suspects(
    who: Writer,
    slug: str,
    form: ReleaseBody,
    services: ServicesDep,
    session: SessionDep,
) -> ReleasedAnswer:
    """Clear suspects: count them from now on, and send their letters."""
    services.published.catalog.get(slug)
    made = await release(session, slug, form.reason, form.people, actor=who.actor)
    return ReleasedAnswer(released=made)


@router.get("/watchlist", dependencies=READS)
async def list_watched(slug: str, services: ServicesDep, session: SessionDep) -> Page[Watched]:
    """List the domains and addresses on the campaign's watchlist."""
    services.published.catalog.get(slug)
    return Page(items=await suspicion.watchlist(session, slug))


@router.post("/watchlist", status_code=204, openapi_extra=documented(WatchForm), name="add_watched")
async def watch(
    who: Writer, slug: str, form: WatchBody, services: ServicesDep, session: SessionDep
) -> Response:
    """Add a domain or an address: from now on whoever confirms with it is a suspect."""
    services.published.catalog.get(slug)
    name = form.domain or form.address
    if name is None or (form.domain and form.address):
        message = "Send a domain or an address, one of the two."
        raise InvalidInput(FieldError("domain", "required", message))
    await suspicion.watch(session, services.keys, slug, name, actor=who.actor)
    return Response(status_code=204)


@router.delete("/watchlist/{entry_id}", status_code=204, name="remove_watched")
async def unwatch(who: Writer, slug: str, entry_id: UUID, session: SessionDep) -> Response:
    """Remove an entry. People who are suspects because of it stay so until they are released."""
    await suspicion.unwatch(session, slug, entry_id, actor=who.actor)
    return Response(status_code=204)
