"""Why an organizer should look twice at what somebody wants shown. A hint refuses nothing: each
of them is true of real people, too."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from api.security.lookalikes import imitates_latin, is_dressed, mixes_scripts, reading
from api.sign_ons.appearing import Appearance
from api.sign_ons.held import has_office, has_slogan, has_word
from api.sign_ons.known_names import KnownNames, has_name
from api.sign_ons.names import MARKS_MAX, plainly_a_name, plainly_an_affiliation

__all__ = ["hints", "organization_hints"]

_DOMAINS: Final = (
    "com|org|net|info|biz|io|me|am|ru|us|uk|co|tv|ly|gg|to|cc|de|fr|eu|app|dev|xyz|site|online|"
    "link|shop|store|club|top|live|news|page|gov|edu|mil|int"
)
_LINKS: Final = (
    rf"https?\b|\bwww\b|\bt\.me\b|\w[\w-]+\.(?:{_DOMAINS})\b",
    r"\w\s*\.\s*(?:com|org|net|info|biz|io|ru)\b",
    rf"\b(?:dot|punto|tochka|period)\s*(?:{_DOMAINS})\b",
    r"\b(?:slash|barra|hashtag|arroba)\b|[(\[{]\s*(?:at|dot)\s*[)\]}]|\bat sign\b|[/\\@#]",
    r"\bat\W*(?:gmail|googlemail|yahoo|hotmail|outlook|icloud|proton|protonmail|aol|mail|yandex)\b",
    r"\b(?:gmail|hotmail|protonmail)\b",
)
_LINK: Final = re.compile("|".join(_LINKS))
_NUMBERS: Final = (
    "zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple|"
    "cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve"
)
_PHONE: Final = re.compile(rf"(?:\d\D{{0,3}}){{5}}|\b(?:(?:{_NUMBERS})\b\W*){{3}}")
# Joiners change how letters of Arabic and of India's scripts are drawn; in others they hide.
_JOINERS: Final = re.compile("(?<![\u0590-\u0fff])[\u200c\u200d]")
# Characters that look blank and are not in the category of format characters.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10)))
)


def hints(wanted: Appearance, names: Sequence[KnownNames] = ()) -> Iterator[str]:
    """The names of all hints that apply; ``names`` are looked for beside the well-known ones."""
    line = [each for each in wanted.line if each]
    if not line:
        return
    name, *beside = line
    plain = plainly_a_name(name) and all(plainly_an_affiliation(each) for each in beside)
    if not plain:
        yield "unusual"
    yield from _of_each(line)
    if has_slogan(name) or any(has_word(each) for each in beside):
        yield "held_word"
    if has_name(name, names):
        yield "known_name"


def organization_hints(lines: Sequence[str], names: Sequence[KnownNames] = ()) -> Iterator[str]:
    """The same of an organization's name and what stands beside it."""
    yield from _of_each(lines)
    if any(has_word(each) for each in lines):
        yield "held_word"
    if any(has_name(each, names) for each in lines):
        yield "known_name"


def _of_each(lines: Sequence[str]) -> Iterator[str]:
    for told, has in _OF_EACH.items():
        if any(has(each) for each in lines):
            yield told


def has_address(text: str) -> bool:
    """A link, a mail address or a telephone number, spelled out or not."""
    read = reading(text)
    return bool(_LINK.search(read) or _PHONE.search(read))


def hides(text: str) -> bool:
    """Whether it has invisible characters, or some that change the direction of writing."""
    unseen = any(
        unicodedata.category(each) in {"Cf", "Cc", "Co", "Cn", "Zl", "Zp"} or each in _BLANK
        for each in re.sub("[\u200c\u200d]", "", text)
    )
    return unseen or bool(_JOINERS.search(text))


def looks_like_others(text: str) -> bool:
    return imitates_latin(text) or is_dressed(text)


def piles_marks(text: str) -> bool:
    """Whether marks hide a letter: many on one, or one through it."""
    if any(unicodedata.combining(each) == 1 or unicodedata.category(each) == "Me" for each in text):
        return True
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        if marks > MARKS_MAX:
            return True
    return False


_OF_EACH: Final[dict[str, Callable[[str], bool]]] = {
    "mixed_scripts": mixes_scripts,
    "lookalike": looks_like_others,
    "hidden_characters": hides,
    "marks": piles_marks,
    "address": has_address,
    "office": has_office,
}
