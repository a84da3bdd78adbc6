"""What ships says things in its own words, in sentences that can be read aloud."""

import re

import pytest
import yaml

from api.campaigns.catalog import Catalog
from api.settings import ROOT
from tests.campaigns.own_words import copied, known_runs
from tests.campaigns.test_shipped import catalog, congress, letters

__all__ = ["catalog", "congress"]  # fixtures

LONGEST = 35
STOP = re.compile(r"(?<=[.?!;:])\s+|\n")
READ = ("README.md", "docs/*.md", "templates/**/*.j2", "templates/**/*.typ", "locale/**/*.po")


@pytest.fixture(scope="module")
def known() -> frozenset[str]:
    found = known_runs()
    assert len(found) > 2_500
    return found


def test_a_run_is_found_whatever_parts_its_words(known: frozenset[str]) -> None:
    """The earlier letter lists its signers by the alphabet, our file does not."""
    signers = yaml.safe_load((ROOT / "campaigns" / "suspend-security-aid.yaml").read_text())
    names = signers["sign_on"]["historic"]["signatories"]
    assert copied("\n  - ".join(sorted(names)), known)


def test_letters_have_no_run_of_a_source(catalog: Catalog, known: frozenset[str]) -> None:
    for campaign, kind, text in letters(catalog):
        letter = f"{text.subject}. {text.whole('', 'Springfield')}"
        assert copied(letter, known) == [], (campaign.slug, kind.name)


def test_campaigns_statements_and_dossier_have_none(known: frozenset[str]) -> None:
    files = sorted((ROOT / "campaigns").rglob("*.yaml"))
    assert len(files) > 10
    for file in files:
        assert copied(file.read_text(), known) == [], file.name


def test_pages_mails_and_guides_have_none(known: frozenset[str]) -> None:
    files = [file for pattern in READ for file in ROOT.glob(pattern)]
    assert len(files) > 100
    for file in files:
        assert copied(file.read_text(), known) == [], file.name


def test_no_sentence_of_a_letter_is_too_long_to_read_aloud(catalog: Catalog) -> None:
    for campaign, kind, text in letters(catalog):
        for sentence in STOP.split(text.whole("", "Springfield")):
            assert len(sentence.split()) <= LONGEST, (campaign.slug, kind.name, sentence)
