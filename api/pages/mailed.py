"""The pages behind mailed links: confirm, the supporter's own page, no more mail."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.confirmation import supporter_page
from api.confirmation.ended import Became, ask_for_page, what_became
from api.confirmation.people import MailboxFull, PersonNeeded
from api.confirmation.results import Confirmed, Pending, ShownChanged
from api.confirmation.supporter_page import OwnLetter, SupporterPage
from api.database.session import session_scope
from api.deliveries.models import DeliveryStatus
from api.deliveries.transitions import BY_HAND
from api.errors import CampaignNotOpen, DomainError, TokenGone
from api.i18n import LANGUAGES
from api.pages.campaign_context import about_campaign, progress
from api.pages.confirming import PERSON, SHOWN, ended_page, notice, person_errors, question
from api.pages.flow_form import read_pairs
from api.pages.rendering import NO_STORE, View
from api.pages.state_reasons import state_of
from api.pages.states import RUNNING
from api.pages.visitor import share_links, view_of
from api.pages.ways import Ways, way
from api.services import Services, client_of, now, services_of
from api.sign_ons.own import signature_of
from api.submissions.idempotency import answers_of, once
from api.submissions.printed import find_grounds, printed_letter
from api.supporters.tokens import Purpose
from api.supporters.waiting import waits_until
from api.targets.days import EASTERN, eastern_date
from api.targets.models import Target

router = APIRouter(include_in_schema=False)

KEY = "key"
PDF_HEADERS = {**NO_STORE, "Content-Disposition": 'inline; filename="letter.pdf"'}


@router.get("/confirm/{token}")
async def show_pending(request: Request, token: str) -> Response:
    """Show what confirming would do, and do nothing yet: mail scanners follow links."""
    return await _pending_page(request, token)


async def _pending_page(
    request: Request, token: str, refused: DomainError | None = None, language: str | None = None
) -> Response:
    """``refused``: why a press of its button did nothing."""
    services = services_of(request)
    async with session_scope(services.engine) as session:
        try:
            pending = await services.confirmations.look(session, token)
        except TokenGone:
            pending, ended = None, await what_became(session, token, Purpose.CONFIRM)
    if pending is None:
        return ended_page(request, ended, token)
    view = view_of(request, otherwise=language or pending.form.supporter.language)
    errors = person_errors(refused)
    context = {
        **_campaign(view, pending.form.campaign),
        "identity": pending.form.identity,
        "address": pending.form.address,
        "letters": [draft for _, draft in pending.drafts],
        "ways": Ways.of(pending.routes, pending.held),
        "ways_of": list(map(way, pending.routes, pending.held)),
        "token": token,
        "key": secrets.token_urlsafe(16),
        "shown": pending.shown,
        "notice": notice(refused),
        "waits_until": _waits_until(services, pending),
        "signature": pending.signature,
        **question(pending.candidates, errors),
    }
    template = "confirm.html.j2" if pending.drafts else "confirm_signature.html.j2"
    return view.render(template, context, status=_status(refused))


def _waits_until(services: Services, pending: Pending) -> datetime:
    """When the form is deleted if nobody confirms it, in US Eastern."""
    form, lives = pending.form, services.settings.retention_unconfirmed_hours
    mailed = form.mailed or datetime.now(UTC)
    return waits_until(form.supporter.hour, mailed, lives).astimezone(EASTERN)


def _status(refused: DomainError | None) -> int:
    if refused is None:
        return 200
    return refused.status if isinstance(refused, CampaignNotOpen | ShownChanged) else 422


@router.post("/confirm/{token}")
async def confirm(request: Request, token: str) -> Response:
    """Make the letters real, and lead to the page where they are."""
    services = services_of(request)
    form = dict(await read_pairs(request))
    chosen = form["lang"] if form.get("lang") in LANGUAGES else None
    language = f"?lang={chosen}" if chosen else ""
    try:
        answer = await _confirm_once(services, token, form)
    except (PersonNeeded, MailboxFull, CampaignNotOpen, ShownChanged) as refused:
        return await _pending_page(request, token, refused, chosen)
    except TokenGone as gone:
        answer = _told_at(token, gone)
    return RedirectResponse(f"{answer}{language}", 303)


@router.post("/confirm/{token}/page")
async def mail_page(request: Request, token: str) -> Response:
    """Mail the link of the supporter's page again to the person who confirmed with this link."""
    services = services_of(request)
    async with session_scope(services.engine) as session:
        ended = await what_became(session, token, Purpose.CONFIRM)
        await ask_for_page(session, ended)
    return ended_page(request, ended, token, asked=True)


