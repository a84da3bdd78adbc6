"""Normalizes everything that is typed or pasted, with one function for each kind of field.

``tidy_…`` never refuses: its result is shown again in a page's field, and checked next. ``clean_…``
does the same and refuses what is not acceptable. The JSON API, the pages, the widget and the
commands all take fields through here, so that what is shown, approved and sent is the same.

What passes is NFC, has no character that XML 1.0 cannot hold, no control character, and none
that nobody can see: it can go into a letter, a CWC message, a mail and a page.
"""

import re
from typing import Any, Final
from urllib.parse import unquote

from api.security.characters import (
    LINE_BREAKS,
    REVERSED,
    SOFT_BREAKS,
    SPACES,
    balanced,
    forbidden,
    is_plain,
    is_visible,
    narrow,
    without_noise,
    without_turns,
)

__all__ = [
    "CITY_MAX",
    "CODE_MAX",
    "NAME_MAX",
    "STREET_MAX",
    "TextRefused",
    "clean_city",
    "clean_code",
    "clean_line",
    "clean_name",
    "clean_phone",
    "clean_required",
    "clean_street",
    "clean_text",
    "clean_zip",
    "tidy_code",
    "tidy_email",
    "tidy_line",
    "tidy_text",
    "tidy_token",
    "unwrapped",
    "within",
]

NAME_MAX: Final = 100
CITY_MAX: Final = 100
STREET_MAX: Final = 200  # the House grammar (CWC 2.0) takes 500; no street is that long
CODE_MAX: Final = 64

_BLANKS: Final = re.compile("  +")
_MAILTO: Final = re.compile("(?:mailto:(?://)?)+", re.IGNORECASE)
_IN_BRACKETS: Final = re.compile(r"[^@<>]*<([^<>]+)>")  # Ani Example <ani@example.org>
_BARE_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w.-]*\w", re.ASCII)
_AFTER_ADDRESS: Final = " .,;:"
_WRAPPED: Final = re.compile(r"(?:\"(.+)\"|'(.+)'|\((.+)\)|\[(.+)\]|<(.+)>)")
_BETWEEN: Final = "[-. /\u00b7\u2022]*"
_NUMBER: Final = (
    rf"(?:tel:)?(?:(?:\+|00 ?)?1{_BETWEEN})?\(? ?([2-9][0-9]{{2}}) ?\)?"
    rf"{_BETWEEN}([0-9]{{3}}){_BETWEEN}([0-9]{{4}})"
)
_PHONE: Final = re.compile(rf"{_NUMBER}[.,;]?", re.IGNORECASE)
_EXTENSION: Final = re.compile(
    rf"{_NUMBER}[ ,;]*(?:e?xt?(?:n|ension)?|#)[ .:=#]*[0-9]{{1,8}}", re.IGNORECASE
)
_ZIP: Final = re.compile(r"([0-9]{5})(?:[- ]*([0-9]{4}))?[.,;]?")


class TextRefused(ValueError):
    """A value that is not taken: ``code`` is stable, ``message`` a sentence for its writer.

    ``params`` are the numbers in that sentence, for whoever says it in another language.
    """

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.params = params


def tidy_line(value: str) -> str:
    """One line: trimmed, one space where there are several, tabs and others among them."""
    return _plain_line(value) if is_plain(value) else _tidied_line(value)


def _plain_line(value: str) -> str:
    return " ".join(value.split())


def _tidied_line(value: str) -> str:
    line = SOFT_BREAKS.sub(" ", SPACES.sub(" ", without_turns(without_noise(value))))
    line = LINE_BREAKS.sub("\n", line)
    line = _BLANKS.sub(" ", without_noise(line)).strip(" \n")
    return line if is_visible(line) or forbidden(line) else ""


def tidy_text(value: str) -> str:
    """Text of any number of lines, ended by LF, trimmed; "" where nothing can be seen."""
    if is_plain(value):
        return value.strip()
    text = LINE_BREAKS.sub("\n", without_noise(value).replace("\u2800", " "))
    text = without_noise(balanced(text)).strip()
    return text if is_visible(text) or forbidden(text) else ""


def tidy_code(value: str) -> str:
    """A ZIP code, a phone number, a district, a short name: in ASCII where it means ASCII."""
    return narrow(tidy_line(value))


def tidy_token(value: str) -> str:
    """The end of a mailed link, which a mail program may have broken over lines."""
    return "".join(tidy_line(value).split())


def tidy_email(value: str) -> str:
    """An address without what it was copied with: ``mailto:``, angle brackets, a full stop."""
    if _BARE_ADDRESS.fullmatch(value):  # as nearly always
        return value
    address = tidy_line(value)
    if not address.isascii():
        address = narrow(address)
    if _MAILTO.match(address):
        address = tidy_line(unquote(_MAILTO.sub("", address).partition("?")[0]))
    address = unwrapped(address)
    if match := _IN_BRACKETS.fullmatch(address):
        address = match[1]
    return address.strip(" ").rstrip(_AFTER_ADDRESS)


