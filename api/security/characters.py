"""Invisible characters, and characters of other keyboards, as they come with pasted text.

Word processors, PDFs, phones, messengers and password managers put invisible characters into
what is copied from them. This module decides, for the whole product, which of them mean
something and stay, and which are removed. No function here changes a character that can be seen.
"""

import re
import unicodedata
from typing import Final

# Letters and marks of the scripts that are written with joiners (Arabic, the scripts of India,
# Tibet, Burma, Cambodia, Mongolia …): there a joiner is spelling, as in Persian names.
_JOINING: Final = (
    "\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1900-\u1c7f\ua800-\ua82f\ua840-\ua8ff"
    "\ua930-\ua9df\uaa60-\uaa7f\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff"
)
_PICTURES: Final = "\u00a9\u00ae\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_SELECTORS: Final = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_RIGHT_TO_LEFT: Final = re.compile(
    "[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)

# Soft hyphen, zero-width space, word joiner, byte order mark, object replacement character (a
# picture that was not copied), fillers, and what else Unicode says to ignore.
_NOISE: Final = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffc\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a"
    "\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]"
)
# Tags are the letters of one kind of flag (a region's, as Scotland's), and hide text elsewhere.
_TAGS: Final = re.compile(
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f)"
    "|[\U000e0000-\U000e007f]"
)
_OUT_OF_PLACE: Final = re.compile(
    f"(?<![{_JOINING}])\u200c"
    f"|(?<![{_JOINING}{_PICTURES}\ufe0f])\u200d|(?<=[{_PICTURES}\ufe0f])\u200d(?![{_PICTURES}])"
    f"|(?:(?<=[A-Za-z\\s\u200c\u200d{_SELECTORS}])|\\A)[{_SELECTORS}]"
    "|(?<![\u1810-\u18af])[\u180b-\u180f]"
    "|(?<![\U00013000-\U00013fff])[\U00013430-\U0001345f]"
)
_MARKS: Final = re.compile("[\u061c\u200e\u200f]")  # of direction, for one place
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")  # of direction, for a stretch
_EMPTY_TURN: Final = re.compile("[\u2066-\u2068]\u2069|[\u202a-\u202e]\u202c")
_ISOLATES: Final = "\u2066\u2067\u2068"
_EMBEDDINGS: Final = "\u202a\u202b\u202d\u202e"
_CLOSES: Final = {"\u2069": _ISOLATES, "\u202c": _EMBEDDINGS}

SPACES: Final = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]")
# Breaks of other programs, which a browser leaves in a field of one line, where none is seen.
SOFT_BREAKS: Final = re.compile("[\x0b\x0c\x85\u2028\u2029]")
LINE_BREAKS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# What XML 1.0 cannot hold, the other control characters, and what Unicode keeps for nobody.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(n + 0xFFFE)}{chr(n + 0xFFFF)}" for n in range(0x10000, 0x110000, 0x10000))
    + "]"
)
_ASCII_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f]")  # the same, found faster
REVERSED: Final = "\u202e"  # right-to-left override: what follows is shown backwards

_WIDE: Final = {n: n - 0xFEE0 for n in range(0xFF01, 0xFF5F)} | {0x3002: ".", 0xFF61: "."}
_DASHES: Final = dict.fromkeys(map(ord, "\u058a\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_DASHES_TOO: Final = dict.fromkeys(map(ord, "\u2043\ufe58\ufe63"), "-")
_QUOTES: Final = dict.fromkeys(map(ord, "\u2018\u2019\u201b\u02bc"), "'")
_QUOTES_TOO: Final = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u00ab\u00bb"), '"')
_NARROW: Final = {**_WIDE, **_DASHES, **_DASHES_TOO, **_QUOTES, **_QUOTES_TOO}


def is_plain(value: str) -> bool:
    """Whether the text is printable ASCII, as it nearly always is: then there is nothing to do."""
    return value.isascii() and value.isprintable()


def without_noise(value: str) -> str:
    """Without the invisible characters that mean nothing where they stand, in NFC."""
    if value.isascii():
        return value
    before = None
    while value != before:  # removing one may make another one removable
        before = value
        value = _TAGS.sub(r"\1", _NOISE.sub("", value))
        value = _OUT_OF_PLACE.sub("", value)
    return unicodedata.normalize("NFC", value)


def without_turns(line: str) -> str:
    """Without the characters that change the direction of writing, except ``REVERSED``."""
    return _TURNING.sub(_kept_reversed, _MARKS.sub("", line))


def balanced(text: str) -> str:
    """Keep direction marks only where something is written from right to left, and direction
    embeddings only on lines where all of them are closed in order."""
    if text.isascii():
        return text
    if not _RIGHT_TO_LEFT.search(text):
        text = _MARKS.sub("", text)
    if not _TURNING.search(text):
        return text
    lines = (line if _closes(line) else _TURNING.sub("", line) for line in text.split("\n"))
    text, before = "\n".join(lines), None
    while text != before:
        text, before = _EMPTY_TURN.sub("", text), text
    return text


def forbidden(value: str) -> re.Match[str] | None:
    """The first character that cannot be sent on."""
    return (_ASCII_FORBIDDEN if value.isascii() else _FORBIDDEN).search(value)


def is_visible(value: str) -> bool:
    """Whether anything can be seen: a letter, a number, punctuation or a symbol."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in value)


def narrow(value: str) -> str:
    """Letters, digits, dashes and quotes of other keyboards as ASCII has them; not for prose."""
    if value.isascii():
        return value
    return "".join(map(_ascii_digit, value.translate(_NARROW)))


def _ascii_digit(character: str) -> str:
    return str(unicodedata.decimal(character, character))


def _kept_reversed(match: re.Match[str]) -> str:
    return match[0] if match[0] == REVERSED else ""


def _closes(line: str) -> bool:
    opened: list[str] = []
    for character in _TURNING.findall(line):
        if character not in _CLOSES:
            opened.append(character)
        elif not opened or opened.pop() not in _CLOSES[character]:
            return False
    return not opened
