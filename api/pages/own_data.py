"""One's own data: ask for a link, open it once, then see, download, change, withdraw, erase.

A GET changes nothing, since mail scanners follow links. What a link opened is carried in hidden
fields, by a token that works a short while and never stands in an address.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial, wraps

import orjson
from fastapi import APIRouter, Request
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from api.confirmation.ended import what_became
from api.confirmation.own_links import ask, open_link
from api.confirmation.supporter_page import SupporterPage, look
from api.database.session import session_scope
from api.errors import TokenGone
from api.pages.confirming import ended_page
from api.pages.errors import SENTENCES, PageError
from api.pages.flow_form import DISPLAYS, SLUG, read_pairs
from api.pages.rendering import NO_STORE, View
from api.pages.visitor import view_of
from api.privacy.erasure import erase, others_waiting
from api.privacy.everything import everything
from api.privacy.own_data import own_data
from api.security.text import TextRefused
from api.services import Services, now, services_of
from api.sign_ons.models import Display
from api.sign_ons.own import Signature, change_display, signature_of, withdraw
from api.submissions.idempotency import answers_of, once
from api.supporters import tokens
from api.supporters.tokens import Purpose

router = APIRouter(include_in_schema=False)

Act = Callable[[Request], Awaitable[Response]]
Seen = tuple[SupporterPage, Signature | None]


def or_ended(act: Act) -> Act:
    """The same page; if the link or its half hour has expired, a page that says so."""

    @wraps(act)
    async def page(request: Request) -> Response:
        try:
            return await act(request)
        except TokenGone:
            posted = dict(await read_pairs(request))
            token, link = posted.get("token", ""), posted.get("link", "")
            purpose = Purpose.OWN_DATA if token else Purpose.OWN_LINK
            return await _ended(request, token or link, purpose)

    return page


@router.get("/self-service")
async def show_form(request: Request) -> Response:
    """Show the form to ask for a link, by campaign and address."""
    return _form(request, request.query_params.get("campaign", ""))


@router.post("/self-service")
async def take_form(request: Request) -> Response:
    """Take a request for a link. The answer is the same whether or not the address took part."""
    services, posted = services_of(request), dict(await read_pairs(request))
    slug, email = posted.get("campaign", ""), posted.get("email", "")
    try:
        async with session_scope(services.engine) as session:
            await ask(session, services.keys, slug, email)
    except TextRefused:
        return _form(request, slug, email, refused=True)
    return view_of(request).render("said.html.j2", {"said": "link_asked"})


@router.get("/self-service/{link}")
async def show_button(request: Request, link: str) -> Response:
    """A button and nothing else: it is the button that uses the link up."""
    try:
        async with session_scope(services_of(request).engine) as session:
            await tokens.find(session, link, Purpose.OWN_LINK)
    except TokenGone:
        return await _ended(request, link, Purpose.OWN_LINK)
    context = {"link": link, "key": secrets.token_urlsafe(16)}
    return view_of(request).render("own_link.html.j2", context)


@router.post("/own-data")
@or_ended
async def show(request: Request) -> Response:
    """What is kept, behind a link that this uses up, or again by the token that it gave."""
    services, posted = services_of(request), dict(await read_pairs(request))
    async with session_scope(services.engine) as session:
        token = posted.get("token") or await _open(services, session, posted)
        seen = await _seen(services, session, token)
    return _shown(request, seen, {**posted, "token": token})


@router.post("/own-data/download")
@or_ended
async def download(request: Request) -> Response:
    """All that is kept, as a file."""
    services, posted = services_of(request), dict(await read_pairs(request))
    async with session_scope(services.engine) as session:
        page, signature = await _seen(services, session, posted.get("token", ""))
        more = await everything(session, page.person_id, services.vault, services.texts)
    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z
    body = orjson.dumps(own_data(page, signature, more), option=options)
    name = f'attachment; filename="{page.campaign}.json"'
    headers = {**NO_STORE, "Content-Disposition": name}
    return Response(body, headers=headers, media_type="application/json")


@router.post("/own-data/signature")
@or_ended
async def change_signature(request: Request) -> Response:
    """Change how one appears under the open letter, or withdraw from it."""
    services, posted = services_of(request), dict(await read_pairs(request))
    async with session_scope(services.engine) as session:
        page = await _look(services, session, posted.get("token", ""))
        if page.form is None:
            raise TokenGone("What this link led to has been deleted, as was promised.")
        if posted.get("do") == "withdraw":
            await withdraw(session, page.form, services.vault)
        elif posted.get("display") in DISPLAYS:
            display = Display(posted["display"])
            rules = services.published.reviewing(page.campaign)
            await change_display(session, page.form, display, services.vault, rules)
        seen = await _seen(services, session, posted.get("token", ""))
    return _shown(request, seen, posted)


@router.post("/own-data/erase")
@or_ended
async def erase_all(request: Request) -> Response:
    """Say what erasing does; at the second button, do it and say what cannot be called back."""
    services, posted = services_of(request), dict(await read_pairs(request))
    token, erased, others = posted.get("token", ""), None, 0
    async with session_scope(services.engine) as session:
        page = await _look(services, session, token)
        if posted.get("do") == "erase":
            all_of_it = "others" in posted
            who = (page.person_id, services.settings, services.vault)
            erased = await erase(session, *who, others=all_of_it)
        else:
            others = await others_waiting(session, page.person_id, services.vault)
    context = {"token": token, "erased": erased, "others": others}
    return _view(request, page, posted).render("erase.html.j2", context)


def _form(request: Request, slug: str, email: str = "", *, refused: bool = False) -> Response:
    view = view_of(request)
    error = PageError("email", SENTENCES["", "email_malformed"])
    campaigns = [
        (published.campaign.slug, published.campaign.title.get(view.language))
        for published in services_of(request).published.catalog.campaigns.values()
        if published.state(now()) in {"open", "closed"}
    ]
    if SLUG.fullmatch(slug) and slug not in dict(campaigns):
        campaigns.append((slug, slug))  # its file may be gone while data of it is kept
    context = {
        "campaigns": campaigns,
        "chosen": slug,
        "email": email,
        "messages": {"email": error} if refused else {},
        "errors": [error] if refused else [],
    }
    return view.render("own_ask.html.j2", context, status=422 if refused else 200)


async def _open(services: Services, session: AsyncSession, posted: dict[str, str]) -> str:
    """Use a link up; its button may be pressed twice. Raises TokenGone."""
    link = posted.get("link", "")
    answers = answers_of(services.keys, "page:/own-data", posted.get("key", ""), link)
    return await once(session, answers, partial(open_link, session, link))


async def _ended(request: Request, token: str, purpose: Purpose) -> Response:
    async with session_scope(services_of(request).engine) as session:
        ended = await what_became(session, token, purpose)
    return ended_page(request, ended, own=True)


async def _look(services: Services, session: AsyncSession, token: str) -> SupporterPage:
    return await look(session, token, services.vault, services.texts, Purpose.OWN_DATA)


async def _seen(services: Services, session: AsyncSession, token: str) -> Seen:
    page = await _look(services, session, token)
    return page, await signature_of(session, page.form, services.vault) if page.form else None


def _shown(request: Request, seen: Seen, posted: dict[str, str]) -> Response:
    services, (page, signature) = services_of(request), seen
    context = {
        "token": posted.get("token", ""),
        "page": page,
        "signature": signature,
        "changeable": True,
        "displays": DISPLAYS,
        "review": services.published.reviewing(page.campaign).mode,
        "form": {"display": signature.display if signature else ""},
        "messages": {},
    }
    return _view(request, page, posted).render("own_data.html.j2", context)


def _view(request: Request, page: SupporterPage, posted: dict[str, str]) -> View:
    """Of a page that was posted to: its language switch is in its form, with the token."""
    return replace(view_of(request, otherwise=posted.get("lang", page.language)), path=None)
