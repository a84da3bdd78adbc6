"""What ships says things in its own words, in sentences that can be read aloud."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from api.campaigns.catalog import Catalog
from api.letters.slot import whole
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
    signers = Path(ROOT / "campaigns" / "suspend-security-aid.yaml").read_text()
    assert copied(signers, known)  # names, one below the other: the only run that may stand


def test_letters_have_no_run_of_a_source(catalog: Catalog, known: frozenset[str]) -> None:
    for campaign, kind, text in letters(catalog):
        letter = f"{text.subject}. {whole(text, '', 'Springfield')}"
        assert copied(letter, known) == [], (campaign.slug, kind.name)


def strings(value: object) -> Iterator[str]:
    """The texts of a file, each by itself: a list of names is no sentence."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif isinstance(value, str):
        yield value


def test_campaigns_statements_and_dossier_have_none(known: frozenset[str]) -> None:
    files = sorted((ROOT / "campaigns").rglob("*.yaml"))
    assert len(files) > 10
    for file in files:
        for text in strings(yaml.safe_load(file.read_text())):
            assert copied(text, known) == [], file.name


def test_pages_mails_and_guides_have_none(known: frozenset[str]) -> None:
    files = [file for pattern in READ for file in ROOT.glob(pattern)]
    assert len(files) > 100
    for file in files:
        assert copied(file.read_text(), known) == [], file.name


def test_no_sentence_of_a_letter_is_too_long_to_read_aloud(catalog: Catalog) -> None:
    for campaign, kind, text in letters(catalog):
        for sentence in STOP.split(whole(text, "", "Springfield")):
            assert len(sentence.split()) <= LONGEST, (campaign.slug, kind.name, sentence)
