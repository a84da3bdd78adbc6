"""Checks that what the files name is there: demands, facts, sources, offices, letters, readers."""

import re
from collections.abc import Callable, Iterator

from api.campaigns.dossier import Demand
from api.campaigns.fields import Strict, Text
from api.campaigns.loading import Loaded
from api.campaigns.problems import Problem, unknown
from api.campaigns.schema import CONGRESS
from api.campaigns.yaml_source import Path_
from api.letters.reader import KINDS, NON_VOTING, record_name
from api.targets.congress import Directory

_VOTE = re.compile(r"\bvot(e|es|ed|ing)\b", re.IGNORECASE)


def reader_names(loaded: Loaded, directory: Directory) -> set[str]:
    """Every name that a template's file or a demand's wording can have."""
    committees = set(directory.committees)
    led = {f"{role}-{code}" for role in ("chair", "ranking") for code in committees}
    records = {record_name(r.what, r.on) for r in loaded.dossier.records.values()}
    return {*KINDS, *loaded.named["offices"], *committees, *led, *records}


def check_references(loaded: Loaded, directory: Directory) -> Iterator[Problem]:
    readers = reader_names(loaded, directory)
    for slug in loaded.campaigns:
        yield from _campaign(loaded, slug)
    for demand in loaded.dossier.demands.values():
        yield from _demand(loaded, demand, readers)
    yield from _sources(loaded)
    for name, record in loaded.dossier.records.items():
        if directory.by_id(record.bioguide) is None:
            message = f"nobody with the id {record.bioguide} is in the data of Congress"
            yield loaded.in_dossier("records", name, ("bioguide",), message, level="warning")


def _campaign(loaded: Loaded, slug: str) -> Iterator[Problem]:
    campaign = loaded.campaigns[slug]

    def each(key: str, names: tuple[str, ...], kind: str, known: set[str]) -> Iterator[Problem]:
        for index, name in enumerate(names):
            if name not in known:
                yield loaded.in_campaign(slug, (key, index), unknown(kind, name, known))

    yield from each("demands", campaign.demands, "demand", loaded.named["demands"])
    targets = {*CONGRESS, *loaded.named["offices"]}
    yield from each("targets", campaign.targets, "target", targets)
    if campaign.letter and campaign.letter not in loaded.letters:
        message = unknown("letter", campaign.letter, loaded.letters)
        yield loaded.in_campaign(slug, ("letter",), f"{message} (a folder in templates/letters)")
    for path, text in _texts(campaign, ()):
        for language in text.missing(campaign.languages):
            yield loaded.in_campaign(slug, path, f'has no text in "{language}"')


def _texts(model: Strict, path: Path_) -> Iterator[tuple[Path_, Text]]:
    for name, value in model:
        if isinstance(value, Text):
            yield (*path, name), value
        elif isinstance(value, Strict):
            yield from _texts(value, (*path, name))


def _demand(loaded: Loaded, demand: Demand, readers: set[str]) -> Iterator[Problem]:
    def at(path: Path_, message: str, *, key: bool = False) -> Problem:
        return loaded.in_dossier("demands", demand.id, path, message, key=key)

    for reader, ask in demand.asks.items():
        if reader not in readers:
            yield at(("asks", reader), unknown("reader", reader, readers), key=True)
        if reader in NON_VOTING and _VOTE.search(ask):
            yield at(("asks", reader), "a delegate or resident commissioner has no vote to ask for")
    for key, kind in (("facts", "fact"), ("officials", "official")):
        for index, name in enumerate(getattr(demand, key)):
            if name not in loaded.named[key]:
                yield at((key, index), unknown(kind, name, loaded.named[key]))


def _sources(loaded: Loaded) -> Iterator[Problem]:
    known = loaded.named["sources"]
    dossier = loaded.dossier
    sources: list[tuple[str, str, Callable[[str], str | None]]] = [
        ("facts", "source", lambda name: dossier.facts[name].source),
        ("officials", "source", lambda name: dossier.officials[name].source),
        ("records", "source", lambda name: dossier.records[name].source),
        ("sources", "cited_in", lambda name: dossier.sources[name].cited_in),
    ]
    for kind, key, named in sources:
        for name in getattr(dossier, kind):
            source = named(name)
            if source is not None and source not in known:
                yield loaded.in_dossier(kind, name, (key,), unknown("source", source, known))
    for name, fact in dossier.facts.items():
        cited = dossier.sources.get(fact.source)
        if cited and not names_source(fact.claim, cited.short):
            message = f'does not name its source: it must contain "{cited.short}"'
            yield loaded.in_dossier("facts", name, ("claim",), message)


def names_source(text: str, short: str) -> bool:
    """Whether ``text`` calls a source by its short name, in whatever case and line breaks."""
    return " ".join(short.split()).casefold() in " ".join(text.split()).casefold()
