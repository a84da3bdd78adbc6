"""What the API says of a campaign, in the one language that was asked for."""

from datetime import UTC, datetime
from types import UnionType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, Union, get_args, get_origin
from weakref import WeakKeyDictionary

from pydantic import BaseModel, Field, create_model

from api.campaigns.dossier import Demand, Fact, Official, Source
from api.campaigns.fields import Strict, Text
from api.campaigns.published import PublishedCampaign
from api.campaigns.schema import Bill, Form, Sponsor
from api.counts.reader import Counts, shown_goal
from api.i18n import ENGLISH, LANGUAGES
from api.services import now


class CountsAnswer(BaseModel):
    supporters: int = Field(description="Counted persons with a confirmed submission.")
    letters: int
    delivered: int = Field(description="Accepted by an official system or taken by a mail server.")
    self_reported: int = Field(description="Sent by the writers' own hands, as they said.")
    persons: int = Field(description="Confirmed personal sign-ons.")
    organizations: int = Field(description="Approved organizations.")
    goal: int | None
    as_of: datetime


def _in_one_language(model: type[BaseModel]) -> type[BaseModel]:
    """The model of a part of a campaign's file, with a string wherever the file has a text by
    language, so that a new field of the file also appears in the answer."""
    fields: dict[str, Any] = {
        name: (_told(field.annotation), ...) for name, field in model.model_fields.items()
    }
    return create_model(f"{model.__name__}Answer", __doc__=model.__doc__, **fields)


def _told(annotation: Any) -> Any:
    if get_origin(annotation) in {Union, UnionType}:
        return Union[tuple(_told(part) for part in get_args(annotation))]  # noqa: UP007
    if annotation is Text:
        return str
    is_part = isinstance(annotation, type) and issubclass(annotation, Strict)
    return _in_one_language(annotation) if is_part else annotation


if TYPE_CHECKING:
    SponsorAnswer: TypeAlias = BaseModel
    FormAnswer: TypeAlias = BaseModel
    DemandAnswer: TypeAlias = BaseModel
else:
    SponsorAnswer, FormAnswer, DemandAnswer = map(_in_one_language, (Sponsor, Form, Demand))


class CampaignCard(BaseModel):
    slug: str
    kind: str
    title: str
    summary: str
    status: str
    opens: datetime | None
    closes: datetime | None
    languages: list[str]
    url: str


class CampaignList(BaseModel):
    items: list[CampaignCard]
    next: str | None


class CampaignAnswer(CampaignCard):
    sponsor: SponsorAnswer
    topic: str
    bill: Bill | None
    position: str | None
    targets: list[str]
    demands: list[DemandAnswer]
    facts: list[Fact]
    sources: list[Source]
    officials: list[Official]
    form: FormAnswer
    statement: str | None
    share: str | None
    counts: CountsAnswer


class _Parts(NamedTuple):
    """The parts of a campaign that have texts in several languages."""

    sponsor: SponsorAnswer
    demands: list[DemandAnswer]
    form: FormAnswer


# Made once for each version of a campaign, and forgotten with it.
_PARTS: WeakKeyDictionary[PublishedCampaign, dict[str, _Parts]] = WeakKeyDictionary()


def campaign_card(published: PublishedCampaign, lang: str, site: str) -> CampaignCard:
    """``site`` is the public URL."""
    campaign = published.campaign
    return CampaignCard(
        slug=campaign.slug,
        kind=campaign.kind,
        title=campaign.title.get(lang),
        summary=campaign.summary.get(lang),
        status=published.state(now()),
        opens=_utc(campaign.opens),
        closes=_utc(campaign.closes),
        languages=list(campaign.languages),
        url=f"{site}/c/{campaign.slug}",
    )


def campaign_answer(
    published: PublishedCampaign, lang: str, site: str, counts: Counts
) -> CampaignAnswer:
    """``site`` is the public URL."""
    campaign, dossier, parts = published.campaign, published.dossier, _parts(published, lang)
    return CampaignAnswer(
        **dict(campaign_card(published, lang, site)),
        sponsor=parts.sponsor,
        topic=campaign.topic,
        bill=campaign.bill,
        position=campaign.position,
        targets=list(campaign.targets),
        demands=parts.demands,
        facts=list(dossier.facts.values()),
        sources=list(dossier.sources.values()),
        officials=list(dossier.officials.values()),
        form=parts.form,
        statement=campaign.sign_on.statement.get(lang) if campaign.sign_on else None,
        share=campaign.share.text.get(lang) if campaign.share else None,
        counts=counts_answer(counts, campaign.goal),
    )


def counts_answer(counts: Counts, first_goal: int) -> CountsAnswer:
    goal = shown_goal(first_goal, counts.by_name["supporters"])
    return CountsAnswer(**counts.by_name, goal=goal, as_of=to_seconds(counts.as_of))


def to_seconds(moment: datetime) -> datetime:
    """In UTC, without fractions of seconds."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else to_seconds(moment)


def _parts(published: PublishedCampaign, lang: str) -> _Parts:
    made = _PARTS.setdefault(published, {})
    if lang not in made:
        campaign, demands = published.campaign, published.dossier.demands.values()
        made[lang] = _Parts(
            SponsorAnswer.model_validate(_localized(campaign.sponsor, lang)),
            [DemandAnswer.model_validate(_localized(demand, lang)) for demand in demands],
            FormAnswer.model_validate(_localized(campaign.form, lang)),
        )
    return made[lang]


def _localized(model: BaseModel, lang: str) -> Any:
    """A model as JSON, with each text in the language asked for, or else in English."""
    return _in_language(model.model_dump(mode="json"), lang)


def _in_language(value: Any, lang: str) -> Any:
    if isinstance(value, dict):
        if ENGLISH in value and value.keys() <= LANGUAGES.keys():
            return value.get(lang) or value[ENGLISH]
        return {key: _in_language(part, lang) for key, part in value.items()}
    if isinstance(value, list):
        return [_in_language(part, lang) for part in value]
    return value
