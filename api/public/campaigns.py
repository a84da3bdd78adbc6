"""Reading campaigns: the list, one of them, its targets, its counts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator

from api.caching import CacheableRoute, cacheable, seconds_until_next_counts
from api.errors import CampaignClosed, NotYourTarget, Unavailable
from api.i18n import ENGLISH, LANGUAGES
from api.problems import problems
from api.public.answers import PreviewAnswer
from api.public.bodies import body_of, documented
from api.public.campaign_answers import (
    CampaignAnswer,
    CampaignList,
    CountsAnswer,
    campaign_answer,
    campaign_card,
    counts_answer,
)
from api.public.dependencies import ServicesDep
from api.public.target_answers import TargetsAnswer, targets_answer
from api.services import now
from api.submissions.forms import PreviewForm, TargetsForm
from api.submissions.service import IsOpenLetter
from api.submissions.street import LookUpOff
from api.submissions.targeting import require_state

router = APIRouter(prefix="/api/v1", tags=["campaigns"], route_class=CacheableRoute)

ZipQuery = Annotated[str, Query(max_length=64, examples=["02138"])]
DistrictQuery = Annotated[str | None, Query(max_length=64, examples=["MA-5"])]
Lang = Annotated[
    str,
    Query(max_length=8, description=f"{', '.join(LANGUAGES)}; English where one lacks"),
    AfterValidator(lambda asked: asked if asked in LANGUAGES else ENGLISH),
]


@router.get("/campaigns")
@cacheable(seconds_until_next_counts)  # a campaign may close at any time
async def list_campaigns(services: ServicesDep, lang: Lang = ENGLISH) -> CampaignList:
    """List the open campaigns."""
    site, moment = services.settings.public_url, now()
    campaigns = services.published.catalog.campaigns.values()
    opened = [published for published in campaigns if published.state(moment) == "open"]
    cards = [campaign_card(published, lang, site) for published in opened]
    return CampaignList(items=cards, next=None)


@router.get("/campaigns/{slug}")
@cacheable(seconds_until_next_counts)
async def read_campaign(slug: str, services: ServicesDep, lang: Lang = ENGLISH) -> CampaignAnswer:
    """Read one campaign: what it asks, on which facts, and how many have joined."""
    published = services.submissions.find_campaign(slug)
    counts = await services.counts.read(slug)
    return campaign_answer(published, lang, services.settings.public_url, counts)


@router.get("/campaigns/{slug}/counts")
@cacheable(seconds_until_next_counts)
async def read_counts(slug: str, services: ServicesDep) -> CountsAnswer:
    """Read how many have joined, as of some seconds ago."""
    published = services.submissions.find_campaign(slug)
    return counts_answer(await services.counts.read(slug), published.campaign.goal)


@router.get("/campaigns/{slug}/targets", response_model_exclude_unset=True)
@cacheable(60)
async def read_targets(
    slug: str,
    services: ServicesDep,
    zip: ZipQuery,  # noqa: A002 (the contract's name)
    district: DistrictQuery = None,
    lang: Lang = ENGLISH,
) -> TargetsAnswer:
    """Find who would be written to from this ZIP code; a split one needs the district."""
    return targets_answer(services, services.submissions.targets(slug, zip, district), lang)


@router.post(
    "/campaigns/{slug}/targets",
    response_model_exclude_unset=True,
    responses=problems(LookUpOff, Unavailable),
    openapi_extra=documented(TargetsForm),
)
async def find_targets(
    slug: str,
    form: Annotated[TargetsForm, Depends(body_of(TargetsForm))],
    services: ServicesDep,
    lang: Lang = ENGLISH,
) -> TargetsAnswer:
    """Find who would be written to, with a street in the body, never in a URL.

    With a street and no district, the operator's geocoder is asked, where there is one; the
    answer's ``located`` then goes into the form.
    """
    if form.street and not form.district and services.submissions.geocoder is not None:
        targeting, located = await services.submissions.locate(slug, form)
        answer = targets_answer(services, targeting, lang, located=located.proof)
    else:
        targeting = services.submissions.targets(slug, form.zip, form.district)
        answer = targets_answer(services, targeting, lang)
    require_state(targeting.found, form.state, "state")
    return answer


@router.post(
    "/campaigns/{slug}/letters",
    responses=problems(CampaignClosed, IsOpenLetter, NotYourTarget),
    openapi_extra=documented(PreviewForm),
)
async def preview_letters(
    slug: str, form: Annotated[PreviewForm, Depends(body_of(PreviewForm))], services: ServicesDep
) -> PreviewAnswer:
    """Preview the letters, with an approval to send back; stores nothing."""
    preview = services.submissions.preview(slug, form)
    return PreviewAnswer.model_validate(preview.as_json(services.keys))
