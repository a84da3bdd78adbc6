"""The routes of the form's steps: from a campaign's page to "check your email"."""

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.campaigns.published import PublishedCampaign
from api.campaigns.schema import TEXT_FIELDS
from api.database.session import session_scope
from api.errors import FieldError, InvalidInput, LetterChanged, NotFound, Unavailable
from api.i18n import N_
from api.limits.answers import RateLimited
from api.limits.buckets import BUCKETS
from api.pages.campaign_context import about_campaign, progress
from api.pages.errors import page_errors
from api.pages.flow_form import DETAILS, SLUG, WIDE, read_form
from api.pages.screens import (
    Flow,
    asked_fields,
    campaign_page,
    is_correctable,
    letters_page,
    open_fields,
    place_page,
)
from api.pages.visitor import campaign_view, posted_view, share_links
from api.security.domain_hints import suggest_domain
from api.services import client_of, services_of, take_token
from api.submissions.channel_checks import check_writer
from api.submissions.forms import SubmissionForm, SupporterForm, TargetsForm
from api.submissions.idempotency import make_claim
from api.submissions.parsing import parse_fields
from api.submissions.street import LookUpOff
from api.submissions.targeting import Targeting

router = APIRouter(include_in_schema=False)

CHANGED = N_(
    "The letters below have changed since you saw them: they now name your city, or the campaign "
    "has updated them. What you wrote yourself has stayed. Please read them once more, then send."
)
LOOKED_UP = N_("Your street lies in the district that is chosen below.")
LOOK_UP_OUTAGE = N_(
    "The street look-up does not answer at the moment. Choose your district from the list, or try "
    "again later."
)
LOOK_UP_LIMIT = N_(
    "Many streets were looked up from here just now. Choose your district from the list, or try "
    "again in a minute."
)
OUTAGE = N_(
    "Your letters could not be stored just now, and nothing was sent. Everything you wrote is "
    "still here: please press the button once more in a minute."
)


@router.post("/language")
async def change_language(request: Request, slug: str) -> Response:
    """The first screen in another language, with all that was typed; of a closed campaign, too."""
    return await campaign_page(await _flow(request, slug, closed=True))


@router.post("/letters")
async def show_letters(request: Request, slug: str) -> Response:
    """After the details: the screen in between if something is missing, else the letters.

    Buttons of the later screens come here too: back, undo, show my changes.
    """
    flow = await _flow(request, slug)
    if flow.form.action == "back":
        return await campaign_page(flow)
    if flow.form.action == "locate":
        return await _look_up(request, flow)
    flow = _acted(flow)
    stop = await _stop_before_letters(flow)
    return stop or await _letters_or_errors(flow)


@router.post("/send")
async def send(request: Request, slug: str) -> Response:
    """Store the letters and ask their writer to look into the mailbox."""
    flow = await _flow(request, slug)
    stop = await _stop_before_letters(flow)
    if stop is not None:
        return stop
    edits = flow.form.edits(_targeting(flow).seats)
    try:
        answer = await _submit(request, flow, edits)
    except InvalidInput as error:
        return letters_page(flow, page_errors(error.fields, edits), status=error.status)
    except LetterChanged as error:
        return letters_page(flow, status=error.status, notice=CHANGED)
    except Unavailable as error:
        return letters_page(flow, status=error.status, notice=OUTAGE)
    return RedirectResponse(_sent_url(flow, answer), 303)


@router.get("/sent/{submission_id}")
async def sent(request: Request, slug: str, submission_id: str) -> Response:
    """Screen 3. It is the same for any id, so that nobody can find out who took part."""
    published = _published(request, slug)
    view = campaign_view(request, published)
    campaign = published.campaign
    about = about_campaign(published, view.language)
    words = campaign.share.text.get(view.language) if campaign.share else about["summary"]
    url = f"{view.services.settings.public_url}/c/{slug}"
    ref = (view.query or {}).get("ref")
    link = f"{url}?{urlencode({'ref': ref})}" if ref else url
    root = view.surface.of(slug)
    context = {
        "campaign": about,
        "progress": await progress(view.services, published),
        "share": share_links(link, about["title"], words),
        "resend_url": f"{root}/sent/{_uuid(submission_id)}/resend?lang={view.language}",
        "number": str(_uuid(submission_id))[-6:],
        "resent": "again" in request.query_params,
        "development": not view.services.settings.production,
    }
    return view.render("sent.html.j2", context)