@router.post("/confirm/{token}/discard")
async def discard(request: Request, token: str) -> Response:
    """Delete what somebody else put under this address."""
    services, language = services_of(request), view_of(request).language
    try:
        async with session_scope(services.engine) as session:
            await services.confirmations.discard(session, token)
    except TokenGone as gone:
        return RedirectResponse(f"{_told_at(token, gone)}?lang={language}", 303)
    return RedirectResponse(f"/discarded?lang={language}", 303)


@router.get("/discarded")
async def discarded(request: Request) -> Response:
    return view_of(request).render("said.html.j2", {"said": "discarded"})


@router.get("/too-late")
async def too_late(request: Request) -> Response:
    """Confirmed after the campaign's close: nothing was sent."""
    return view_of(request).render("said.html.j2", {"said": "closed"})


@router.get("/me/{token}")
async def show_letters(request: Request, token: str) -> Response:
    """The supporter's letters, each with its state and what is left to do."""
    services = services_of(request)
    async with session_scope(services.engine) as session:
        page = await supporter_page.look(session, token, services.vault, services.texts)
        signature = page.form and await signature_of(session, page.form, services.vault)
    view = view_of(request, otherwise=page.language)
    campaign = _campaign(view, page.campaign)
    letters = [_own_letter(services, page, letter) for letter in page.letters]
    published = services.published.catalog.campaigns.get(page.campaign)
    url = f"{services.settings.public_url}/c/{page.campaign}"
    words = campaign["share_words"]
    context = {
        **campaign,
        "token": token,
        "letters": letters,
        "steps_left": sum(letter["state"]["step"] for letter in letters),
        "going_out": _going_out(services, campaign["campaign"], page.letters),
        "unsent": any(letter["state"]["tone"] == "failed" for letter in letters),
        "elsewhere": _elsewhere(page),
        "nothing_made": page.form and page.form.submission.letters and not page.has_letters,
        "identity": page.form.identity if page.form else None,
        "progress": await progress(services, published) if published else None,
        "share": share_links(url, campaign["name"], words),
        "signature": signature,
        "changeable": False,
        "slug": page.campaign,
    }
    return view.render("me.html.j2", context)


@router.post("/me/{token}/letters/{letter_id}/done")
async def report_done(request: Request, token: str, letter_id: UUID) -> Response:
    """The supporter sent a handed-over letter."""
    services = services_of(request)
    async with session_scope(services.engine) as session:
        await supporter_page.done(session, token, letter_id)
    language = view_of(request).language
    return RedirectResponse(f"/me/{token}?lang={language}#letter-{letter_id}", 303)


@router.get("/me/{token}/letters/{letter_id}.pdf")
async def letter_on_paper(request: Request, token: str, letter_id: UUID) -> Response:
    """One letter for a window envelope, as a PDF, with its sources."""
    services = services_of(request)
    page = await _page(services, token)
    letter = page.letter(letter_id)
    if letter.draft is None or page.form is None:
        raise TokenGone("The words of this letter have been deleted, as was promised.")
    async with session_scope(services.engine) as session:
        grounds = await find_grounds(session, letter_id)
    writer, target = letter.form or page.form, _target(services, page, letter)
    name, today = writer.identity.full_name, eastern_date(now())
    paper = printed_letter(letter.draft, name, writer.address, target, grounds, today)
    made = await services.workshop.print(paper, client=client_of(request) or "")
    return Response(made, media_type="application/pdf", headers=PDF_HEADERS)


