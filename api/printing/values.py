"""What the print template is given: strings to be shown as they are, and nothing to be run."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Any

from api.printing.fitting import Values, fit
from api.printing.letter import PrintedLetter, PrintedSource

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
LONGEST_WORD = 30
"""In characters; a line holds more of the widest letters, but an address line hardly does."""
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
    """Whether name or addresses are longer than the places that the window leaves them."""
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
            "lines": [breakable(line) for line in group],
            "item": bool(_ITEM.match(group[0])),
            "rtl": _is_right_to_left(group[0]),
        }
        for group in groups
    ]


def breakable(text: str) -> str:
    """``text`` as a compositor sets it: real apostrophes, and no word longer than its line."""
    text = text.replace("\t", "    ")
    if "'" in text:  # the patterns take longer to find nothing than this takes to look
        text = _APOSTROPHE.sub("\N{RIGHT SINGLE QUOTATION MARK}", text)
    if any(len(word) > LONGEST_WORD for word in text.split()):
        text = _LONG_WORD.sub(_with_breaks, text)
    return text


def _with_breaks(word: re.Match[str]) -> str:
    """A word that may break after each character: it would run off the page otherwise."""
    pieces = [word[0][0]]
    for before, character in zip(word[0], word[0][1:], strict=False):
        joined = unicodedata.category(character)[0] == "M" or {before, character} & set(_JOINERS)
        pieces += [character] if joined else [_BREAK, character]
    return "".join(pieces)


def _is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction runs from right to left (Unicode, UAX 9, P2)."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction == "L" or direction in _RIGHT_TO_LEFT:
            return direction != "L"
    return False