@router.post("/sent/{submission_id}/resend")
async def resend(request: Request, slug: str, submission_id: str) -> Response:
    """Send the confirmation mail again, within the cap of its address."""
    services, published = services_of(request), _published(request, slug)
    async with session_scope(services.engine) as session:
        await services.confirmations.resend(session, _uuid(submission_id))
    view = campaign_view(request, published)
    sent = f"{view.surface.of(slug)}/sent/{submission_id}"
    return RedirectResponse(f"{sent}?lang={view.language}&again=1", 303)


async def _flow(request: Request, slug: str, *, closed: bool = False) -> Flow:
    """Raises NotFound, CampaignClosed unless ``closed`` ones will do, or BadForm."""
    published = services_of(request).submissions.find_campaign(slug, closed=closed)
    form = (await read_form(request)).for_present_zip()
    return Flow(posted_view(request, published, form), published, form)


def _published(request: Request, slug: str) -> PublishedCampaign:
    return services_of(request).submissions.find_campaign(slug)


def _acted(flow: Flow) -> Flow:
    """The form after the small buttons: one letter undone, the mail domain corrected, all
    districts of the state to choose from."""
    action, _, seat = flow.form.action.partition(":")
    form = flow.form
    if action == WIDE:
        form = form.put(**{WIDE: "yes"})
    elif action == "undo":
        form = form.without_edits(seat)
    elif action == "email" and (domain := suggest_domain(form["email"])):
        form = form.put(email=f"{form['email'].rpartition('@')[0]}@{domain}")
    return flow.with_form(form)


async def _stop_before_letters(flow: Flow) -> Response | None:
    """The screen that comes before the letters, where an answer is missing or wrong."""
    errors = _wrong_details(flow)
    if errors:
        return await campaign_page(flow, page_errors(errors))
    try:
        targeting = _targeting(flow)
    except InvalidInput as error:
        # A district that none of our screens offered.
        flow = flow.with_form(flow.form.put(district=""))
        return place_page(flow, _targeting(flow), page_errors(error.fields))
    asked = asked_fields(flow, targeting)
    if asked and flow.form.action in {"place", WIDE}:
        return place_page(flow, targeting)
    asked_before = flow.form["asked_zip"] == flow.form["zip"]
    wrong = [*_wrong_answers(flow), *_wrong_for_channels(flow, targeting)]
    errors = [error for error in wrong if _plain_name(error) in asked]
    errors += [_required(field) for field in open_fields(flow, targeting)]
    if errors:
        return place_page(flow, targeting, page_errors(errors) if asked_before else ())
    return None


async def _look_up(request: Request, flow: Flow) -> Response:
    """The district of a street, chosen on the screen in between for its writer to agree with."""
    form = flow.form
    plain = flow.with_form(form.put(district="", located=""))
    taken = await take_token(request, BUCKETS["look-ups"])
    if taken is not None and not taken.granted:
        return place_page(plain, _targeting(plain), notice=LOOK_UP_LIMIT, status=RateLimited.status)
    place = {name: form[name] for name in ("zip", "street", "city") if form[name].strip()}
    try:
        asked = parse_fields(TargetsForm, place)
        targeting, located = await flow.services.submissions.locate(flow.slug, asked)
    except InvalidInput as error:
        return place_page(plain, _targeting(plain), page_errors(error.fields))
    except (Unavailable, LookUpOff) as error:
        return place_page(plain, _targeting(plain), notice=LOOK_UP_OUTAGE, status=error.status)
    found = flow.with_form(form.put(district=located.district, located=located.proof))
    return place_page(found, targeting, notice=LOOKED_UP)


