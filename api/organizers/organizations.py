"""Organizations: who waits, who speaks for them, approve and refuse."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel

from api.organizers.access import Organizer, make_router, organizer
from api.organizers.paging import Page, Paging
from api.organizers.tokens import Scope
from api.problems import problems
from api.public.bodies import body_of, documented
from api.public.dependencies import ServicesDep, SessionDep
from api.sign_ons import organizations
from api.sign_ons.models import OrganizationStatus
from api.sign_ons.organization_desk import ListedOrganization, OrganizationDesk
from api.sign_ons.organizations import OrganizationTaken, Speaker
from api.submissions.forms import Given, Model, example

router = make_router()

Reader = Annotated[Organizer, Depends(organizer(Scope.SIGN_ONS))]
Writer = Annotated[Organizer, Depends(organizer(Scope.SIGN_ONS_WRITE))]


class ApprovalForm(Model):
    """``lead``: it stands before the others where the campaign puts leads first."""

    model_config = example(lead=False)

    lead: Given[bool] = False


ApprovalBody = Annotated[ApprovalForm, Depends(body_of(ApprovalForm))]


class DecidedAnswer(BaseModel):
    status: OrganizationStatus
    changed: bool


class UndoneAnswer(BaseModel):
    """``taken`` where another approved entry has its name or domain, else ``confirmed``."""

    status: OrganizationStatus


@router.get("/campaigns/{slug}/organizations")
async def list_organizations(  # noqa: PLR0913 (what the query can hold)
    who: Reader,
    slug: str,
    services: ServicesDep,
    session: SessionDep,
    paging: Paging,
    status: Annotated[OrganizationStatus, Query()] = OrganizationStatus.CONFIRMED,
) -> Page[ListedOrganization]:
    """List organizations that wait for approval, or with ``status`` those approved, refused, taken
    or withdrawn.

    ``representative`` is what an approval shows beside it; ``flags`` say why to look twice. Each
    look is audited.
    """
    services.published.catalog.get(slug)
    desk = OrganizationDesk(services.vault, services.published.reviewing(slug))
    found = await desk.page(
        session,
        slug,
        [status],
        actor=who.actor,
        after=paging.cursor,
        limit=paging.one_more,
    )
    return paging.page(found)


@router.get("/organizations/{organization_id}/representative")
async def read_representative(
    who: Writer, organization_id: UUID, services: ServicesDep, session: SessionDep
) -> Speaker:
    """Show who says that they may speak for it, to be asked in person; each look is audited."""
    return await organizations.speaker(session, services.vault, organization_id, actor=who.actor)


@router.post(
    "/organizations/{organization_id}/approve",
    responses=problems(OrganizationTaken),
    openapi_extra=documented(ApprovalForm),
    name="approve_organization",
)
async def approve(
    who: Writer,
    organization_id: UUID,
    form: ApprovalBody,
    services: ServicesDep,
    session: SessionDep,
) -> DecidedAnswer:
    """Approve an organization: list and count it. Waiting entries with its name become taken."""
    changed = await organizations.approve(
        session, services.vault, organization_id, lead=form.lead, actor=who.actor
    )
    return DecidedAnswer(status=OrganizationStatus.APPROVED, changed=changed)


@router.post("/organizations/{organization_id}/refuse", name="refuse_organization")
async def refuse(
    who: Writer, organization_id: UUID, services: ServicesDep, session: SessionDep
) -> DecidedAnswer:
    """Refuse an organization: it is not listed, or no longer."""
    changed = await organizations.refuse(session, services.vault, organization_id, actor=who.actor)
    return DecidedAnswer(status=OrganizationStatus.REFUSED, changed=changed)


@router.post("/organizations/{organization_id}/undo", name="undo_organization_decision")
async def undo(
    who: Writer, organization_id: UUID, services: ServicesDep, session: SessionDep
) -> UndoneAnswer:
    """Undo an approval or a refusal: the organization waits again."""
    status = await organizations.undo(session, services.vault, organization_id, actor=who.actor)
    return UndoneAnswer(status=OrganizationStatus(status))
