"""Tables to work on elsewhere."""

from functools import partial
from typing import Annotated

from fastapi import Depends

from api.database.session import session_scope
from api.organizers.access import Organizer, make_router, organizer
from api.organizers.tokens import Scope
from api.public.dependencies import ServicesDep
from api.public.files import Csv
from api.sign_ons.export import export_csv

router = make_router("/campaigns/{slug}")

Exporter = Annotated[Organizer, Depends(organizer(Scope.EXPORTS))]


@router.get("/sign-ons.csv", response_class=Csv)
async def export_signers(who: Exporter, slug: str, services: ServicesDep) -> Csv:
    """Export the public list as a table; audited."""
    form = services.sign_ons.find_campaign(slug).campaign.sign_on
    assert form is not None
    work = partial(session_scope, services.engine)
    pieces = [piece async for piece in export_csv(work, slug, form, actor=who.actor)]
    name = f'attachment; filename="{slug}.csv"'
    headers = {"Cache-Control": "no-store", "Content-Disposition": name}
    return Csv("".join(pieces), headers=headers)
