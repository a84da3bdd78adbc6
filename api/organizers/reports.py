"""What looks unusual: where confirmations come from. Each look is audited."""

from typing import Annotated

from fastapi import Depends

from api.organizers.access import Organizer, make_router, organizer
from api.organizers.paging import Limit, Page
from api.organizers.tokens import Scope
from api.public.dependencies import ServicesDep, SessionDep
from api.sign_ons import reports
from api.sign_ons.reports import Client, Domain, Pattern

router = make_router("/campaigns/{slug}/reports")

Reader = Annotated[Organizer, Depends(organizer(Scope.SIGN_ONS))]


@router.get("/domains", name="report_domains")
async def domains(
    who: Reader, slug: str, services: ServicesDep, session: SessionDep, limit: Limit = 30
) -> Page[Domain]:
    """List the mail domains that most people confirmed with."""
    services.published.catalog.get(slug)
    found = await reports.domains(session, services.vault, slug, limit=limit, actor=who.actor)
    return Page(items=found)


@router.get("/addresses", name="report_addresses")
async def addresses(
    who: Reader, slug: str, services: ServicesDep, session: SessionDep, limit: Limit = 30
) -> Page[Pattern]:
    """List patterns that many of the newest addresses share, such as ``jan#@example.org``."""
    services.published.catalog.get(slug)
    found = await reports.patterns(session, services.vault, slug, limit=limit, actor=who.actor)
    return Page(items=found)


@router.get("/clients", name="report_clients")
async def clients(
    who: Reader, slug: str, services: ServicesDep, session: SessionDep, limit: Limit = 30
) -> Page[Client]:
    """List the clients from which most people confirmed in a day, as keyed hashes."""
    services.published.catalog.get(slug)
    return Page(items=await reports.clients(session, slug, limit=limit, actor=who.actor))
