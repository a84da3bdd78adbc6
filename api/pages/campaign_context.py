"""The template context of a campaign's pages."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from api.campaigns.dossier import Demand, Dossier
from api.campaigns.published import PublishedCampaign
from api.counts.reader import shown_goal
from api.errors import Unavailable
from api.services import Services, now
from api.targets.days import EASTERN

log = structlog.get_logger()

# Below this a progress bar looks discouraging, and could reveal who was first.
SHOWN_FROM = 10


def about_campaign(published: PublishedCampaign, language: str) -> dict[str, Any]:
    """What every page of a campaign shows about it."""
    campaign, state = published.campaign, published.state(now())
    return {
        "slug": campaign.slug,
        "title": campaign.title.get(language),
        "summary": campaign.summary.get(language),
        "open": state == "open",
        "closed": state == "closed",
        "closes": closing(published),
        "open_letter": campaign.kind == "open_letter",
        "review": campaign.sign_on.review if campaign.sign_on else None,
        "targets": published.target_names,
        "sponsor": {
            "name": campaign.sponsor.name,
            "email": campaign.sponsor.email,
            "phone": campaign.sponsor.phone,
            "address": campaign.sponsor.address,
            "about": campaign.sponsor.about.get(language),
            "disclosure": (
                campaign.sponsor.disclosure.get(language) if campaign.sponsor.disclosure else None
            ),
        },
    }


def closing(published: PublishedCampaign) -> datetime | None:
    """When an open campaign will close, in US Eastern; None where no time is set."""
    closes = published.campaign.closes
    is_open = published.state(now()) == "open"
    return closes.astimezone(EASTERN) if closes and is_open else None


def grounds(published: PublishedCampaign, language: str) -> dict[str, Any]:
    """Demands, facts, officials and sources; a source's number is its place in the list."""
    dossier = published.dossier
    demands = [dossier.demands[demand] for demand in published.default_demands]
    signed = published.campaign.sign_on
    facts = list(dict.fromkeys([*_chosen(demands, "facts"), *(signed.facts if signed else ())]))
    officials = _chosen(demands, "officials")
    sources = _sources(dossier, facts, officials)
    numbers = {source: number for number, source in enumerate(sources, 1)}
    return {
        "demands": [
            {
                "id": demand.id,
                "title": demand.title.get(language),
                "status": demand.status,
                "status_as_of": demand.status_as_of,
            }
            for demand in demands
        ],
        "facts": [
            {"claim": dossier.facts[fact].claim, "number": numbers[dossier.facts[fact].source]}
            for fact in facts
        ],
        "officials": _officials(dossier, officials, numbers),
        "sources": [dossier.sources[source] for source in sources],
    }


def until_next_counts(services: Services) -> dict[str, str]:
    """The caching of a page that shows counts: until the next counts are shown."""
    seconds = services.counts.seconds_left
    return {"Cache-Control": f"public, max-age={seconds}", "Vary": "Accept-Language"}


async def progress(services: Services, published: PublishedCampaign) -> dict[str, Any] | None:
    """Confirmed supporters (of an open letter: its signers) and the goal; None below a minimum, or
    in an outage."""
    try:
        counts = await services.counts.read(published.slug)
    except (SQLAlchemyError, OSError, Unavailable) as error:
        # The page is useful without it.
        log.warning("pages.no_counts", error=type(error).__name__)
        return None
    signed = published.campaign.kind == "open_letter"
    supporters = counts.by_name["persons" if signed else "supporters"]
    if supporters < SHOWN_FROM:
        return None
    goal = shown_goal(published.campaign.goal, supporters)
    return {
        "supporters": supporters,
        "goal": goal,
        "letters": counts.by_name["letters"],
        "signed": signed,
    }


def _chosen(demands: Iterable[Demand], kind: str) -> list[str]:
    """Ids in the order of the demands, each once."""
    return list(dict.fromkeys(entry for demand in demands for entry in getattr(demand, kind)))


def _sources(dossier: Dossier, facts: Iterable[str], officials: Iterable[str]) -> list[str]:
    cited = [dossier.facts[fact].source for fact in facts]
    cited += [dossier.officials[official].source for official in officials]
    return list(dict.fromkeys(cited))


def _officials(
    dossier: Dossier, officials: Iterable[str], numbers: dict[str, int]
) -> list[dict[str, Any]]:
    """Listed officials by the document that names them."""
    groups: dict[str, dict[str, Any]] = {}
    for official in (dossier.officials[official] for official in officials):
        source = dossier.sources[official.source]
        group = groups.setdefault(
            source.id, {"source": source, "number": numbers[source.id], "named": []}
        )
        group["named"].append(official)
    return list(groups.values())
