"""The page behind the one mail that stands for all that waits at an address."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from api.confirmation import pending
from api.confirmation.pending import Linked, Waiting
from api.database.session import session_scope
from api.mail.budget import LINKS_PER_ADDRESS
from api.pages.flow_form import read_pairs
from api.pages.rendering import View
from api.pages.visitor import view_of
from api.services import now, services_of

router = APIRouter(include_in_schema=False)

NUMBER_LENGTH = 6
KINDS = ("form", "own_data", "page_link")

Act = Callable[[AsyncSession], Awaitable[object]]


@router.get("/pending/{token}")
async def show(request: Request, token: str, number: str = "") -> Response:
    """What waits; mail scanners follow links, so nothing else is done."""
    return await _page(request, token, number=number)


@router.post("/pending/{token}")
async def link_one(request: Request, token: str) -> Response:
    """Mail one form's own link."""
    posted = dict(await read_pairs(request))
    kind, wanted = posted.get("kind", ""), _uuid(posted.get("id", ""))

    async def act(session: AsyncSession) -> Linked:
        if wanted is None or kind not in KINDS:
            return Linked.GONE
        return await pending.link_one(session, token, wanted, kind)

    return await _page(request, token, act)


@router.post("/pending/{token}/discard")
async def discard_all(request: Request, token: str) -> Response:
    """Delete all forms that wait."""

    async def act(session: AsyncSession) -> int:
        return await pending.discard_all(session, token)

    return await _page(request, token, act)


async def _page(request: Request, token: str, act: Act | None = None, number: str = "") -> Response:
    """The list after ``act``, with a sentence about its result."""
    number = number.strip().lower()[:NUMBER_LENGTH]
    async with session_scope(services_of(request).engine) as session:
        came = await act(session) if act else None
        found = await pending.look(session, token, number)
    view = view_of(request, otherwise=found.language)
    context = {
        "token": token,
        "came": str(came) if isinstance(came, Linked) else None,
        "deleted": came if isinstance(came, int) else None,
        "most": LINKS_PER_ADDRESS,
        "items": [_shown(view, item) for item in found.items],
        "total": found.total,
        "number": number,
    }
    return view.render("pending.html.j2", context)


def _shown(view: View, item: Waiting) -> dict[str, Any]:
    published = view.services.published.catalog.campaigns.get(item.campaign)
    partner = view.services.partners.known("all", item.partner)
    is_open = published is not None and published.state(now()) == "open"
    return {
        "item": item,
        # A form of a campaign that is not open cannot be confirmed: no mail asks for it.
        "mailable": item.kind != "form" or is_open,
        "title": published.campaign.title.get(view.language) if published else item.campaign,
        "partner": partner,
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
