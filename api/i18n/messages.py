"""Extracts the messages to translate from code and templates, and merges them into the catalogues.

``python -m api.i18n`` brings the ``.po`` files up to date and lists what lacks a translation.
"""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from api.i18n.catalogues import DOMAIN, catalogue_path
from api.i18n.languages import ENGLISH, LANGUAGES

# ``N_`` marks a message that is translated later, where it is shown.
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
SOURCES = (
    ("api", [("**.py", "python")]),
    ("templates", [(f"{folder}/**.j2", "jinja2") for folder in ("pages", "widget", "mail")]),
)
TRIMMED = {"trimmed": "true", "silent": "false"}
OPTIONS = {"pages/**.j2": TRIMMED, "widget/**.j2": TRIMMED, "mail/**.j2": {"silent": "false"}}
WIDTH = 100


def extract(root: Path) -> Catalog:
    """All messages of the repository at ``root``, with the places where they stand."""
    catalogue = Catalog(domain=DOMAIN, project="Undersigned")
    for folder, methods in SOURCES:
        found = extract_from_dir(
            root / folder, methods, OPTIONS, KEYWORDS, comment_tags=("Translators:",)
        )
        for path, line, message, comments, context in found:
            place = [(f"{folder}/{path}", line)]
            catalogue.add(message, None, place, auto_comments=comments, context=context)
    return catalogue


def load(locale_dir: Path, language: str) -> Catalog:
    with catalogue_path(locale_dir, language).open("rb") as handle:
        return read_po(handle, locale=language, domain=DOMAIN)


def faults(catalogue: Catalog, template: Catalog) -> Iterator[str]:
    """The messages that a catalogue lacks, or has without a use."""
    language = str(catalogue.locale)
    for wanted in template:
        have = catalogue.get(wanted.id) if wanted.id else None
        if wanted.id and have is None:
            yield f"{language}: missing: {wanted.id!r}"
        elif have is not None and language != ENGLISH:
            whole = all(have.string) if isinstance(have.string, tuple) else bool(have.string)
            if not whole or have.fuzzy:
                yield f"{language}: not translated: {wanted.id!r}"
            yield from (f"{language}: {error}: {wanted.id!r}" for error in have.check(catalogue))
    for have in catalogue:
        if have.id and template.get(have.id) is None:
            yield f"{language}: not used any more: {have.id!r}"


def update(root: Path, locale_dir: Path) -> list[str]:
    """Merge the present messages into every catalogue; returns what is left to do."""
    template = extract(root)
    left: list[str] = []
    for language in LANGUAGES:
        path = catalogue_path(locale_dir, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue = load(locale_dir, language) if path.exists() else _new(language)
        written = catalogue.creation_date
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        # Unchanged messages make an unchanged file.
        catalogue.creation_date = written
        with path.open("wb") as handle:
            write_po(
                handle,
                catalogue,
                width=WIDTH,
                sort_output=True,
                no_location=True,
                omit_header=False,
            )
        left += faults(load(locale_dir, language), template)
    return left


def _new(language: str) -> Catalog:
    return Catalog(
        locale=language,
        domain=DOMAIN,
        header_comment=f"# Messages of Undersigned: {LANGUAGES[language]}.",
        project="Undersigned",
        version="1",
        msgid_bugs_address="",
        last_translator="Undersigned",
        language_team="Undersigned",
        fuzzy=False,
    )