def _wrong_details(flow: Flow) -> list[FieldError]:
    """All that is wrong with the fields of the first screen, in their order."""
    form, shown = flow.form, (*DETAILS, "phone")
    errors = [error for error in _wrong_answers(flow) if _plain_name(error) in shown]
    if flow.published.campaign.form.choose_demands and not form.demands:
        errors.append(FieldError("demands", "not_offered", "Choose at least one demand."))
    if form["zip"].strip():
        try:
            flow.services.submissions.targets(flow.slug, form["zip"], None)
        except InvalidInput as error:
            errors += error.fields
    order = {name: number for number, name in enumerate(shown)}
    return sorted(errors, key=lambda error: order.get(_plain_name(error), len(order)))


def _wrong_answers(flow: Flow) -> Sequence[FieldError]:
    try:
        parse_fields(SupporterForm, flow.form.supporter())
    except InvalidInput as error:
        return error.fields
    return ()


def _wrong_for_channels(flow: Flow, targeting: Targeting) -> Sequence[FieldError]:
    """What the offices' systems do not take; of a form that can be read at all."""
    try:
        supporter = parse_fields(SupporterForm, flow.form.supporter())
        check_writer(flow.services.router, targeting, supporter)
    except InvalidInput as error:
        return error.fields
    return ()


def _plain_name(error: FieldError) -> str:
    return error.field.rpartition(".")[2]


def _targeting(flow: Flow) -> Targeting:
    form, targets = flow.form, flow.services.submissions.targets
    return targets(flow.slug, form["zip"], form["district"] or None)


def _required(field: str) -> FieldError:
    code = f"{field}_needed" if field in {"district", "state"} else "required"
    return FieldError(field, code, "This is needed.")


async def _letters_or_errors(flow: Flow) -> Response:
    try:
        return letters_page(flow)
    except InvalidInput as error:
        found, edits = error.fields, flow.form.edits(_targeting(flow).seats)
        errors = page_errors(found, edits)
    shown = {*(f"{part}:{edit['seat']}" for edit in edits for part in edit), *TEXT_FIELDS, "city"}
    if all(error.target in shown for error in errors):
        return letters_page(flow, errors, status=InvalidInput.status)
    nobody = any(error.code in {"not_represented", "no_targets"} for error in found)
    correctable = nobody and is_correctable(flow, _targeting(flow).found)
    return await campaign_page(flow, errors, correctable=correctable)


async def _submit(request: Request, flow: Flow, edits: list[dict[str, str]]) -> dict[str, Any]:
    form = flow.form
    parsed = parse_fields(
        SubmissionForm,
        {
            **form.shape(flow.view.language, edits),
            "supporter": form.supporter(),
            "approval": form["approval"] or None,
            "consents": {
                "updates": form["updates"] == "yes",
                "share_with_partner": form["share_partner"] == "yes",
            },
        },
    )
    # The same screen sent twice is one submission; sent again with other words, it is another.
    body = parsed.model_dump_json(exclude={"approval"}).encode()
    key = hashlib.sha256(form["key"].encode() + b"\n" + body).hexdigest()
    services = flow.services
    claim = make_claim(services.keys, f"page:/c/{flow.slug}/send", key, body)
    answer = await services.submissions.submit(
        flow.slug,
        parsed,
        client=client_of(request),
        claim=claim,
        surface=flow.view.surface.name,
    )
    found: dict[str, Any] = orjson.loads(answer)
    return found


def _sent_url(flow: Flow, answer: dict[str, Any]) -> str:
    query = urlsplit(answer["share_url"]).query
    carried = "&".join(part for part in (query, f"lang={flow.view.language}") if part)
    assert SLUG.fullmatch(flow.slug)
    return f"{flow.view.surface.of(flow.slug)}/sent/{answer['id']}?{carried}"


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such page.") from None
