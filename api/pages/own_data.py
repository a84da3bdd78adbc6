"""One's own data behind the mailed link: download it, erase it."""

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.confirmation.supporter_page import look
from api.database.session import session_scope
from api.pages.rendering import NO_STORE
from api.pages.visitor import view_of
from api.privacy.erasure import erase
from api.privacy.own_data import own_data
from api.services import services_of
from api.sign_ons.own import signature_of

router = APIRouter(include_in_schema=False)


@router.get("/me/{token}/data.json")
async def download(request: Request, token: str) -> Response:
    """All that is kept, as a file."""
    services = services_of(request)
    async with session_scope(services.engine) as session:
        connection = await session.connection()
        page = await look(connection, token, services.vault, services.texts)
        signature = await signature_of(connection, page.form, services.vault) if page.form else None
    body = orjson.dumps(own_data(page, signature), option=orjson.OPT_INDENT_2)
    name = f'attachment; filename="{page.campaign}.json"'
    headers = {**NO_STORE, "Content-Disposition": name}
    return Response(body, headers=headers, media_type="application/json")


@router.get("/me/{token}/erase")
async def ask(request: Request, token: str) -> Response:
    """What erasing does, before it is done."""
    services = services_of(request)
    async with session_scope(services.engine) as session:
        page = await look(await session.connection(), token, services.vault, services.texts)
    view = view_of(request, otherwise=page.language)
    return view.render("erase.html.j2", {"token": token, "erased": None})


@router.post("/me/{token}/erase")
async def do(request: Request, token: str) -> Response:
    """Erase, and say which letters cannot be called back. The link leads nowhere afterwards."""
    services = services_of(request)
    async with session_scope(services.engine) as session:
        connection = await session.connection()
        page = await look(connection, token, services.vault, services.texts)
        erased = await erase(connection, page.person_id, services.settings.erasure_ledger_file)
    view = view_of(request, otherwise=page.language)
    return view.render("erase.html.j2", {"token": token, "erased": erased})
