"""The campaigns that ship: without errors, quick to check, and right for each member."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import permutations

import pytest

from api.campaigns.catalog import Catalog, load_catalog
from api.campaigns.check import check
from api.campaigns.published import PublishedCampaign
from api.campaigns.specimens import Kind, kinds_of
from api.letters.dates import said
from api.letters.places import district_name
from api.letters.render import LetterText
from api.letters.slot import PLACE
from api.settings import ROOT
from api.targets.congress import Directory
from tests.times import Stopwatch, quick

TODAY = date(2026, 11, 22)
LEADERS = {"chair": "you, as chair of", "ranking": "you, as ranking member of"}
NUMBER = re.compile(r"\d+")


@pytest.fixture(scope="module")
def congress() -> Directory:
    return Directory.load(ROOT / "data")


@pytest.fixture(scope="module")
def catalog(congress: Directory) -> Catalog:
    return load_catalog(ROOT / "campaigns", ROOT / "templates", congress, TODAY)


def test_they_have_no_errors_and_are_checked_in_time(congress: Directory) -> None:
    watch = Stopwatch()
    problems = check(ROOT / "campaigns", ROOT / "templates", congress, TODAY)
    assert quick(watch.processor, 3)
    assert [str(problem) for problem in problems if problem.level == "error"] == []


def test_everybody_gets_a_letter_that_fits(catalog: Catalog, congress: Directory) -> None:
    titles = {t.seat: f"Dear {t.title} {t.last_name}," for t in congress.seats(TODAY)}
    for campaign in catalog.campaigns.values():
        if not campaign.campaign.letter:
            continue
        wanted = {s for s in titles if {"h": "house", "s": "senate"}[s[0]] in campaign.chambers}
        fixed = {target.seat for target in campaign.fixed_targets}
        assert set(campaign.readers) == wanted | fixed
        for seat in wanted:
            text = campaign.text(seat, campaign.default_demands)
            assert text.salutation == titles[seat]
            assert PLACE in text.subject
            assert PLACE in text.statement


def letters(catalog: Catalog) -> Iterator[tuple[PublishedCampaign, Kind, LetterText]]:
    """A letter of every campaign to every kind of reader, with every choice of demands."""
    for campaign in catalog.campaigns.values():
        if not campaign.campaign.letter:
            continue
        demands = campaign.default_demands
        free = campaign.campaign.form.choose_demands
        sizes = range(1, len(demands) + 1) if free else [len(demands)]
        choices = [c for size in sizes for c in permutations(demands, size)] if free else [demands]
        kinds = kinds_of(campaign.renderer, campaign.readers.values(), demands)
        for kind in kinds:
            for choice in choices:
                yield campaign, kind, campaign.text(kind.one.seat, choice)


def test_there_are_many_kinds_of_reader(catalog: Catalog) -> None:
    found = {(c.slug, kind.text, kind.office) for c, kind, _ in letters(catalog)}
    assert len(found) > 40
    choices = {text.subject for c, _, text in letters(catalog) if c.slug == "real-peace"}
    assert len(choices) > 3


def test_no_paragraph_is_blank_or_doubled_and_none_too_long(catalog: Catalog) -> None:
    for campaign, kind, text in letters(catalog):
        parts = text.statement.split("\n\n")
        assert all(part.strip() == part != "" for part in parts), (campaign.slug, kind.name)
        assert len(set(parts)) == len(parts), (campaign.slug, kind.name)
        assert len(text.statement.split()) <= 350, (campaign.slug, kind.name)


def test_the_ask_comes_in_the_first_third(catalog: Catalog) -> None:
    for campaign, kind, text in letters(catalog):
        lineage = campaign.renderer.fit(kind.one).lineage
        asks = [
            ask.rstrip(".")
            for demand in campaign.dossier.demands.values()
            if (ask := next((demand.asks[n] for n in lineage if n in demand.asks), ""))
        ]
        made = [text.statement.find(ask) for ask in asks if ask in text.statement]
        assert made, (campaign.slug, kind.name)
        assert min(made) <= len(text.statement) / 3, (campaign.slug, kind.name)


def test_nothing_is_left_over_and_the_place_is_the_only_slot(catalog: Catalog) -> None:
    for campaign, kind, text in letters(catalog):
        whole_ = text.whole("My own words.", "Springfield")
        left = re.search(r"[{}⟦⟧\ue000-\uf8ff]|\b(TODO|None(?! of)|undefined)\b|  |\n\n\n", whole_)
        assert left is None, (campaign.slug, kind.name, left)
        assert whole_.startswith(f"{text.salutation}\n\nMy own words.\n\n")


def test_every_fact_is_cited_with_its_sources_name(catalog: Catalog) -> None:
    for campaign, kind, text in letters(catalog):
        assert text.cites, (campaign.slug, kind.name)
        facts, sources = campaign.dossier.facts, campaign.dossier.sources
        for fact in facts.values():
            assert (fact.claim in text.statement) == (fact.id in text.cites)
        for cite in text.cites:
            short = sources[facts[cite].source].short
            assert short.casefold() in text.statement.casefold(), (campaign.slug, kind.name, cite)


def test_figures_come_from_the_dossier(catalog: Catalog) -> None:
    """Every number in a letter stands in a claim, an ask, a record, a title or an official."""
    for campaign, kind, text in letters(catalog):
        dossier = campaign.dossier
        grounds = [fact.claim for fact in dossier.facts.values()]
        for demand in dossier.demands.values():
            grounds += [demand.title.en, *demand.asks.values()]
        for record in dossier.records.values():
            grounds += [record.title, said(record.date)]
        grounds += [said(official.as_of) for official in dossier.officials.values()]
        grounds += [district_name(kind.one.district)] if kind.one.district else []
        known = {number for words in grounds for number in NUMBER.findall(words)}
        body = re.sub(r"^\d\. ", "", text.statement, flags=re.MULTILINE)
        stated = set(NUMBER.findall(f"{text.subject} {body}"))
        assert stated <= known, (campaign.slug, kind.name, stated - known)


def test_grammar_fits_each_member(catalog: Catalog) -> None:
    """All members: nobody is called by another's title, or asked for what is not theirs."""
    for campaign in catalog.campaigns.values():
        for reader in campaign.readers.values() if campaign.campaign.letter else ():
            text = campaign.text(reader.seat, campaign.default_demands)
            words = f"{text.subject} {text.statement}"
            where = (campaign.slug, reader.seat)
            if reader.kind in {"delegate", "resident_commissioner"}:
                assert not re.search(r"\b(your|to) vote\b", words), where
            if reader.kind == "senator":
                assert not re.search(r"\b(my|our|as) (representative|congress)", words), where
            elif reader.in_congress:
                assert not re.search(r"\b(my|our|as) senator", words), where
            if reader.in_congress:
                assert text.close == f"Sincerely,\na constituent in {PLACE}", where
            else:
                assert "constituent" not in words + text.close, where
            for role, said_ in LEADERS.items():
                if said_ in words:
                    posts = {post.role for post in reader.committees}
                    assert role in posts, where


def test_open_letters_rest_on_named_facts(catalog: Catalog) -> None:
    for campaign in catalog.campaigns.values():
        form = campaign.campaign.sign_on
        if campaign.campaign.kind == "open_letter":
            assert form
            assert form.facts
            assert set(form.facts) <= set(campaign.dossier.facts)
            stated = {
                n for f in form.facts for n in NUMBER.findall(campaign.dossier.facts[f].claim)
            }
            for language in ("en", "hy", "es"):
                figures = set(NUMBER.findall(form.statement.get(language)))
                assert figures <= stated, (campaign.slug, language, figures - stated)


def test_statements_are_quick(catalog: Catalog) -> None:
    """Half of the figure to hold (15,000 a second), for a machine that others share."""
    campaign = catalog.get("reverse-907-waiver")
    readers = list(campaign.readers.values())
    best = 1.0
    for _ in range(8):
        watch = Stopwatch()
        for reader in readers:
            campaign.renderer.text(reader, campaign.default_demands)
        best = min(best, watch.processor / len(readers))
    assert quick(best, 1 / 7_500)
