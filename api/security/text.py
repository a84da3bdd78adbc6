"""Checks of typed text, before anything else sees it.

What passes is NFC, has no character that XML 1.0 cannot hold, and no control character: it can
go into a letter, a CWC message, a mail and a page without another look at its characters.
"""

import re
import unicodedata
from typing import Final

__all__ = [
    "CITY_MAX",
    "NAME_MAX",
    "STREET_MAX",
    "TextRefused",
    "clean_city",
    "clean_line",
    "clean_name",
    "clean_street",
    "clean_text",
]

NAME_MAX: Final = 100
CITY_MAX: Final = 100
STREET_MAX: Final = 200  # the House grammar (CWC 2.0) takes 500; no street is that long

# C0 save tab and line feed, DEL and C1, lone surrogates, and the two that XML 1.0 leaves out.
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_BREAKS: Final = re.compile("\r\n|[\r\x85\u2028\u2029]")
# Embeddings, overrides and isolates: they make a line read other than it is stored.
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_NOT_IN_A_LINE: Final = re.compile("[\t\n]")


class TextRefused(ValueError):
    """A value that is not taken: ``code`` is stable, ``message`` is a sentence for its writer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def clean_line(value: str, max_length: int) -> str:
    """One line, trimmed and in NFC; may be empty. Lengths are in characters.

    Raises TextRefused: ``line_break``, ``control_character``, ``hidden_direction``, ``too_long``.
    """
    if value.isascii() and value.isprintable():  # nearly all, and nothing to look for in them
        return _within(value.strip(" "), max_length)
    line = _legal(_LINE_BREAKS.sub("\n", value)).strip()
    if _NOT_IN_A_LINE.search(line):
        raise TextRefused("line_break", "Write this on one line, without tabs.")
    if _BIDI.search(line):
        raise TextRefused(
            "hidden_direction", "Leave out the invisible marks that turn the writing direction."
        )
    return _within(line, max_length)


def clean_text(value: str, max_length: int) -> str:
    """Text of any number of lines, ended by LF, trimmed and in NFC; may be empty.

    Raises TextRefused: ``control_character``, ``too_long``.
    """
    return _within(_legal(_LINE_BREAKS.sub("\n", value)).strip(), max_length)


def clean_name(value: str) -> str:
    """A given or a family name: 1 to 100 characters, at least one letter of any script.

    Raises TextRefused as ``clean_line`` does, and ``required`` or ``no_letter``.
    """
    name = _required(clean_line(value, NAME_MAX))
    if not any(character.isalpha() for character in name):
        raise TextRefused("no_letter", "Write a name with at least one letter.")
    return name


def clean_city(value: str) -> str:
    """A city or town; two letters are a city (Oz). Raises as ``clean_name``."""
    city = _required(clean_line(value, CITY_MAX))
    if not any(character.isalpha() for character in city):
        raise TextRefused("no_letter", "Write a city with at least one letter.")
    return city


def clean_street(value: str) -> str:
    """A street line with a letter or a digit in it. Raises as ``clean_name``."""
    street = _required(clean_line(value, STREET_MAX))
    if not any(character.isalnum() for character in street):
        raise TextRefused("no_letter", "Write the street and the number of the house.")
    return street


def _required(line: str) -> str:
    if not line:
        raise TextRefused("required", "This is needed.")
    return line


def _legal(value: str) -> str:
    if _ILLEGAL.search(value):
        raise TextRefused(
            "control_character", "Leave out the control characters: they cannot be sent on."
        )
    return unicodedata.normalize("NFC", value)


def _within(value: str, max_length: int) -> str:
    if len(value) > max_length:
        raise TextRefused(
            "too_long", f"This has {len(value)} characters; at most {max_length} fit."
        )
    return value
