"""Checks the references in the files: demands, facts, sources, offices, letters, readers."""

import re
from collections.abc import Callable, Iterator
from itertools import chain, islice

from api.campaigns.dossier import Demand
from api.campaigns.fields import Strict, Text
from api.campaigns.loading import Loaded
from api.campaigns.problems import MOST_PROBLEMS, Problem, unknown
from api.campaigns.starter import untouched
from api.campaigns.targets import CONGRESS, SEAT, committee_of, selects, selects_seat
from api.campaigns.yaml_source import Path_
from api.letters.reader import KINDS, NON_VOTING, record_name
from api.targets.congress import Directory

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
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
        yield from islice(_campaign(loaded, slug), MOST_PROBLEMS)
        yield from islice(_targets(loaded, slug, directory), MOST_PROBLEMS)
        yield from islice(_statement(loaded, slug), MOST_PROBLEMS)
    demands = (_demand(loaded, demand, readers) for demand in loaded.dossier.demands.values())
    yield from islice(chain.from_iterable(demands), MOST_PROBLEMS)
    yield from islice(_sources(loaded), MOST_PROBLEMS)
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
    if campaign.letter and campaign.letter not in loaded.letters:
        message = unknown("letter", campaign.letter, loaded.letters)
        yield loaded.in_campaign(slug, ("letter",), f"{message} (a folder in templates/letters)")
    if campaign.status == "open":
        for place in untouched(campaign):
            yield loaded.in_campaign(slug, place, "write your own words here before you open it")
    for path, text in _texts(campaign, ()):
        for language in text.missing(campaign.languages):
            yield loaded.in_campaign(slug, path, f'has no text in "{language}"')


def _targets(loaded: Loaded, slug: str, directory: Directory) -> Iterator[Problem]:
    campaign = loaded.campaigns[slug]
    sitting = directory.seats(directory.as_of)
    seats = {holder.seat for holder in sitting}
    seats |= {vacancy.seat for vacancy in directory.vacancies(directory.as_of)}
    known = {*CONGRESS, *loaded.named["offices"]}
    for index, target in enumerate(campaign.targets):
        path: Path_ = ("targets", index)
        committee = committee_of(target)
        if committee and committee not in directory.committees:
            message = unknown("committee", committee, directory.committees)
            yield loaded.in_campaign(slug, path, message)
        elif SEAT.fullmatch(target) and target not in seats:
            state = target.partition(":")[2][:2]
            near = {seat for seat in seats if seat.partition(":")[2].startswith(state)}
            yield loaded.in_campaign(slug, path, unknown("seat", target, near))
        elif not committee and not SEAT.fullmatch(target) and target not in known:
            yield loaded.in_campaign(slug, path, unknown("target", target, known))
        elif ":" in target and not any(selects(target, holder) for holder in sitting):
            message = f"nobody holds or sits on {target} today"
            yield loaded.in_campaign(slug, path, message, level="warning")
        elif any(selects_seat(other, target) for other in campaign.targets if other != target):
            message = f"{target} is among the other targets already"
            yield loaded.in_campaign(slug, path, message, level="warning")


def _statement(loaded: Loaded, slug: str) -> Iterator[Problem]:
    """Check that a signed statement lists facts, and that every figure in it is in one of them."""
    form = loaded.campaigns[slug].sign_on
    if form is None:
        return
    known = loaded.named["facts"]
    for index, name in enumerate(form.facts):
        if name not in known:
            message = unknown("fact", name, known)
            yield loaded.in_campaign(slug, ("sign_on", "facts", index), message)
    if form.historic and form.historic.source not in loaded.named["sources"]:
        message = unknown("source", form.historic.source, loaded.named["sources"])
        yield loaded.in_campaign(slug, ("sign_on", "historic", "source"), message)
    facts = [loaded.dossier.facts[name] for name in form.facts if name in loaded.dossier.facts]
    stated = {figure for fact in facts for figure in _FIGURE.findall(fact.claim)}
    for figure in dict.fromkeys(_FIGURE.findall(form.statement.en)):
        if figure not in stated:
            message = f'says "{figure}", which none of the facts named below it does'
            yield loaded.in_campaign(slug, ("sign_on", "statement"), message, level="warning")


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
