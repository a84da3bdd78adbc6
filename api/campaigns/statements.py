"""The open letter of a campaign: its text in one language, fixed by a digest.

A signature has the digest of what was read. A text that somebody signed may not be edited any more
(see ``api.sign_ons.statements``): another text is another campaign.
"""

from dataclasses import dataclass
from functools import lru_cache

from api.campaigns.published import PublishedCampaign
from api.errors import NotFound
from api.letters.canonical import digest

PREFIX = "st1"


@dataclass(frozen=True, slots=True)
class Statement:
    """``digest`` is over campaign, language and text; ``language`` is that of the text."""

    campaign: str
    language: str
    text: str
    digest: str


@lru_cache(maxsize=256)
def statement_of(published: PublishedCampaign, language: str) -> Statement:
    """The statement for a reader of ``language``, in English if there is no translation.

    Raises NotFound for a campaign without a public statement.
    """
    form = published.campaign.sign_on
    if form is None:
        raise NotFound("This campaign has no public statement to sign.")
    text = form.statement.get(language)
    if language != "en" and text == form.statement.get("en"):
        language = "en"
    parts = {"campaign": published.slug, "language": language, "text": text}
    return Statement(published.slug, language, text, digest(PREFIX, parts))


def statements_of(published: PublishedCampaign) -> list[Statement]:
    """The statement in each language of the campaign; none without one."""
    if published.campaign.sign_on is None:
        return []
    found = [statement_of(published, language) for language in published.campaign.languages]
    return list({statement.digest: statement for statement in found}.values())
