"""The language and links of a page, from the visitor's request."""

from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request

from api.campaigns.published import PublishedCampaign
from api.i18n import LANGUAGES, negotiate
from api.pages.flow_form import REFERRAL, SLUG, FlowForm
from api.pages.rendering import View
from api.pages.surface import surface_of
from api.services import services_of

# The query parameters that a campaign page passes on, and the pattern of each.
CARRIED = {"partner": SLUG, "ref": REFERRAL}


def view_of(
    request: Request, offered: tuple[str, ...] = tuple(LANGUAGES), otherwise: str | None = None
) -> View:
    """The view of a page that is read. ``otherwise`` is a language that is known of the reader,
    asked before their browser's."""
    asked = request.query_params.get("lang")
    if asked not in offered and otherwise in offered:
        asked = otherwise
    language = negotiate(asked, request.headers.get("accept-language"), offered)
    path, surface = request.scope["path"], surface_of(request)
    packs = "gzip" in request.headers.get("accept-encoding", "")
    return View(services_of(request), language, offered, path, carried(request), packs, surface)


def campaign_view(request: Request, published: PublishedCampaign) -> View:
    return view_of(request, published.campaign.languages)


def posted_view(request: Request, published: PublishedCampaign, form: FlowForm) -> View:
    """The view of a screen that answers a posted form: its language switch is in that form."""
    offered = published.campaign.languages
    language = negotiate(form["lang"], request.headers.get("accept-language"), offered)
    return View(services_of(request), language, offered, surface=surface_of(request))


def carried(request: Request) -> Mapping[str, str]:
    found = {name: request.query_params.get(name, "") for name in CARRIED}
    return {name: value for name, value in found.items() if CARRIED[name].fullmatch(value)}


def share_links(url: str, title: str, words: str) -> dict[str, str]:
    """Links for sharing a page; no service is contacted until one is clicked."""
    text = f"{words} {url}"
    return {
        "url": url,
        "title": title,
        "words": words,
        "email": f"mailto:?subject={quote(title)}&body={quote(text)}",
        "whatsapp": f"https://wa.me/?text={quote(text)}",
        "bluesky": f"https://bsky.app/intent/compose?text={quote(text)}",
    }
