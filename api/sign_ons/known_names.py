"""Whether a name is a known person's: as written, reversed, misspelled, shortened, in initials.

It is a hint for reviewers, and finds more than it should: real people have such names, and nobody
is refused because of it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations
from typing import Final, Self

from api.security.lookalikes import reading, skeleton
from api.sign_ons.held import CAPITAL_WITHIN
from api.sign_ons.well_known import SHORT_FORMS, WELL_KNOWN

__all__ = ["KnownNames", "has_name"]

_WORDS_JOINED: Final = 5  # "Don ald Tr ump"
_WORDS_PAIRED: Final = 8
# Shorter names are too similar to each other to be compared by all but one letter, or by sound.
_NEAR_MIN: Final = 5
_SOUND_MIN: Final = 6
_FAMILY_MIN: Final = 3
_LETTERS_MAX: Final = 4  # of what is an abbreviation: JFK
_POSSESSIVE: Final = re.compile("['\u2019]s\\b")
_AGAIN: Final = re.compile(r"(.)\1+")
_BEHIND: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})
_FORMAL: Final = frozenset({"mr", "mister", "mrs", "ms", "miss", "senor", "senora"})
# Letters that sound alike; vowels are left out.
_SOUNDS: Final = str.maketrans("cqdvzx", "kktfss", "aeiouyhw")
_VOWELS: Final = "aeiouy"


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Ways to write some names: ``exact`` skeletons; ``alike`` ones, given and family name apart;
    ``short``, with initials; and ``families``."""

    exact: frozenset[str]
    alike: frozenset[str]
    short: frozenset[str]
    families: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[str], *, misspelled: bool = True) -> Self:
        """``misspelled``: also what differs by a letter, or by letters that sound alike."""
        parts = [found for name in names if (found := _parts(name))]
        ways = [way for each in parts for way in _called(each)]
        alike = (found for way in ways if misspelled for found in _alike(way[0], way[-1]))
        return cls(
            frozenset(_exact("".join(way)) for way in ways),
            frozenset(alike),
            frozenset(short for each in parts for short in _shortened(each)),
            frozenset(skeleton(each[-1]) for each in parts if len(each) > 1),
        )

    def is_in(self, words: Sequence[str]) -> bool:
        """Whether one of the names stands in these words, which are letters only."""
        exact = {_exact("".join(run)) for each in _runs(words) for run in (each, each[::-1])}
        return (
            not exact.isdisjoint(self.exact)
            or self._is_short(words)
            or (len(words) > 1 and words[0] in _FORMAL and skeleton(words[-1]) in self.families)
            or any(not self.alike.isdisjoint(_alike(*pair)) for pair in _pairs(words))
        )

    def _is_short(self, words: Sequence[str]) -> bool:
        """Initials, and a family name or none: D. J. Trump, Trump D."""
        first = [each for each in words if len(each) == 1]
        whole = [each for each in words if len(each) > 1]
        if not whole:
            return skeleton("".join(first)) in self.short
        found = []
        if len(words[0]) == 1:
            found = [words[0] + whole[-1]]
        elif len(words[-1]) == 1:
            found = [each + whole[0] for each in first]
        return any(skeleton(each) in self.short for each in found)


def has_name(text: str, more: Sequence[KnownNames] = ()) -> bool:
    """Whether a well-known name, or one of ``more``, stands in it, whichever part first."""
    ways = (text, text[::-1], CAPITAL_WITHIN.sub(" ", text), _POSSESSIVE.sub("", text))
    words = {tuple(_words(way)) for way in dict.fromkeys(ways)}
    return any(known.is_in(each) for known in (well_known(), *more) for each in words if each)


@cache
def well_known() -> KnownNames:
    return KnownNames.of(WELL_KNOWN.split(","))


def _parts(name: str) -> list[str]:
    """Given names and family name, without what tells father from son."""
    parts = list(_words(name))
    return parts[:-1] if len(parts) > 1 and parts[-1] in _BEHIND else parts


def _words(text: str) -> Iterator[str]:
    """Its words as letters only; single letters stay apart: J.F.K."""
    for word in text.split():
        pieces = [piece for piece in re.split(r"[\W_]+", reading(word)) if piece]
        if all(len(piece) == 1 for piece in pieces):
            yield from pieces
        else:
            yield "".join(pieces)


def _called(parts: list[str]) -> Iterator[tuple[str, ...]]:
    """The whole name, and each short form of the first with the last."""
    yield tuple(parts)
    if len(parts) > 1:
        for given in {parts[0], *_short_forms().get(parts[0], ())}:
            yield (given, parts[-1])


def _shortened(parts: list[str]) -> Iterator[str]:
    if len(parts) > 2:  # noqa: PLR2004 - two letters are anybody's
        yield skeleton("".join(part[0] for part in parts))
    if len(parts) > 1 and len(parts[-1]) >= _FAMILY_MIN:
        yield skeleton(parts[0][0] + parts[-1])


def _exact(joined: str) -> str:
    """Short names are compared as written, since too many look alike: Mik is not MLK."""
    return skeleton(joined) if len(joined) > _LETTERS_MAX else joined


@lru_cache(maxsize=4096)
def _alike(given: str, family: str) -> tuple[str, ...]:
    """Two names that share one of these differ by a letter of one part, or by no sound."""
    one, other = (_AGAIN.sub(r"\1", skeleton(each)) for each in (given, family))
    sounds = _sound(given), _sound(family)
    found = [f"{one} {each}" for each in _without_one(other)]
    found += [f"{each} {other}" for each in _without_one(one)]
    heard = min(map(len, sounds)) > 1 and len("".join(sounds)) >= _SOUND_MIN
    return (*found, " ".join(sounds)) if heard else tuple(found)


def _without_one(name: str) -> Iterator[str]:
    if len(name) >= _NEAR_MIN:
        yield name
        yield from (f"{name[:place]}*{name[place + 1 :]}" for place in range(len(name)))
        yield from (f"{name[:place]}{name[place + 1 :]}" for place in range(len(name)))


def _sound(name: str) -> str:
    """Its consonants, those that sound alike as one; a vowel only where it begins."""
    begins = "a" if name[0] in _VOWELS else ""
    return begins + _AGAIN.sub(r"\1", name.translate(_SOUNDS))


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(len(words)):
        for end in range(start + 1, min(start + _WORDS_JOINED, len(words)) + 1):
            yield tuple(words[start:end])
    # Middle names do not identify anybody.
    yield from combinations(words[:_WORDS_PAIRED], 2)


def _pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for one, other in combinations(words[:_WORDS_PAIRED], 2):
        yield one, other
        yield other, one


@cache
def _short_forms() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in SHORT_FORMS.strip().splitlines():
        names = {*_words(line)}
        for name in names:
            found.setdefault(name, set()).update(names - {name})
    return found
