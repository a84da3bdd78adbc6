"""An open letter's page: the text, the form to sign it, and who has signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from api.campaigns.published import PublishedCampaign
from api.campaigns.statements import statement_of
from api.counts.reader import shown_goal
from api.database.session import session_scope
from api.errors import NotFound
from api.pages.campaign_context import about_campaign, grounds, progress
from api.pages.errors import PageError
from api.pages.flow_form import DISPLAYS
from api.pages.open_graph import open_graph
from api.pages.rendering import NO_STORE, View
from api.services import Services
from api.sign_ons import listing
from api.sign_ons.countries import countries, country_name
from api.sign_ons.cursors import Place, write_place
from api.sign_ons.handed_in import occasions
from api.sign_ons.service import HOME

PEOPLE_ON_A_PAGE = 600
UNPROCESSABLE = 422
CARRIED = ("partner", "ref")


@dataclass(frozen=True, slots=True)
class Signing:
    """A signature that is being entered: the view, and the fields as they were sent."""

    view: View
    published: PublishedCampaign
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        return self.view.services

    @property
    def slug(self) -> str:
        return self.published.slug

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def context(self, errors: Sequence[PageError]) -> dict[str, Any]:
        language, offered = self.view.language, self.published.campaign.sign_on
        assert offered is not None
        return {
            "campaign": about_campaign(self.published, language),
            "statement": statement_of(self.published, language),
            "form": self,
            "offered": offered,
            "displays": DISPLAYS,
            "countries": countries(language) if offered.countries or offered.organizations else (),
            "home": HOME,
            "carried": [(name, self[name]) for name in CARRIED if self[name]],
            "errors": errors,
            "messages": {error.target: error for error in errors},
        }


async def letter_page(
    signing: Signing,
    errors: Sequence[PageError] = (),
    headers: Mapping[str, str] = NO_STORE,
) -> Response:
    """The open letter with its form; with ``errors`` as it was sent."""
    context = {
        **signing.context(errors),
        **grounds(signing.published, signing.view.language),
        "progress": await progress(signing.services, signing.published),
        "counts": await _counts(signing),
        "og": await open_graph(signing.view, signing.published),
    }
    status = UNPROCESSABLE if errors else 200
    template = f"{signing.view.surface.folder}open_letter.html.j2"
    return signing.view.render(template, context, status=status, headers=headers)


def organization_page(signing: Signing, errors: Sequence[PageError] = ()) -> Response:
    """The form for an organization; with ``errors`` as it was sent. Raises NotFound."""
    context = signing.context(errors)
    if not context["offered"].organizations:
        raise NotFound("Only people sign this letter.")
    status = UNPROCESSABLE if errors else 200
    return signing.view.render("sign_for.html.j2", context, status=status)


async def signers_page(
    signing: Signing, after: Place | None, headers: Mapping[str, str] = NO_STORE
) -> Response:
    """The statement with all its signatories: organizations, then people by name."""
    form, language = signing.published.campaign.sign_on, signing.view.language
    assert form is not None
    async with session_scope(signing.services.engine) as session:
        organizations = await listing.organizations(session, signing.slug, form)
        people = await listing.by_name(session, signing.slug, after, PEOPLE_ON_A_PAGE)
        delivered = await occasions(session, signing.slug, form)
    historic = form.historic
    context = {
        **signing.context(()),
        "og": await open_graph(signing.view, signing.published),
        "counts": await _counts(signing),
        "organizations": [(each, _country(each.country, language)) for each in organizations],
        "people": people.signers,
        "more": people.next and write_place(signing.services.keys, signing.slug, people.next),
        "delivered": delivered,
        "first": after is None,
        "historic": historic,
        "historic_source": historic and signing.published.dossier.sources[historic.source],
    }
    return signing.view.render("statement.html.j2", context, headers=headers)


def _country(code: str, language: str) -> str | None:
    return None if code == HOME else country_name(code, language)


async def _counts(signing: Signing) -> dict[str, Any]:
    counts = await signing.services.counts.read(signing.slug)
    persons = counts.by_name["persons"]
    return {
        "persons": persons,
        "organizations": counts.by_name["organizations"],
        "goal": shown_goal(signing.published.campaign.goal, persons),
        "day": counts.as_of.date(),
    }
