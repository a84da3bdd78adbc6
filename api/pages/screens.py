"""The screens of the form's steps: which of its fields and errors each one shows."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from api.campaigns.published import PublishedCampaign
from api.campaigns.schema import TEXT_FIELDS
from api.campaigns.statements import Statement, statement_of
from api.deliveries.channels.cwc.message import BETWEEN
from api.letters.slot import fill
from api.pages.campaign_context import about_campaign, grounds, progress
from api.pages.errors import PageError
from api.pages.flow_form import ASKED_ZIP, DETAILS, NO_PREFIX, PARTS, WIDE, FlowForm, base_of
from api.pages.open_graph import open_graph
from api.pages.rendering import NO_STORE, View
from api.pages.ways import Ways, outlook, way
from api.security.domain_hints import suggest_domain
from api.services import Services, now
from api.submissions.drafts import Draft
from api.submissions.forms import OWN_WORDS_MAX, STATEMENT_MAX, SUBJECT_MAX, PreviewForm
from api.submissions.parsing import parse_fields
from api.submissions.targeting import Targeting, place_of
from api.targets.days import eastern_date
from api.targets.models import Found
from api.targets.states import STATES
from api.targets.unknown_lines import states_of

RADIOS = 8  # up to this many districts are radio buttons; more are a select
PREFIXES = ("Ms.", "Mr.", "Mrs.", "Miss", "Dr.")
LOOK_UP = ("street", "city")  # what the street look-up asks for
SENDING = ("city", "updates", "share_partner", "nudged", "sign_on")  # beside the letters
COLUMNS = 62
FIRST_FACTS = 6
LIMITS = {"subject": SUBJECT_MAX, "own_words": OWN_WORDS_MAX, "statement": STATEMENT_MAX}
UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Flow:
    """One step through the flow of one campaign: the view, and the form as it came."""

    view: View
    published: PublishedCampaign
    form: FlowForm

    @property
    def services(self) -> Services:
        return self.view.services

    @property
    def slug(self) -> str:
        return self.published.slug

    def with_form(self, form: FlowForm) -> "Flow":
        return replace(self, form=form)

    def context(self, errors: Sequence[PageError], *shown: str) -> dict[str, Any]:
        """What all screens need. ``shown`` are the fields that the screen has itself."""
        language = self.view.language
        return {
            "campaign": about_campaign(self.published, language),
            "form": replace(self.form.put(lang=language), ranks=self._ranks()),
            "shown": (*shown, "lang", "approval", "key"),
            "errors": errors,
            "messages": {error.target: error for error in errors},
        }

    def _ranks(self) -> dict[str, str]:
        """A place for each demand that can be chosen; what the form does not name is left out."""
        if not self.published.campaign.form.choose_demands:
            return {}
        return {d: self.form.ranks.get(d, "out") for d in self.published.default_demands}


async def campaign_page(
    flow: Flow,
    errors: Sequence[PageError] = (),
    headers: Mapping[str, str] = NO_STORE,
    *,
    correctable: bool = False,
) -> Response:
    """Screen 1 on the campaign's page. ``correctable``: with a button to name one's district,
    where nobody can be written to for the ZIP code's."""
    form = flow.published.campaign.form
    fields = [*DETAILS, *(["phone"] if form.ask_phone else [])]
    fields += ["demands"] if form.choose_demands else []
    context = {
        **flow.context(errors, *fields),
        **grounds(flow.published, flow.view.language),
        "progress": await progress(flow.services, flow.published),
        "ask_phone": form.ask_phone,
        "choose_demands": form.choose_demands,
        "first_facts": FIRST_FACTS,
        "outlook": outlook(flow.services.router, flow.published),
        "correctable": correctable,
        "og": await open_graph(flow.view, flow.published),
    }
    status = UNPROCESSABLE if errors else 200
    return flow.view.render(
        f"{flow.view.surface.folder}campaign.html.j2", context, status=status, headers=headers
    )


