"""Which font size a letter is set in, so that it fits on one page.

typst could measure that itself, but then a letter takes twice as long (decision 29). So lines are
counted here with the widths of the font's glyphs, and typst measures only letters with characters
that are not in the table.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final

Values = dict[str, Any]

SETTINGS: Final = (
    {"size": 11, "leading": 0.62, "spacing": 1.1},
    {"size": 10.5, "leading": 0.58, "spacing": 1},
    {"size": 10, "leading": 0.54, "spacing": 0.92},
)
"""The sizes of the text in points; the space between its lines and its paragraphs in em."""

SEVERAL_PAGES: Final = len(SETTINGS)
TO_BE_MEASURED: Final[Values] = {"setting": None, "whole": 0}

# The measures of templates/print/letter.typ: in points, else in em of the text's size.
LINE_POINTS, BODY_POINTS = 6.5 * 72, (11 - 0.85 - 3.72) * 72
CLOSING, SOURCES = 1.3 + 3 + 0.5, 1.5
NOTE, NOTE_LEADING, NOTE_SPACING, NOTE_RULE = 0.76, 0.45, 0.5, 0.6
ITEM_SPACING, ITEM_INDENT = 0.75, 2.1
CAP_HEIGHT, SEMIBOLD = 0.658, 1.04
MARGIN = 1.0
"""How much of a line the count may be wrong by, such as by kerning."""

# Of Libertinus Serif Regular, in thousandths of an em.
_WIDTHS = {
    190: "'",
    205: "|",
    220: ",.",
    236: ":;",
    250: " \u00b7",
    264: "l",
    267: "\u00b0",
    268: "\u2018\u2019",
    271: "i",
    272: "j",
    277: "{}",
    287: "\\",
    288: "!\u00a1",
    297: "I",
    298: "()",
    310: "f",
    316: "t",
    322: "J",
    323: "/",
    336: '"',
    338: "-",
    351: "\u2022",
    356: "[]",
    369: "*",
    372: "r",
    375: "\u201c\u201d",
    390: "s",
    392: "`",
    424: "z",
    428: "c",
    435: "?\u00bf",
    447: "e",
    449: "~",
    457: "a",
    465: "#$0123456789\u20ac",
    473: "\u00a7",
    485: "FS",
    486: "_",
    490: "x",
    493: "b",
    497: "v",
    500: "g",
    503: "q",
    504: "o",
    505: "d",
    512: "k",
    515: "y",
    518: "^",
    519: "p",
    528: "L",
    531: "u",
    538: "h",
    541: "P",
    542: "n",
    543: "\u00ab\u00bb",
    548: "\u2013",
    550: "+<=>",
    557: "E",
    575: "Y",
    587: "R",
    588: "B",
    597: "T",
    604: "Z",
    637: "%K",
    646: "C",
    652: "V",
    660: "X",
    661: "U",
    685: "G",
    695: "A",
    699: "N",
    701: "D",
    702: "OQ",
    705: "&",
    730: "H",
    742: "\u2014",
    747: "w",
    749: "\u2026",
    790: "m",
    839: "M",
    895: "@",
    925: "\u2116",
    951: "W",
}
_WIDTH = {character: width / 1000 for width, some in _WIDTHS.items() for character in some}
_SPACE = _WIDTH[" "]


class _Unknown(Exception):
    """A character whose width is not in the table."""


def fit(letter: Values) -> Values:
    """How to set the letter, as the template's ``setting`` and ``whole``.

    ``letter`` are the other values that the template is given. ``setting`` is the index in
    SETTINGS, or SEVERAL_PAGES, or None when typst must tell; ``whole`` is how many paragraphs
    fit on the first page completely. If it fits by less than the possible error of the count, it
    is taken not to fit: letting typst measure it would take twice as long.
    """
    if letter["roomy"]:
        return TO_BE_MEASURED
    try:
        words = _words_of(letter)
    except _Unknown:
        return TO_BE_MEASURED
    for index, setting in enumerate(SETTINGS):
        if _ends(words, setting)[-1] + _below(words, setting) <= _room(setting):
            return {"setting": index, "whole": len(words["paragraphs"])}
    room = _room(SETTINGS[0], 3 * MARGIN)  # else a gap is left at the foot of the first page
    whole = sum(end <= room for end in _ends(words, SETTINGS[0])[1:])
    return {"setting": SEVERAL_PAGES, "whole": whole}


def is_known(line: str) -> bool:
    """Whether the widths of all its characters are in the table."""
    try:
        _words(line)
    except _Unknown:
        return False
    return True


def _words_of(letter: Values) -> Values:
    """The measured words of each part of a letter that may have several lines."""
    notes = [f"{source['title']}. {source['imprint']}" for source in letter["sources"]]
    return {
        "subject": _words(letter["subject"]),
        "paragraphs": [
            (part["item"], part["goes_on"], [_words(line) for line in part["lines"]])
            for part in letter["paragraphs"]
        ],
        "capacity": len(letter["capacity"]),
        "notes": [_words(note) for note in notes],
    }


def _room(setting: dict[str, float], margin: float = MARGIN) -> float:
    """The height that the first page has at least below its address window, in em."""
    return BODY_POINTS / setting["size"] - margin * (CAP_HEIGHT + setting["leading"])


def _ends(words: Values, setting: dict[str, float]) -> list[float]:
    """How far the salutation and then each paragraph ends below the window, in em."""
    leading, spacing = setting["leading"], setting["spacing"]
    wide = LINE_POINTS / setting["size"]
    subject = _block(_lines(words["subject"], wide / SEMIBOLD), leading)
    ends = [subject + spacing + CAP_HEIGHT]
    for is_item, goes_on, lines in words["paragraphs"]:
        room = wide - ITEM_INDENT if is_item else wide
        count = sum(_lines(line, room) for line in lines)
        above = leading if goes_on else ITEM_SPACING if is_item else spacing
        ends.append(ends[-1] + above + _block(count, leading))
    return ends


def _below(words: Values, setting: dict[str, float]) -> float:
    """The height of all that follows the paragraphs, in em."""
    height = CLOSING + 2 * CAP_HEIGHT + _block(words["capacity"], setting["leading"])
    if words["notes"]:
        wide = LINE_POINTS / setting["size"]
        counts = [_lines(note, wide / NOTE - 1) for note in words["notes"]]
        blocks = sum(NOTE_SPACING + _block(count, NOTE_LEADING) for count in counts)
        height += SOURCES + NOTE * (NOTE_RULE + CAP_HEIGHT + blocks)
    return height


def _block(lines: int, leading: float) -> float:
    return lines * CAP_HEIGHT + max(lines - 1, 0) * leading


def _lines(words: Sequence[float], room: float) -> int:
    lines, word, begin = 0, 0, 0.0
    while word < len(words):
        fitting = bisect_right(words, begin + room + _SPACE, word)
        word = max(fitting, word + 1)  # a word that is wider than a line gets a line of its own
        lines, begin = lines + 1, words[word - 1]
    return lines


def _words(line: str) -> Sequence[float]:
    """Where each word ends with its space, were they all in one line. Raises _Unknown."""
    return list(accumulate(map(_advance, line.split(" "))))


@lru_cache(maxsize=4096)
def _advance(word: str) -> float:
    """The width of a word and a space. Raises _Unknown."""
    try:
        return sum(map(_WIDTH.__getitem__, word), _SPACE)
    except KeyError:
        return sum(map(_base_width, word), _SPACE)


def _base_width(character: str) -> float:
    """An accented letter is as wide as its base."""
    base = unicodedata.normalize("NFD", character)[0]
    if base not in _WIDTH:
        raise _Unknown
    return _WIDTH[base]