@router.get("/me/{token}/letters/{letter_id}")
async def print_letter(request: Request, token: str, letter_id: UUID) -> Response:
    """One letter as it goes into an envelope."""
    services = services_of(request)
    page = await _page(services, token)
    letter = page.letter(letter_id)
    if letter.draft is None or page.form is None:
        raise TokenGone("The words of this letter have been deleted, as was promised.")
    context = {
        **_campaign(view_of(request, otherwise=page.language), page.campaign),
        **_own_letter(services, page, letter),
        "identity": (letter.form or page.form).identity,
        "address": (letter.form or page.form).address,
        "token": token,
        "today": eastern_date(now()),
    }
    return view_of(request, otherwise=page.language).render("letter.html.j2", context)


async def _page(services: Services, token: str) -> SupporterPage:
    async with session_scope(services.engine) as session:
        return await supporter_page.look(session, token, services.vault, services.texts)


async def _confirm_once(services: Services, token: str, form: Mapping[str, str]) -> str:
    """Where to go on. The same button pressed twice leads to the same page.

    The page has a key of its own; without one, a second press finds the link used.
    """
    answers = answers_of(services.keys, "page:/confirm", form.get(KEY, ""), token)
    person, shown = form.get(PERSON) or None, form.get(SHOWN)
    async with session_scope(services.engine) as session:

        async def act() -> str:
            return _path(await services.confirmations.confirm(session, token, person, shown))

        return await once(session, answers, act)


def _told_at(token: str, gone: TokenGone) -> str:
    """The address of the page that explains a used link. An unknown link has no such page."""
    if gone.extra.get("became") == Became.UNKNOWN:
        raise gone
    return f"/confirm/{quote(token, safe='')}"


def _path(confirmed: Confirmed) -> str:
    return f"/me/{confirmed.page_token}" if confirmed.page_token else "/too-late"


def _campaign(view: View, slug: str) -> dict[str, Any]:
    """The campaign as the page names it; by its slug alone when its file is gone."""
    published = view.services.published.catalog.campaigns.get(slug)
    if published is None:
        return {"campaign": None, "name": slug, "share_words": ""}
    about = about_campaign(published, view.language)
    share = published.campaign.share
    words = share.text.get(view.language) if share else about["summary"]
    return {"campaign": about, "name": about["title"], "share_words": words}


def _own_letter(services: Services, page: SupporterPage, letter: OwnLetter) -> dict[str, Any]:
    words, test = letter.draft is not None, _in_a_test(services, letter)
    state = state_of(letter.status, letter.reason, letter.channel or "", words=words, test=test)
    target = _target(services, page, letter)
    is_theirs = target is not None or not letter.seat.startswith(("house:", "senate:"))
    return {
        "letter": letter,
        "state": state,
        "target": target,
        "by_hand": letter.status is DeliveryStatus.NEEDS_USER_ACTION,
        "can_still": letter.status in BY_HAND and letter.draft is not None and is_theirs,
        "state_code": letter.form.address.state if letter.form else None,
    }


def _in_a_test(services: Services, letter: OwnLetter) -> bool:
    return letter.channel in services.router.test_channels


def _going_out(
    services: Services, campaign: dict[str, Any] | None, letters: Sequence[OwnLetter]
) -> bool:
    """Whether letters of a closed campaign are still on their way."""
    closed = campaign is not None and campaign["closed"]
    running = (letter for letter in letters if letter.status in RUNNING)
    return closed and not all(_in_a_test(services, letter) for letter in running)


def _target(services: Services, page: SupporterPage, letter: OwnLetter) -> Target | None:
    """Whom the letter is written to, for phone and contact page; None where it is not known that
    they hold the office today. Nobody is led to another holder with it."""
    published = services.published.catalog.campaigns.get(page.campaign)
    fixed = published.fixed_targets if published else ()
    for target in fixed:
        if target.seat == letter.seat:
            return target
    holder = services.published.directory.seat(letter.seat, eastern_date(now()))
    return holder if holder is not None and holder.id == letter.holder else None


def _elsewhere(page: SupporterPage) -> bool:
    """Whether offices of this form got no letter, since the person wrote from another district."""
    if page.form is None or not page.letters:
        return False
    wanted = {entry["seat"] for entry in page.form.submission.letters}
    return not wanted <= {letter.seat for letter in page.letters}