def place_page(
    flow: Flow,
    targeting: Targeting,
    errors: Sequence[PageError] = (),
    *,
    notice: str | None = None,
    status: int | None = None,
) -> Response:
    """The screen in between, for people who must say more: district, state, what a channel
    requires."""
    found = targeting.found
    asked = asked_fields(flow, targeting)
    every = districts_of(flow, found)
    # A district that is not one of the ZIP code's has to be in the list too, if it was chosen.
    wide = bool(flow.form[WIDE] or {flow.form["district"]} & {*every} - {*found.districts})
    look_up = "district" in asked and flow.services.submissions.geocoder is not None
    shown = [*asked, *(LOOK_UP if look_up else ())]
    context = {
        **flow.context(errors, *shown, ASKED_ZIP),
        "look_up": look_up,
        "notice": notice,
        "zip": found.zip,
        "unknown_states": states_of(found) if "district" in asked else None,
        "asked": asked,
        "districts": _districts(flow, every if wide else found.districts)
        if "district" in asked
        else [],
        "wide": wide,
        "more": not wide and len(every) > len(found.districts),
        "radios": RADIOS,
        "states": [(code, STATES[code].name) for code in found.states],
        "prefixes": PREFIXES,
        "no_prefix": NO_PREFIX,
    }
    status = status or (UNPROCESSABLE if errors else 200)
    return flow.view.render("place.html.j2", context, status=status)


def asked_fields(flow: Flow, targeting: Targeting) -> list[str]:
    """The fields of the screen in between: what the ZIP code leaves open, what channels require."""
    found, fields = targeting.found, []
    if found.needs_district or flow.form["district"] or flow.form[WIDE]:
        fields.append("district")
    elif found.state is None:
        fields.append("state")
    return [*fields, *flow.services.router.requires(targeting.seats)]


def districts_of(flow: Flow, found: Found) -> list[str]:
    """All districts of the ZIP code's states, of which the supporter may name any, since ZIP
    areas are sometimes wrong at their edges; [] where the campaign does not write to the House."""
    directory = flow.services.published.directory
    if "house" not in flow.published.chambers:
        return []
    return [district for state in found.states for district in directory.districts(state)]


def is_correctable(flow: Flow, found: Found) -> bool:
    """Whether the ZIP code alone gave the district, and the state has others."""
    known = found.district is not None and not flow.form["district"]
    return known and len(districts_of(flow, found)) > 1


def open_fields(flow: Flow, targeting: Targeting) -> list[str]:
    """Those of them without an answer."""
    return [field for field in asked_fields(flow, targeting) if not flow.form[field].strip()]


def letters_page(
    flow: Flow, errors: Sequence[PageError] = (), *, status: int = 200, notice: str | None = None
) -> Response:
    """Screen 2. Raises InvalidInput for a form whose details do not hold."""
    form = flow.form
    plain = _preview_form(_with_good_city(flow, errors), edited=False)
    original = flow.services.submissions.preview(flow.slug, plain)
    place, seats = place_of(original.targeting, plain.supporter), original.targeting.seats
    shown = original
    if not errors:
        edited = _preview_form(flow, edited=True, seats=seats)
        shown = flow.services.submissions.preview(flow.slug, edited)
    letters = [
        {**_letter(flow, before, after, place), "way": way(route)}
        for before, after, route in zip(original.drafts, shown.drafts, original.routes, strict=True)
    ]
    answered = any(form[name].strip() for name in TEXT_FIELDS)
    personal = answered or any(letter["share"] for letter in letters)
    context = {
        **flow.context(errors, *TEXT_FIELDS, *SENDING),
        "seats": seats,
        "letters": letters,
        "ways": Ways.of(original.routes),
        "vacant": original.targeting.found.vacant,
        "approval": original.approval,
        "key": form["key"] or secrets.token_urlsafe(16),
        "place": place,
        "zip_district": original.targeting.found.district
        if is_correctable(flow, original.targeting.found)
        else None,
        "asked": _asked(flow),
        "nudge": not personal and not form["nudged"],
        "notice": notice,
        "statement": _statement(flow),
        "partner": flow.services.partners.known(flow.published.campaign.partners, form["partner"]),
        "mistyped": suggest_domain(form["email"]),
        "fixed_city": "city" in flow.services.router.requires(seats),
    }
    return flow.view.render("letters.html.j2", context, status=status)


