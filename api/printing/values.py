"""The values for the print template: strings that are shown as they are, and no code."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from api.printing.fitting import Values, fit, is_known
from api.printing.letter import PrintedLetter, PrintedSource

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
LONGEST_WORD = 30
"""In characters; a line holds more of the widest letters, but an address line hardly does."""
PIECE = 12
"""In characters: what stays together of a longer word."""

LONGEST_PARAGRAPH = 1_000
"""In characters: typst takes time with the square of it, save for the letters of fitting.py."""

LONGEST_NAME, LONGEST_ADDRESS = 50, 120
WINDOW_LINES, WINDOW_WIDTH = 5, 42

_BREAK = "\N{ZERO WIDTH SPACE}"
_BLANK = re.compile(r"\n\s*\n")
_ITEM = re.compile(r"(?:[-•]|\d{1,2}\.) ")
_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)|(?<=s)'(?= \w)")
_RIGHT_TO_LEFT = {"R", "AL"}
_JOINERS = "\u200d\ufe0e\ufe0f"


def values_of(letter: PrintedLetter) -> Values:
    """The values of one letter, named as ``templates/print/letter.typ`` has them."""
    values = _all_but_fit(letter)
    return {**values, **fit(values)}


def _all_but_fit(letter: PrintedLetter) -> Values:
    valediction, *capacity = letter.close.split("\n")
    name = breakable(letter.sender)
    return {
        "roomy": _needs_room(letter),
        "title": breakable(f"Letter to {letter.recipient[0]}"),
        "sender": name,
        "sender_address": [breakable(line) for line in letter.sender_address],
        "date": f"{MONTHS[letter.day.month - 1]} {letter.day.day}, {letter.day.year}",
        "recipient": [breakable(line) for line in letter.recipient],
        "subject": breakable(f"Re: {letter.subject}"),
        "salutation": breakable(letter.salutation),
        "paragraphs": [
            paragraph
            for text in (letter.own_words, letter.statement)
            for part in _BLANK.split(text.strip())
            if part
            for paragraph in _paragraphs(part)
        ],
        "valediction": breakable(valediction),
        "signature": name,
        "capacity": [breakable(line) for line in capacity],
        "sources": [_source(source) for source in letter.sources],
        "footer": breakable(letter.footer),
    }


def plain_values(text: str) -> Values:
    """The values of a letter that says ``text`` and nothing else."""
    return values_of(PrintedLetter("-", (), date.min, ("-",), "-", "-", "", text, "-"))


def characters_of(values: Any) -> set[str]:
    """All characters of the strings within ``values``."""
    if isinstance(values, str):
        return set(values)
    inner = values.values() if isinstance(values, dict) else values
    parts = inner if isinstance(inner, Iterable) else ()
    return set().union(*(characters_of(part) for part in parts))


def _needs_room(letter: PrintedLetter) -> bool:
    """Whether name or addresses are too long for the lines in the envelope's window."""
    lines = letter.recipient
    return (
        len(letter.sender) > LONGEST_NAME
        or sum(map(len, letter.sender_address)) > LONGEST_ADDRESS
        or len(lines) > WINDOW_LINES
        or max(map(len, lines)) > WINDOW_WIDTH
    )


def _source(source: PrintedSource) -> dict[str, str]:
    return {"title": breakable(source.title), "imprint": breakable(source.imprint)}


def _paragraphs(part: str) -> list[dict[str, Any]]:
    """The lines of one paragraph; each item of a list in it is one of its own."""
    groups: list[list[str]] = []
    for line in part.split("\n"):
        if not groups or _ITEM.match(line) or _ITEM.match(groups[-1][0]):
            groups.append([])
        groups[-1].append(line)
    return [
        {
            "lines": [breakable(line) for line in part],
            "item": bool(_ITEM.match(group[0])),
            "rtl": _is_right_to_left(group[0]),
            "goes_on": number > 0,
        }
        for group in groups
        for number, part in enumerate(_parts(group))
    ]


def _parts(lines: list[str]) -> list[list[str]]:
    """The lines of one paragraph, split into parts that typst can set fast enough; usually one."""
    if sum(map(len, lines)) <= LONGEST_PARAGRAPH or all(map(is_known, lines)):
        return [lines]
    parts: list[list[str]] = [[]]
    room = LONGEST_PARAGRAPH
    for piece in (piece for line in lines for piece in _pieces(line)):
        if len(piece) > room and parts[-1]:
            parts.append([])
            room = LONGEST_PARAGRAPH
        parts[-1].append(piece)
        room -= len(piece) + 1
    return parts


def _pieces(line: str) -> Iterator[str]:
    """A line, cut at a space where it is longer than a paragraph may be."""
    while len(line) > LONGEST_PARAGRAPH:
        space = line.rfind(" ", LONGEST_PARAGRAPH // 2, LONGEST_PARAGRAPH)
        at = space if space > 0 else LONGEST_PARAGRAPH
        yield line[:at]
        line = line[at:].removeprefix(" ")
    yield line


def breakable(text: str) -> str:
    """``text`` for typesetting: typographic apostrophes, and no word longer than a line."""
    text = text.replace("\t", "    ")
    if "'" in text:  # a quick check: the patterns are slow even if they find nothing
        text = _APOSTROPHE.sub("\N{RIGHT SINGLE QUOTATION MARK}", text)
    if any(len(word) > LONGEST_WORD for word in text.split()):
        text = _LONG_WORD.sub(_with_breaks, text)
    return text


def _with_breaks(word: re.Match[str]) -> str:
    """Add break opportunities to a long word, which would run off the page otherwise.

    Not at each character: typst searches for a font again on both sides of each break, which
    takes seconds for ten thousand of them in some scripts.
    """
    clusters = _clusters(word[0])
    pieces = (clusters[at : at + PIECE] for at in range(0, len(clusters), PIECE))
    return _BREAK.join("".join(piece) for piece in pieces)


def _clusters(word: str) -> list[str]:
    """Its grapheme clusters: characters with their combining marks and joined characters."""
    clusters: list[str] = []
    for character in word:
        mark = unicodedata.category(character)[0] == "M" or character in _JOINERS
        if clusters and (mark or clusters[-1][-1] in _JOINERS):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction runs from right to left (Unicode, UAX 9, P2)."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction == "L" or direction in _RIGHT_TO_LEFT:
            return direction != "L"
    return False
