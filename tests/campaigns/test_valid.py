"""Valid variants of a campaign, which an author may well write, are all accepted."""

import random
from itertools import combinations
from pathlib import Path

import pytest

from tests.campaigns.small import changed, errors

CAMPAIGN = "campaigns/save-the-lake.yaml"
DEMANDS = "demands: [clean-lake, count-fish]"
TITLE = "title: {en: Save the lake, hy: Փրկենք լիճը, es: Salvemos el lago}"

VARIANTS = [
    ("title: {en", "title:   {en"),
    (TITLE, "title: Save the lake"),
    (TITLE, 'title: "Save: the lake"'),
    (TITLE, "title: >-\n  Save\n  the lake"),
    (TITLE, "title: 'No'"),
    (TITLE, "title: no"),
    (TITLE, "title: null and void"),
    ("summary: Ask", "summary: '1. Ask' # "),
    ("summary: Ask", "# a comment\nsummary: Ask"),
    ("status: open", "status: draft"),
    ("status: open", "status: closed"),
    ("status: open", 'status: "open"'),
    ("opens: 2026-03-01", "opens: null"),
    ("opens: 2026-03-01", "opens:"),
    ("opens: 2026-03-01\n", ""),
    ("opens: 2026-03-01", "opens: 2026-03-01T09:00-05:00"),
    ("opens: 2026-03-01", "opens: 2026-03-01 09:00:00-05:00"),
    ("opens: 2026-03-01", "opens: 2026-03-01T14:00:00Z"),
    ("opens: 2026-03-01", "opens: '2026-03-01'"),
    ("opens: 2026-03-01", "opens: 2026-12-31"),
    ("opens: 2026-03-01", "opens: 2024-02-29"),
    ("closes: 2026-12-31", "closes: ~"),
    ("closes: 2026-12-31\n", ""),
    ("closes: 2026-12-31", "closes: 2030-01-01"),
    ("goal: 5000", "goal: 1"),
    ("goal: 5000", "goal: 100000000"),
    ("goal: 5000\n", ""),
    ("goal: 5000", "goal: 5000   # the first"),
    ("languages: [en, hy, es]", "languages: [en]"),
    ("languages: [en, hy, es]", "languages: [es, en]"),
    ("languages: [en, hy, es]", "languages:\n  - en\n  - hy"),
    ("languages: [en, hy, es]\n", ""),
    ("  phone: 202-555-0143\n", ""),
    ("  phone: 202-555-0143", "  phone: null"),
    ("  address: 1 Shore Road, Springfield\n", ""),
    ("  address: 1 Shore Road", "  disclosure: Paid by nobody.\n  address: 1 Shore Road"),
    ("  about: Neighbors", "  about: {en: Us, hy: Մենք, es: Nosotros} # "),
    ("  email: hello@example.org", "  email: first.last+lake@mail.example.org"),
    ("topic: Environmental Protection", "topic: Water Resources Development"),
    ("topic: Environmental Protection", "topic: Arts, Culture, Religion"),
    ("bill: {congress: 119, type: hr, number: 1234}\nposition: pro\n", ""),
    ("position: pro", "position: con"),
    ("position: pro", "position: null"),
    ("type: hr,", "type: sjres,"),
    (
        "bill: {congress: 119, type: hr, number: 1234}",
        "bill:\n  congress: 119\n  type: hr\n  number: 9",
    ),
    (DEMANDS, "demands: [count-fish, clean-lake]"),
    (DEMANDS, "demands:\n  - clean-lake\n  - count-fish"),
    ("  choose_demands: true", "  choose_demands: false"),
    ("  choose_demands: true\n", ""),
    ("targets: [president, house, senate]", "targets: [house]"),
    ("targets: [president, house, senate]", "targets: [senate, president]"),
    ("targets: [president, house, senate]", "targets: [president]"),
    ("    max: 1200", "    max: 100"),
    ("    max: 1200", "    max: 5000"),
    ("    max: 1200\n", ""),
    ("  ask_phone: false", "  ask_phone: true"),
    ("sign_on: null", "sign_on: {statement: We want it clean., affiliation: true}"),
    ("sign_on: null", "sign_on: {statement: We want it clean., order: leads_first}"),
    ("sign_on: null", "sign_on:"),
    ("share:\n  text: I wrote a letter for the lake.\n", ""),
    ("partners: [acme, lake-friends]", "partners: all"),
    ("partners: [acme, lake-friends]", "partners: [acme]"),
    ("partners: [acme, lake-friends]\n", ""),
    ("partners: [acme, lake-friends]", "partners: [acme, lake-friends]\n...\n"),
    ("slug: save-the-lake", "---\nslug: save-the-lake"),
    ("slug: save-the-lake", "\ufeffslug: save-the-lake"),
    ("slug: save-the-lake", "# yaml-language-server: $schema=x.json\nslug: save-the-lake"),
    ("slug: save-the-lake", "'slug': 'save-the-lake'"),
]


MANY = 240
TOGETHER = ("bill", "position")  # one of them needs the other


def key(old: str) -> str:
    """The key that a variant changes."""
    return old.strip().partition(":")[0]


def pairs() -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Two variants at a time, of keys that have nothing to do with each other."""
    fit = [
        (one, other)
        for one, other in combinations(VARIANTS, 2)
        if key(one[0]) != key(other[0])
        and not {key(one[0]), key(other[0])} <= set(TOGETHER)
        and "\n" not in one[0] + other[0]
    ]
    return random.Random(4).sample(fit, MANY)


def test_there_are_enough_of_them() -> None:
    assert len(VARIANTS) + MANY >= 300


@pytest.mark.parametrize(("one", "other"), pairs())
def test_two_variants_go_together(one: tuple[str, str], other: tuple[str, str], site: Path) -> None:
    for old, new in (one, other):
        changed(site / CAMPAIGN, old, new)
    assert [str(problem) for problem in errors(site)] == []


@pytest.mark.parametrize(("old", "new"), VARIANTS)
def test_a_variant_is_taken(old: str, new: str, site: Path) -> None:
    changed(site / CAMPAIGN, old, new)
    assert [str(problem) for problem in errors(site)] == []


def test_windows_line_ends_are_taken(site: Path) -> None:
    for path in [site / CAMPAIGN, *(site / "templates/letters/save-the-lake").iterdir()]:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert errors(site) == []


def test_an_empty_folder_of_campaigns_is_told(tmp_path: Path) -> None:
    (tmp_path / "campaigns").mkdir()
    found = [problem.message for problem in errors(tmp_path)]
    assert found == ["holds no campaign: their names end in .yaml"]
