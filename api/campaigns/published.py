"""A campaign with everything that its letters are made from, frozen and named by its digest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from api.campaigns.dossier import KINDS, Dossier, Office
from api.campaigns.schema import Campaign, State
from api.campaigns.targets import committee_of
from api.errors import FieldError, InvalidInput
from api.letters.bundle import bundle_digest
from api.letters.reader import Reader
from api.letters.render import LetterText, Renderer
from api.letters.sandbox import Compiled
from api.targets.models import Target

KEPT_CHOICES = 4096
"""How many letters of other choices than the campaign's own are kept (about 4 KB each)."""


class PublishedCampaign:
    """One version of a campaign. Share it between requests; nothing in it changes.

    It is made from its bundle alone, so that a bundle kept in the database gives the very
    letters that were approved. Raises ``ValueError`` for templates with faults.
    ``compiled`` saves compiling them again.
    """

    def __init__(self, bundle: Mapping[str, Any], compiled: Iterable[Compiled] = ()) -> None:
        self.bundle = dict(bundle)
        self.bundle_digest = bundle_digest(self.bundle)
        self.campaign = Campaign.model_validate(bundle["campaign"])
        self.dossier = dossier_of(bundle)
        self.readers = {row[0]: Reader.from_row(row) for row in bundle["targets"]}
        self.committees: Mapping[str, str] = bundle.get("committees", {})
        self.renderer = Renderer(bundle, compiled)
        self.fixed_targets = tuple(
            fixed_target(self.dossier.offices[seat]) for seat in self.campaign.fixed_seats
        )
        self._texts: dict[str, LetterText] = {}
        self._chosen = lru_cache(maxsize=KEPT_CHOICES)(self._render)

    @property
    def slug(self) -> str:
        return self.campaign.slug

    @property
    def chambers(self) -> frozenset[str]:
        """As ``Directory.find`` takes them: ``house``, ``senate``, both or none."""
        return self.campaign.chambers

    @property
    def target_names(self) -> tuple[str, ...]:
        """The targets for people: committees and members by name, all others as they stand."""
        return tuple(self._target_name(target) for target in self.campaign.targets)

    def _target_name(self, target: str) -> str:
        committee = committee_of(target)
        if committee:
            return self.committees[committee]
        holder = self.readers.get(target)
        return holder.name if holder and holder.in_congress else target

    @property
    def default_demands(self) -> tuple[str, ...]:
        return self.campaign.demands

    def state(self, now: datetime) -> State:
        return self.campaign.state(now)

    def demands_for(self, chosen: Sequence[str] | None) -> tuple[str, ...]:
        """The demands of a submission. Raises ``InvalidInput`` on the field ``demands``."""
        if not self.campaign.form.choose_demands:
            if chosen is None or tuple(chosen) == self.default_demands:
                return self.default_demands
            raise _refused("demands_fixed", "This campaign's demands cannot be chosen.")
        if not chosen:
            raise _refused("demands_empty", "Choose at least one demand.")
        if len(set(chosen)) < len(chosen) or not set(chosen) <= set(self.default_demands):
            raise _refused("demands_unknown", "Choose among this campaign's demands, each once.")
        return tuple(chosen)

    def text(self, seat: str, demands: tuple[str, ...]) -> LetterText:
        """The letter to ``seat``, its slot still open. ``demands`` come from ``demands_for``.

        Raises ``KeyError`` for a seat that is no target of this version.
        """
        if demands != self.default_demands:
            return self._chosen(seat, demands)
        text = self._texts.get(seat)
        if text is None:
            text = self._texts[seat] = self._render(seat, demands)
        return text

    def _render(self, seat: str, demands: tuple[str, ...]) -> LetterText:
        return self.renderer.text(self.readers[seat], demands)


def dossier_of(bundle: Mapping[str, Any]) -> Dossier:
    """The dossier entries that a bundle carries."""
    parts = {}
    for part in fields(Dossier):
        entries = [KINDS[part.name].model_validate(entry) for entry in bundle[part.name]]
        parts[part.name] = MappingProxyType({entry.id: entry for entry in entries})
    return Dossier(**parts)  # type: ignore[arg-type]


def fixed_target(office: Office) -> Target:
    """An office of ``offices.yaml`` as a target; without a recorded holder its name is its own."""
    return Target(
        seat=office.seat,
        id=None,
        kind=office.seat,
        name=office.holder or f"The {office.office}",
        last_name=office.last_name or "",
        title=office.office.removesuffix(" of the United States"),
        state=None,
        district=None,
        phone=office.phone,
        contact_url=office.contact_url,
        site_url=None,
        postal_address=office.postal_address.strip(),
        salutation=office.salutation,
    )


def _refused(code: str, message: str) -> InvalidInput:
    return InvalidInput(FieldError("demands", code, message))
