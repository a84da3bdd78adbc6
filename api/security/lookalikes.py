"""Letters that look like others: how a text reads, and words that imitate another alphabet.

The tables are Unicode's (Technical Standard 39), from the package confusable-homoglyphs.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

__all__ = ["imitates_latin", "is_dressed", "mixes_scripts", "reading", "skeleton"]

# Writing systems that use several scripts in one word.
_TOGETHER: Final = frozenset({"HAN", "HIRAGANA", "KATAKANA", "BOPOMOFO", "HANGUL"})
_NO_SCRIPT: Final = frozenset({"COMMON", "INHERITED", "Unknown"})
# Letters that look the same once case is ignored.
_ALIKE: Final = str.maketrans({"i": "l", "1": "l", "|": "l", "\u0131": "l", "0": "o"})
_PAIRS: Final = (("rn", "m"), ("vv", "w"))
# Letters of phonetic alphabets, by their names in Unicode, and what Unicode calls letters that are
# drawn otherwise: wide, in a circle, in bold.
_TURNED: Final = re.compile("LATIN (?:LETTER SMALL CAPITAL|SMALL LETTER TURNED) ([A-Z])")
_DRESSED: Final = ("<font>", "<wide>", "<circle>", "<square>", "<small>", "<super>", "<sub>")
_ORDINALS: Final = "\u00aa\u00ba"  # as in the Spanish M.\u00aa
# Shorter words in another alphabet look like Latin ones by chance.
_IMITATION_MIN: Final = 3


def reading(text: str) -> str:
    """The text as a reader takes it: letters for their lookalikes, no case, marks, or characters
    that are not seen."""
    plain = unicodedata.normalize("NFKD", text)
    seen = "".join(each for each in plain if unicodedata.category(each)[0] not in "MC")
    table = _prototypes()
    return "".join(table.get(each, each) for each in map(_upright, seen)).casefold()


@lru_cache(maxsize=16384)
def skeleton(text: str) -> str:
    """Equal for two names that look alike; good only to be compared with another one."""
    found = "".join(each for each in reading(text).translate(_ALIKE) if each.isalnum())
    for pair, letter in _PAIRS:
        found = found.replace(pair, letter)
    return found


def is_dressed(text: str) -> bool:
    """Whether it has letters in styles that no keyboard types: bold, wide, small caps, turned."""
    return any(
        unicodedata.decomposition(each).startswith(_DRESSED) or _upright(each) != each
        for each in text
        if not each.isascii() and each not in _ORDINALS
    )


def _upright(character: str) -> str:
    """A small capital or a turned letter as the plain one."""
    if character.isascii():
        return character
    match = _TURNED.fullmatch(unicodedata.name(character, ""))
    return match[1].lower() if match else character


def mixes_scripts(text: str) -> bool:
    """Whether a word has letters of two alphabets; some real names do."""
    return any(len(_scripts(word)) > 1 for word in _words(text))


def imitates_latin(text: str) -> bool:
    """Whether all of it reads as Latin, and whole words of it are in another alphabet."""
    words = [word for word in _words(text) if len(word) >= _IMITATION_MIN]
    foreign = [word for word in words if "LATIN" not in _scripts(word)]
    return bool(foreign) and all(_all_latin(word) for word in foreign)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", text))


def _all_latin(word: str) -> bool:
    table = _prototypes()
    return all((found := table.get(each, each)).isascii() and found.isalpha() for each in word)


def _scripts(word: str) -> set[str]:
    from confusable_homoglyphs.categories import alias

    found = {alias(letter) for letter in word} - _NO_SCRIPT
    return {"CJK" if script in _TOGETHER else script for script in found}


@cache
def _prototypes() -> Mapping[str, str]:
    """A character -> what it looks like, in ASCII where there is such a letter."""
    from confusable_homoglyphs.confusables import confusables_data

    found: dict[str, str] = {}
    for character, entries in confusables_data.items():
        if len(character) == 1 and not character.isascii():
            alike = [entry["c"].strip("\u200e") for entry in entries]
            latin = [each for each in alike if each.isascii() and each.isalnum()]
            found[character] = (latin or [min([character, *filter(_is_one, alike)])])[0]
    # Some are listed by way of another one only.
    return {each: found.get(alike, alike) for each, alike in found.items()}


def _is_one(text: str) -> bool:
    return len(text) == 1
