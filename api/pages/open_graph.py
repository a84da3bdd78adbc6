"""How a link to a campaign looks where it is shared: Open Graph, Twitter's cards, oEmbed."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from api.campaigns.published import PublishedCampaign
from api.i18n import N_, translations, with_territory
from api.i18n.formats import number
from api.pages.campaign_context import about_campaign, progress
from api.pages.rendering import View, environment_of, in_language
from api.printing.card import HEIGHT, WIDTH, Card, card_press

# Pages that belong to no campaign: the texts of their pictures, (title, words).
PAGES = {
    "campaigns": (
        N_("Write to those who decide for you"),
        N_("Write a personal letter to your own representatives."),
    ),
    "records": (
        N_("What members of Congress did"),
        N_(
            "Letters, bills and speeches on these campaigns' demands, each with the document that "
            "says so."
        ),
    ),
    "about": (
        N_("Who runs this, and how numbers are made"),
        N_("Write a personal letter to your own representatives."),
    ),
    "privacy": (
        N_("What is kept of you, for how long, and who can see it"),
        N_("No cookies, no tracking."),
    ),
}

Numbers = dict[str, Any] | None


async def open_graph(view: View, published: PublishedCampaign) -> dict[str, Any]:
    """What ``og.html.j2`` needs, for a page of this campaign."""
    slug = published.slug
    card = card_of(view, published, await progress(view.services, published))
    summary = about_campaign(published, view.language)["summary"]
    query = urlencode({"url": page_url(view, slug), "format": "json"})
    oembed = f"{view.services.settings.public_url}/oembed?{query}"
    return _graph(view, card, f"/card/{slug}.png", summary) | {"oembed": oembed}


def page_graph(view: View, page: str) -> dict[str, Any]:
    """The same for one of ``PAGES``."""
    card = page_card(view, page)
    return _graph(view, card, f"/card/pages/{page}.png", card.words)


def _graph(view: View, card: Card, path: str, description: str) -> dict[str, Any]:
    query = {"lang": view.language, "v": card_press().digest(card)}
    return {
        "title": card.title,
        "description": description,
        "image": f"{view.services.settings.public_url}{path}?{urlencode(query)}",
        "alt": ". ".join((card.title, f"{card.number} {card.words}".strip())),
        "width": WIDTH,
        "height": HEIGHT,
        "locale": with_territory(view.language),
        "others": [with_territory(code) for code in view.offered if code != view.language],
        "oembed": None,
    }


def page_url(view: View, slug: str) -> str:
    """The address of a campaign's page in the view's language, for others to use."""
    return view.services.settings.public_url + in_language(f"/c/{slug}", view.language)


def card_of(view: View, published: PublishedCampaign, numbers: Numbers) -> Card:
    """The picture of a campaign as it stands now."""
    parts = environment_of(view.services.settings, view.language).get_template("parts.html.j2")
    words = parts.module.card_words(numbers, published.campaign.kind)  # type: ignore[attr-defined]
    done = min(1.0, numbers["supporters"] / numbers["goal"]) if numbers else None
    return Card(
        language=view.language,
        title=published.campaign.title.get(view.language),
        words=" ".join(words.unescape().split()),
        site=urlsplit(view.services.settings.public_url).netloc,
        number=number(numbers["supporters"], view.language) if numbers else "",
        share=done and round(done, 3),
    )


def page_card(view: View, page: str) -> Card:
    """The picture of one of ``PAGES``."""
    said = translations(view.services.settings.locale_dir, view.language).gettext
    title, words = PAGES[page]
    site = urlsplit(view.services.settings.public_url).netloc
    return Card(language=view.language, title=said(title), words=said(words), site=site)