def unwrapped(value: str) -> str:
    """Without the quotes or brackets round it, and what ended the sentence it was copied from."""
    inner = value.rstrip(_AFTER_ADDRESS)
    while match := _WRAPPED.fullmatch(inner):
        inner = next(filter(None, match.groups())).strip(" ").rstrip(_AFTER_ADDRESS)
    return inner


def clean_line(value: str, max_length: int) -> str:
    """``tidy_line``, of at most ``max_length`` characters; may be empty.

    Raises TextRefused: ``line_break``, ``control_character``, ``hidden_direction``, ``too_long``.
    """
    if is_plain(value):
        return within(_plain_line(value), max_length)
    line = _tidied_line(value)
    _require_legal(line)
    if "\n" in line:
        raise TextRefused("line_break", "Write this on one line.")
    if REVERSED in line:
        raise TextRefused(
            "hidden_direction", "Leave out the invisible marks that turn the writing direction."
        )
    return within(line, max_length)


def clean_required(value: str, max_length: int) -> str:
    """The same, and not empty. Raises TextRefused as ``clean_line`` does, or ``required``."""
    line = clean_line(value, max_length)
    if not line:
        raise TextRefused("required", "This is needed.")
    return line


def clean_text(value: str, max_length: int | None = None) -> str:
    """``tidy_text``; may be empty. None: whoever knows the limit asks for it with ``within``.

    Raises TextRefused: ``control_character``, ``too_long``.
    """
    text = tidy_text(value)
    if not is_plain(text):
        _require_legal(text)
    return text if max_length is None else within(text, max_length)


def clean_name(value: str, max_length: int = NAME_MAX) -> str:
    """A name of a person or an organization: at least one letter of any script.

    Raises TextRefused as ``clean_required`` does, or ``no_letter``.
    """
    name = clean_required(value, max_length)
    if not any(character.isalpha() for character in name):
        raise TextRefused("no_letter", "Write a name with at least one letter.")
    return name


def clean_city(value: str) -> str:
    """A city or town; two letters are a city (Oz). Raises as ``clean_name``."""
    city = clean_required(value, CITY_MAX)
    if not any(character.isalpha() for character in city):
        raise TextRefused("no_letter", "Write a city with at least one letter.")
    return city


def clean_street(value: str) -> str:
    """A street line with a letter or a digit in it. Raises as ``clean_name``."""
    street = clean_required(value, STREET_MAX)
    if not any(character.isalnum() for character in street):
        raise TextRefused("no_letter", "Write the street and the number of the house.")
    return street


def clean_code(value: str) -> str:
    """``tidy_code``, of at most 64 characters. Raises TextRefused as ``clean_line``."""
    return clean_line(tidy_code(value), CODE_MAX)


def clean_phone(value: str) -> str:
    """``(818) 555-0123`` and the like as ``818-555-0123`` (CWC 2.0, Phone).

    Raises TextRefused: ``phone_malformed``, or ``phone_extension`` for a number that goes on,
    since no channel has a place for the rest. A number is never completed, cut or guessed.
    """
    typed = tidy_code(value)
    match = _PHONE.fullmatch(typed)
    if match is not None:
        return "-".join(match.groups())
    if _EXTENSION.fullmatch(typed):
        raise TextRefused(
            "phone_extension",
            "Leave out the extension: the offices' systems take the ten digits only.",
        )
    raise TextRefused("phone_malformed", "Write the ten digits of a US phone number.")


def clean_zip(value: str) -> str:
    """Five digits, or ``02138-1234``. Raises TextRefused: ``zip_malformed``."""
    match = _ZIP.fullmatch(tidy_code(value))
    if match is None:
        raise TextRefused("zip_malformed", "Enter a ZIP code of five digits, such as 02138.")
    return "-".join(filter(None, match.groups()))


def within(value: str, max_length: int) -> str:
    """``value``, if so many characters fit. Raises TextRefused: ``too_long``."""
    used = len(value)
    if used > max_length:
        over = used - max_length
        raise TextRefused(
            "too_long",
            f"This has {used:,} characters, and {max_length:,} fit: shorten it by {over:,}.",
            used=used,
            max=max_length,
            over=over,
        )
    return value


def _require_legal(value: str) -> None:
    """Refuses what cannot be sent on, and says what it is and where."""
    match = forbidden(value)
    if match is None:
        return
    before = value[: match.start()]
    line, character = before.count("\n") + 1, match.start() - before.rfind("\n")
    code = f"U+{ord(match[0]):04X}"
    raise TextRefused(
        "control_character",
        f"Remove the invisible character ({code}) in line {line}, at character {character}: "
        "it cannot be sent on.",
        which=code,
        line=line,
        character=character,
    )
