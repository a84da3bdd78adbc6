"""Which languages there are, and which of them a visitor is shown.

Another language is a line of ``LANGUAGES`` and its catalogue in ``locale/``.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

from babel.core import get_global

ENGLISH: Final = "en"
# Each by its own name, as a language switch shows it. Letters are in English throughout.
LANGUAGES: Final = {"en": "English", "hy": "Հայերեն", "es": "Español"}

# The type of a field that takes one of them: its choices are looked at when a form is read.
if TYPE_CHECKING:
    Language = str
else:
    Language = Literal[tuple(LANGUAGES)]

_LONGEST_HEADER: Final = 500


def negotiate(
    asked: str | None, accept_language: str | None, offered: Sequence[str] = tuple(LANGUAGES)
) -> str:
    """The language to answer in: what was asked for, else the browser's first that is offered.

    ``asked`` is the visitor's own choice (``?lang=``); ``accept_language`` is the request's
    header (RFC 9110, 12.5.4). English where neither names an offered one.
    """
    if asked in offered:
        assert asked is not None
        return asked
    for language in _preferred(accept_language or ""):
        if language in offered:
            return language
    return ENGLISH


def _preferred(header: str) -> list[str]:
    """The primary subtags of a header, most wanted first; what has weight 0 is not wanted."""
    weighted = []
    for entry in header[:_LONGEST_HEADER].split(","):
        tag, _, parameter = entry.strip().partition(";")
        weight = _weight(parameter)
        if weight > 0:
            weighted.append((-weight, tag.partition("-")[0].strip().lower()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: pair[0])]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def with_territory(language: str) -> str:
    """``en_US`` for ``en``, as Open Graph wants it: where most of its speakers live (CLDR)."""
    found: str = get_global("likely_subtags")[language]
    code, _script, territory = found.split("_")
    return f"{code}_{territory}"
