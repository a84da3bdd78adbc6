"""The page at the end of every mail: whether our mail is stopped, and a button that changes it.

Only the owner of the mailbox has its link, so it may tell them. Scanners follow links: all that a
GET does is to look.
"""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from api.database.session import session_scope
from api.mail import suppressions
from api.mail.suppressions import Recipient
from api.mail.unsubscribe import read_unsubscribe_token
from api.pages.visitor import view_of
from api.services import services_of

router = APIRouter(include_in_schema=False)

Act = Callable[[AsyncSession, Recipient], Awaitable[object]]


@router.get("/unsubscribe/{token}")
async def show(request: Request, token: str) -> Response:
    """Say whether mail is stopped."""
    return await _page(request, token)


@router.post("/unsubscribe/{token}")
async def stop(request: Request, token: str) -> Response:
    """By the button, or in one click by a mail program (RFC 8058): the token is all it takes."""
    return await _page(request, token, _stop)


@router.post("/unsubscribe/{token}/allow")
async def allow(request: Request, token: str) -> Response:
    """Let mail go to the address again; no mail program's one click comes here."""
    return await _page(request, token, suppressions.allow)


async def _stop(session: AsyncSession, whom: Recipient) -> None:
    await suppressions.suppress(session, whom, "unsubscribed")


async def _page(request: Request, token: str, act: Act | None = None) -> Response:
    services = services_of(request)
    whom, of_today = read_unsubscribe_token(services.keys, token)
    async with session_scope(services.engine) as session:
        if act is not None:
            await act(session, whom)
        permission = await suppressions.permission(session, whom)
    context = {"token": token, "permission": permission, "of_today": of_today, "changed": bool(act)}
    return view_of(request).render("unsubscribe.html.j2", context)
