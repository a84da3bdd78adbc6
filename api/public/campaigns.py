"""Reading campaigns: the list, one of them, its targets, its counts."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.campaigns.published import PublishedCampaign
from api.database.session import holds_connection
from api.i18n import ENGLISH, LANGUAGES
from api.public.answers import (
    CampaignAnswer,
    CampaignList,
    CountsAnswer,
    PreviewAnswer,
    TargetsAnswer,
)
from api.public.bodies import body_of, documented
from api.public.dependencies import ServicesDep
from api.services import Services, now
from api.submissions.forms import PreviewForm, TargetsForm
from api.submissions.targeting import Targeting, require_state
from api.targets.days import eastern_date

router = APIRouter(prefix="/api/v1", tags=["campaigns"])

ZipQuery = Annotated[str, Query(max_length=64, examples=["02138"])]
DistrictQuery = Annotated[str | None, Query(max_length=64, examples=["MA-5"])]
Lang = Annotated[
    str, Query(max_length=8, description=f"{', '.join(LANGUAGES)}; English where one lacks")
]


@router.get("/campaigns", response_model=CampaignList)
async def list_campaigns(request: Request, services: ServicesDep, lang: Lang = ENGLISH) -> Response:
    """List the open campaigns."""
    cards = [
        _card(services, published, lang)
        for published in services.published.catalog.campaigns.values()
        if published.state(now()) == "open"
    ]
    seconds = services.counts.seconds_left  # a campaign may close at any time
    return cacheable(request, {"items": cards, "next": None}, seconds=seconds)


@router.get("/campaigns/{slug}", response_model=CampaignAnswer)
async def read_campaign(
    request: Request, slug: str, services: ServicesDep, lang: Lang = ENGLISH
) -> Response:
    """Read one campaign: what it asks, on which facts, and how many have joined."""
    published = services.submissions.find_campaign(slug)
    campaign, dossier = published.campaign, published.dossier
    counts = await services.counts.read(slug)
    statement = campaign.sign_on.statement.get(lang) if campaign.sign_on else None
    body = {
        **_card(services, published, lang),
        "sponsor": localized(campaign.sponsor, lang),
        "topic": campaign.topic,
        "bill": campaign.bill.model_dump() if campaign.bill else None,
        "position": campaign.position,
        "targets": list(campaign.targets),
        "demands": _entries(dossier.demands.values(), lang),
        "facts": _entries(dossier.facts.values(), lang),
        "sources": _entries(dossier.sources.values(), lang),
        "officials": _entries(dossier.officials.values(), lang),
        "form": localized(campaign.form, lang),
        "statement": statement,
        "share": campaign.share.text.get(lang) if campaign.share else None,
        "counts": counts.as_json(campaign.goal),
    }
    return cacheable(request, body, seconds=services.counts.seconds_left)


@router.get("/campaigns/{slug}/counts", response_model=CountsAnswer)
async def read_counts(request: Request, slug: str, services: ServicesDep) -> Response:
    """Read how many have joined, as of some seconds ago."""
    published = services.submissions.find_campaign(slug)
    counts = await services.counts.read(slug)
    return cacheable(
        request, counts.as_json(published.campaign.goal), seconds=services.counts.seconds_left
    )


@router.get("/campaigns/{slug}/targets", response_model=TargetsAnswer)
async def read_targets(
    request: Request,
    slug: str,
    services: ServicesDep,
    zip: ZipQuery,  # noqa: A002 (the contract's name)
    district: DistrictQuery = None,
) -> Response:
    """Find who would be written to from this ZIP code; a split one needs the district."""
    targeting = services.submissions.targets(slug, zip, district)
    return cacheable(request, _targets(services, targeting), seconds=60)


@router.post(
    "/campaigns/{slug}/targets",
    response_model=TargetsAnswer,
    openapi_extra=documented(TargetsForm),
)
async def find_targets(
    slug: str, form: Annotated[TargetsForm, Depends(body_of(TargetsForm))], services: ServicesDep
) -> Response:
    """Find who would be written to, with a street in the body, never in a URL.

    With a street and no district, the operator's geocoder is asked, where there is one; the
    answer's ``located`` then goes into the form.
    """
    if form.street and not form.district and services.submissions.geocoder is not None:
        targeting, located = await services.submissions.locate(slug, form)
        body = {**_targets(services, targeting), "located": located.proof}
    else:
        targeting = services.submissions.targets(slug, form.zip, form.district)
        body = _targets(services, targeting)
    require_state(targeting.found, form.state, "state")
    return _json(body, {"Cache-Control": "no-store"})


@router.post(
    "/campaigns/{slug}/letters",
    response_model=PreviewAnswer,
    openapi_extra=documented(PreviewForm),
)
async def preview_letters(
    slug: str, form: Annotated[PreviewForm, Depends(body_of(PreviewForm))], services: ServicesDep
) -> Response:
    """Preview the letters, with an approval to send back; stores nothing."""
    preview = services.submissions.preview(slug, form)
    return _json(preview.as_json(services.keys), {"Cache-Control": "no-store"})


def _card(services: Services, published: PublishedCampaign, lang: str) -> dict[str, Any]:
    campaign = published.campaign
    return {
        "slug": campaign.slug,
        "kind": campaign.kind,
        "title": campaign.title.get(lang),
        "summary": campaign.summary.get(lang),
        "status": published.state(now()),
        "opens": _utc(campaign.opens),
        "closes": _utc(campaign.closes),
        "languages": list(campaign.languages),
        "url": f"{services.settings.public_url}/c/{campaign.slug}",
    }


def _targets(services: Services, targeting: Targeting) -> dict[str, Any]:
    found, directory = targeting.found, services.published.directory
    return {
        "zip": found.zip,
        "states": found.states,
        "districts": found.districts,
        "needs_district": found.needs_district,
        "targets": [
            {
                "seat": target.seat,
                "id": target.id,
                "kind": target.kind,
                "name": target.name,
                "title": target.title,
                "state": target.state,
                "district": target.district,
                "phone": target.phone,
                "contact_url": target.contact_url,
                "committees": [membership.name for membership in target.committees],
                "channel": services.router.channel_for(target.seat).name,
                **services.router.foresee(target.seat).told,
            }
            for target in targeting.targets
        ],
        "vacant": [
            {"seat": vacancy.seat, "reason": vacancy.reason, "since": vacancy.since}
            for vacancy in found.vacant
        ],
        "elsewhere": targeting.elsewhere,
        "requires": services.router.requires(targeting.seats),
        "data": {
            "congress": directory.congress,
            "as_of": directory.as_of,
            "stale": directory.stale(eastern_date(now())),
        },
    }


def _utc(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _entries(entries: Iterable[BaseModel], lang: str) -> list[dict[str, Any]]:
    return [localized(entry, lang) for entry in entries]


def localized(model: BaseModel, lang: str) -> dict[str, Any]:
    """A model as JSON, with each text in the language asked for, or else in English."""
    value: dict[str, Any] = _in_language(model.model_dump(mode="json", exclude_none=False), lang)
    return value


def _in_language(value: Any, lang: str) -> Any:
    if isinstance(value, dict):
        if ENGLISH in value and value.keys() <= LANGUAGES.keys():
            return value.get(lang) or value[ENGLISH]
        return {key: _in_language(part, lang) for key, part in value.items()}
    if isinstance(value, list):
        return [_in_language(part, lang) for part in value]
    return value


def cacheable(request: Request, body: dict[str, Any], *, seconds: int) -> Response:
    assert not holds_connection(), "give the connection back, then encode"
    raw = orjson.dumps(body)
    etag = f'"{hashlib.sha256(raw).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": f"public, max-age={seconds}"}
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(raw, 200, headers, "application/json")


def is_known(request: Request, etag: str) -> bool:
    """Whether the client has what this tag names."""
    known = request.headers.get("if-none-match", "").split(",")
    # A proxy that compresses makes tags weak; for this they count alike (RFC 9110, 13.1.2).
    return etag in (tag.strip().removeprefix("W/") for tag in known)


def _json(body: dict[str, Any], headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(body), 200, headers, "application/json")
