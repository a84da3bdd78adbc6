"""The campaigns that ship: without errors, quick to check, and right for each member."""

import re
import time
from datetime import date

import pytest

from api.campaigns.catalog import Catalog, load_catalog
from api.campaigns.check import check
from api.letters.slot import PLACE
from api.settings import ROOT
from api.targets.congress import Directory

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def congress() -> Directory:
    return Directory.load(ROOT / "data")


@pytest.fixture(scope="module")
def catalog(congress: Directory) -> Catalog:
    return load_catalog(ROOT / "campaigns", ROOT / "templates", congress, TODAY)


def test_they_have_no_errors_and_are_checked_in_time(congress: Directory) -> None:
    began = time.process_time()
    problems = check(ROOT / "campaigns", ROOT / "templates", congress, TODAY)
    assert time.process_time() - began < 3
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


def test_delegates_are_never_asked_to_vote(catalog: Catalog) -> None:
    for campaign in catalog.campaigns.values():
        for reader in campaign.readers.values():
            if campaign.campaign.letter and reader.kind in {"delegate", "resident_commissioner"}:
                text = campaign.text(reader.seat, campaign.default_demands)
                assert not re.search(r"\b(your|to) vote\b", text.statement)


def test_statements_are_quick(catalog: Catalog) -> None:
    """Half of the figure to hold (15,000 a second), for a machine that others share."""
    campaign = catalog.get("reverse-907-waiver")
    readers = list(campaign.readers.values())
    best = 0.0
    for _ in range(8):
        began = time.process_time()
        for reader in readers:
            campaign.renderer.text(reader, campaign.default_demands)
        best = max(best, len(readers) / (time.process_time() - began))
    assert best > 7_500