def _asked(flow: Flow) -> list[dict[str, Any]]:
    """The fields for the writer's own words."""
    asked, language = flow.published.campaign.form.asked, flow.view.language
    return [
        {"name": name, "ask": field.ask.get(language), "max": field.max}
        for name, field in asked.items()
    ]


def _statement(flow: Flow) -> Statement | None:
    """The open letter that can be signed beside the letters."""
    offered = flow.published.campaign.sign_on
    if offered is None or not offered.persons:
        return None
    return statement_of(flow.published, flow.view.language)


def _with_good_city(flow: Flow, errors: Sequence[PageError]) -> Flow:
    """Without a city that cannot be taken, so that the letters can be shown beside the error."""
    if not any(error.target == "city" for error in errors):
        return flow
    return flow.with_form(flow.form.put(city=""))


def _preview_form(flow: Flow, *, edited: bool, seats: Sequence[str] = ()) -> PreviewForm:
    supporter = flow.form.supporter()
    supporter.pop("email", None)
    shape = flow.form.shape(flow.view.language, flow.form.edits(seats) if edited else ())
    if not edited:
        shape |= dict.fromkeys(TEXT_FIELDS, "")
    return parse_fields(PreviewForm, {**shape, "supporter": supporter})


def _letter(flow: Flow, before: Draft, after: Draft, place: str) -> dict[str, Any]:
    """One letter on screen 2: what stands in its fields, and what it rests on."""
    seat, form = before.seat, flow.form
    edited = {part for edit in form.edits([seat]) for part in edit if part in PARTS}
    typed = {part: form.part(seat, part) if part in edited else None for part in PARTS}
    subject = before.subject if typed["subject"] is None else typed["subject"]
    statement = before.statement if typed["statement"] is None else typed["statement"]
    return {
        "seat": seat,
        "name": before.text.name,
        "office": _office(flow, seat),
        "salutation": before.text.salutation,
        "close": fill(before.text.close, place),
        "subject": subject,
        "statement": statement,
        "own_words": typed["own_words"] or "",
        "base": base_of(before.subject, before.statement),
        "edited": bool(edited),
        "share": after.personal_share,
        "rows": _rows(statement),
        "limits": _limits(flow, after),
        "cites": _cites(flow.published, before),
    }


def _limits(flow: Flow, draft: Draft) -> dict[str, int]:
    """How much fits into each part. Where an office's message system takes a changed statement
    and the writer's own words as one text, they share its room."""
    if not flow.services.router.channel_for(draft.seat).one_text:
        return LIMITS
    shared = {**LIMITS, "statement": STATEMENT_MAX - _with_break(draft.own_words)}
    if draft.statement_edited:
        shared["own_words"] = OWN_WORDS_MAX - _with_break(draft.statement)
    return shared


def _with_break(text: str) -> int:
    return len(text) + len(BETWEEN) if text else 0


def _rows(text: str) -> int:
    """About as many rows as the text takes, for browsers that do not fit the field to it."""
    return sum(1 + len(line) // COLUMNS for line in text.split("\n")) + 1


def _office(flow: Flow, seat: str) -> dict[str, str]:
    """What the office is, such as "Senator" (a msgid) of "MA"."""
    fixed = {target.seat: target for target in flow.published.fixed_targets}
    today = eastern_date(now())
    target = fixed.get(seat) or flow.services.published.directory.seat(seat, today)
    if target is None:
        return {"title": "", "place": ""}
    return {"title": target.title, "place": target.district or target.state or ""}


def _cites(published: PublishedCampaign, draft: Draft) -> list[dict[str, Any]]:
    facts, sources = published.dossier.facts, published.dossier.sources
    return [
        {"claim": facts[fact].claim, "source": sources[facts[fact].source]}
        for fact in draft.text.cites
        if fact in facts
    ]


def _districts(flow: Flow, districts: Sequence[str]) -> list[dict[str, str | None]]:
    """Each district with who represents it; ``name`` is None where nobody does."""
    directory, today = flow.services.published.directory, eastern_date(now())
    found = []
    for district in districts:
        holder = directory.seat(f"house:{district}", today)
        state, _, number = district.partition("-")
        found.append(
            {
                "district": district,
                "state": STATES[state].name,
                "number": number if number != "0" else None,
                "name": holder.name if holder else None,
            }
        )
    return found
