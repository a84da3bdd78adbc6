"""gettext catalogues, read from their ``.po`` files at start: there is no build step."""

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DOMAIN = "messages"


def N_(message: str) -> str:  # noqa: N802 (gettext's name for "translate this later")
    """Marks a message for the catalogues; whoever shows it translates it."""
    return message


def catalogue_path(locale_dir: Path, language: str) -> Path:
    return locale_dir / language / "LC_MESSAGES" / f"{DOMAIN}.po"


class Translations(gettext.GNUTranslations):
    """Lets an undefined number raise its own error; gettext would only complain about its type."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return super().ngettext(msgid1, msgid2, int(n))


@cache
def translations(locale_dir: Path, language: str) -> gettext.NullTranslations:
    """The catalogue of a language; a message that it lacks stays in English.

    A language without a file is English throughout, as the messages themselves are.
    """
    path = catalogue_path(locale_dir, language)
    if not path.is_file():
        return gettext.NullTranslations()
    with path.open("rb") as handle:
        catalogue = read_po(handle, locale=language, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
