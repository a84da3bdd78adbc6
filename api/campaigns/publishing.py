"""Reduces the dossier to what a campaign uses, and makes the campaign's bundle."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from api.campaigns.dossier import Dossier
from api.campaigns.published import fixed_target
from api.campaigns.schema import Campaign
from api.campaigns.targets import committee_name, committee_of, selects
from api.letters.bundle import build
from api.letters.reader import Reader, record_name
from api.letters.sandbox import Compiled
from api.targets.congress import Directory


@dataclass(frozen=True)
class Letter:
    """The templates of a letter, as written and as compiled."""

    sources: Mapping[str, str] = field(default_factory=dict)
    compiled: tuple[Compiled, ...] = ()


def make_bundle(
    campaign: Campaign, dossier: Dossier, letter: Letter, directory: Directory, today: date
) -> dict[str, Any]:
    """The bundle of a campaign on the day ``today``; every reference must be known to hold."""
    named = sorted(filter(None, map(committee_of, campaign.targets)))
    bundle = build(
        campaign.model_dump(mode="json"),
        used(campaign, dossier, letter).dump(),
        letter.sources,
        readers(campaign, dossier, directory, today),
        directory.letters_digest,
    )
    if named:
        bundle["committees"] = {code: committee_name(code, directory) for code in named}
    return bundle


def readers(
    campaign: Campaign, dossier: Dossier, directory: Directory, today: date
) -> list[Reader]:
    """Everyone whom the campaign writes to: fixed offices first, then House and Senate."""
    fixed = [fixed_target(dossier.offices[seat]) for seat in campaign.fixed_seats]
    sitting = [
        holder
        for holder in directory.seats(today)
        if any(selects(target, holder) for target in campaign.targets)
    ]
    return [Reader.of(target) for target in (*fixed, *sitting)]


def used(campaign: Campaign, dossier: Dossier, letter: Letter) -> Dossier:
    """What of the dossier this campaign draws on, in the order of its files."""
    demands = {name: dossier.demands[name] for name in campaign.demands}
    stated = {fact for template in letter.compiled for fact in template.facts}
    stated |= {fact for demand in demands.values() for fact in demand.facts}
    stated |= set(campaign.sign_on.facts if campaign.sign_on else ())
    officials = {name for demand in demands.values() for name in demand.officials}
    names = {template.removesuffix(".j2") for template in letter.sources}
    names |= {name for demand in demands.values() for name in demand.asks}
    records = {name for name, r in dossier.records.items() if record_name(r.what, r.on) in names}
    sources = {dossier.facts[name].source for name in stated}
    sources |= {dossier.officials[name].source for name in officials}
    sources |= {dossier.records[name].source for name in records}
    if campaign.sign_on and campaign.sign_on.historic:
        sources.add(campaign.sign_on.historic.source)
    return Dossier(
        demands,
        _only(dossier.facts, stated),
        _only(dossier.sources, _with_citing(dossier, sources)),
        _only(dossier.officials, officials),
        _only(dossier.records, records),
        _only(dossier.offices, set(campaign.fixed_seats)),
    )


def _with_citing(dossier: Dossier, sources: set[str]) -> set[str]:
    """The sources, and the documents that they are cited in."""
    found: set[str] = set()
    waiting = set(sources)
    while waiting:
        name = waiting.pop()
        found.add(name)
        citing = dossier.sources[name].cited_in
        if citing and citing not in found:
            waiting.add(citing)
    return found


def _only(entries: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: entry for name, entry in entries.items() if name in names}
