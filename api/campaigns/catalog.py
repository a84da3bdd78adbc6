"""The campaigns that this process serves: checked, frozen, in memory."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from api.campaigns.check import examine
from api.campaigns.checked import Checked
from api.campaigns.dossier import Dossier
from api.campaigns.problems import CheckFailed, Problem, errors_of
from api.campaigns.published import PublishedCampaign
from api.errors import NotFound
from api.targets.congress import Directory


class Catalog:
    """All campaigns by slug, drafts included. ``warnings`` are the check's; ``dossier`` is
    complete, while each campaign has only what it uses."""

    def __init__(
        self,
        campaigns: Mapping[str, PublishedCampaign],
        warnings: tuple[Problem, ...] = (),
        dossier: Dossier | None = None,
    ) -> None:
        self.dossier = dossier or Dossier()
        self.campaigns: Mapping[str, PublishedCampaign] = MappingProxyType(dict(campaigns))
        self.by_digest: Mapping[str, PublishedCampaign] = MappingProxyType(
            {campaign.bundle_digest: campaign for campaign in campaigns.values()}
        )
        self.warnings = warnings

    def get(self, slug: str) -> PublishedCampaign:
        """Raises ``NotFound``. Its ``state`` says whether the campaign may be shown."""
        campaign = self.campaigns.get(slug)
        if campaign is None:
            raise NotFound("There is no campaign of that name.")
        return campaign


def load_catalog(
    campaigns_dir: Path,
    templates_dir: Path,
    directory: Directory,
    today: date,
    checked: Checked | None = None,
) -> Catalog:
    """Reads, checks and renders all campaigns; ``today`` is the day in US Eastern.

    What was ``checked`` before is not checked again, and what was checked now is kept there.
    Raises ``CheckFailed`` with every problem, each with its file, line and column.
    """
    examination = examine(campaigns_dir, templates_dir, directory, today, checked)
    if errors_of(examination.problems):
        raise CheckFailed(examination.problems)
    if checked is not None:
        checked.save()
    for campaign in examination.campaigns.values():
        if campaign.campaign.letter:
            for seat in campaign.readers:
                campaign.text(seat, campaign.default_demands)
    problems = tuple(examination.problems)
    return Catalog(examination.campaigns, problems, examination.loaded.dossier)
