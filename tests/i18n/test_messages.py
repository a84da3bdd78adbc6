"""Every catalogue is complete, and each translation has the placeholders of its message."""

import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from api.i18n import LANGUAGES, formats, translations
from api.i18n.messages import extract, faults, load
from api.settings import ROOT

GAP = re.compile(r"%\(\w+\)s")
LOCALE = ROOT / "locale"
# Armenian has marks of its own: U+0589 ends a sentence, U+2024 parts it. Both languages are
# polite to strangers.
AMISS = {
    "hy": re.compile(
        r"[\u0561-\u0587][?!:;]|[\u0561-\u0587](?<![Էէ]լ)\.(?=\s|$)|\b(?:ձեզ|ձեր|դուք)"
    ),
    "es": re.compile(r"\b(?:tú|tus?|ti|contigo)\b", re.IGNORECASE),
}


@pytest.fixture(scope="module")
def template() -> Catalog:
    return extract(ROOT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_lacks_a_translation(template: Catalog, language: str) -> None:
    """After a change of words: `.venv/bin/python -m api.i18n`, then translate what it lists."""
    assert len(template) > 200
    assert list(faults(load(LOCALE, language), template)) == []


def forms(text: object) -> list[str]:
    """Of a message or a translation: its one form, or its plural forms."""
    return [str(form) for form in text] if isinstance(text, list | tuple) else [str(text)]


@pytest.mark.parametrize("language", ["hy", "es"])
def test_translations_have_the_placeholders_of_their_message(language: str) -> None:
    for message in load(LOCALE, language):
        if not message.id:
            continue
        gaps = set(GAP.findall(forms(message.id)[-1]))
        given = forms(message.string)
        assert set(GAP.findall(given[-1])) == gaps, message.id
        assert all(set(GAP.findall(form)) <= gaps for form in given), message.id


@pytest.mark.parametrize("language", ["hy", "es"])
def test_translations_have_their_language_marks_and_manners(language: str) -> None:
    said = [form for m in load(LOCALE, language) if m.id for form in forms(m.string)]
    assert [form for form in said if AMISS[language].search(form)] == []


def test_campaigns_have_them_too() -> None:
    files = [*(ROOT / "campaigns").glob("*.yaml"), ROOT / "campaigns/dossier/demands.yaml"]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    assert [line for line in lines if AMISS["hy"].search(line)] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [("hy", "Ճի՞շտ է?"), ("hy", "Վերջ."), ("hy", "ձեր նամակը"), ("es", "Tu carta")],
)
def test_mistakes_in_translations_are_found(language: str, words: str) -> None:
    assert AMISS[language].search(words)


def test_a_message_without_translation_is_a_fault(template: Catalog) -> None:
    catalogue = load(LOCALE, "es")
    catalogue.add("A message that nobody wrote", "sí")
    catalogue.delete("Privacy")
    found = list(faults(catalogue, template))
    assert found == [
        "es: missing: 'Privacy'",
        "es: not used any more: 'A message that nobody wrote'",
    ]


def test_catalogues_are_read_without_a_build_step() -> None:
    assert translations(LOCALE, "hy").gettext("Privacy") == "Գաղտնիություն"
    spanish = translations(LOCALE, "es")
    assert spanish.ngettext("The letter", "The letters", 1) == "La carta"
    assert spanish.ngettext("The letter", "The letters", 2) == "Las cartas"
    assert translations(LOCALE, "en").gettext("Privacy") == "Privacy"
    assert translations(Path("/nowhere"), "es").gettext("Privacy") == "Privacy"


def test_dates_and_numbers() -> None:
    assert formats.day(date(2025, 8, 15), "en") == "August 15, 2025"
    assert formats.day("2020-10", "es") == "octubre de 2020"
    assert formats.day("2020", "hy") == "2020"
    assert formats.number(25000, "en") == "25,000"
