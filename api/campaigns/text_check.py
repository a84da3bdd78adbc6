"""Checks a finished letter as an editor would before mailing it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from api.campaigns.leftovers import INVISIBLE, leftover
from api.campaigns.problems import Level
from api.campaigns.references import names_source
from api.letters.reader import KINDS, NON_VOTING, Reader
from api.letters.render import LetterText
from api.letters.slot import PLACE, fill

LONGEST_PART = 10_000
LONGEST_SUBJECT = 500
SHORTEST = 6
LONGEST_READ = 350
SAMPLE_PLACE = "San Buenaventura"
SAMPLE_STORY = "My grandmother came from there.\n\nShe never went back."

_LEFT_OVER = re.compile(
    r"\{\{|\}\}|\{%|%\}|[{}]|⟦(?!place⟧)|(?<!⟦place)⟧|\bTODO\b|\bNone\b(?! of\b)|\bundefined\b"
)
_ODD = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u1680\u2000-\u200a\u200d\ufe0f\u202f\u205f\u3000\ue000-\uf8ff\ufffd]"
)
_CLUMSY = re.compile(r" [,.;:?!](?!\.)|,,|;;|\?\?|!!|(?<!\.)\.\.(?!\.)|\(\s|\s\)")
_END = re.compile(r"[.?!:][\"”\u2019')]*$")
_SENTENCE = re.compile(r"(?<=[.?!])\s+")
_ADDED = re.compile(r"Dear\b.*,|(?:Sincerely|Respectfully|Yours\b[^.]*|(?:Best|Kind) regards),.*")
_ITEM = re.compile(r"(?:[-•]|\d{1,2}\.) ")
_SALUTATIONS = {
    "representative": "Representative",
    "delegate": "Delegate",
    "resident_commissioner": "Resident Commissioner",
    "senator": "Senator",
}
_VOTE = re.compile(r"\b(your vote|(?:to|you|please|will) vote\b)", re.IGNORECASE)
_MISNAMED = {
    "House": re.compile(r"\b(as|my|our) senators?\b", re.IGNORECASE),
    "Senate": re.compile(r"\b(as|my|our) (representative|congress(wo)?man)\b", re.IGNORECASE),
}
_CONSTITUENT = re.compile(r"\b(your|a|your own) constituents?\b", re.IGNORECASE)

Finding = tuple[Level, str]


@dataclass(frozen=True)
class Expected:
    """What a letter must hold: the demands' wordings, and the names of what it cites."""

    asks: tuple[str, ...]
    sources: tuple[str, ...]


def findings(text: LetterText, kind: str, expected: Expected) -> Iterator[Finding]:
    """What is wrong with the words, for this kind of reader, each as (level, sentence)."""
    yield from _subject(text)
    yield from _statement(text.statement)
    yield from _asks(text.statement, expected.asks)
    for short in expected.sources:
        if not names_source(text.statement, short):
            yield "error", f'states a fact without naming its source, "{short}"'
    yield from _fitting(f"{text.subject}\n{text.statement}", kind)


def _subject(text: LetterText) -> Iterator[Finding]:
    subject = fill(text.subject, SAMPLE_PLACE)
    if not SHORTEST <= len(subject) <= LONGEST_SUBJECT:
        yield "error", f"the subject must have {SHORTEST} to {LONGEST_SUBJECT} characters"
    if "=?" in subject:
        yield "error", 'the subject must not hold "=?"'
    yield from _words(text.subject)


def _words(text: str) -> Iterator[Finding]:
    found = _LEFT_OVER.search(text)
    left = found[0] if found else leftover(text)
    if left:
        yield "error", f'has "{left}" left in it'
    odd = _ODD.search(text) or INVISIBLE.search(text)
    if odd:
        yield "error", f"has the character U+{ord(odd[0]):04X}"
    clumsy = _CLUMSY.search(text)
    if clumsy:
        start = max(clumsy.start() - 15, 0)
        near = " ".join(text[start : clumsy.end() + 10].split())
        yield "error", f'has odd punctuation near "{near}"'


def _statement(statement: str) -> Iterator[Finding]:
    if not SHORTEST <= len(statement) <= LONGEST_PART:
        yield "error", f"the statement must have {SHORTEST} to {LONGEST_PART:,} characters"
        return
    yield from _words(statement)
    parts = statement.split("\n\n")
    if len(set(parts)) < len(parts):
        yield "error", "has the same paragraph twice"
    sentences = [s for s in _SENTENCE.split(statement) if len(s) > LONGEST_READ // 10]
    twice = next((s for s in sentences if sentences.count(s) > 1), None)
    if twice:
        yield "error", f'says the same sentence twice: "{twice[:40]}…"'
    for part in parts:
        last = part.rpartition("\n")[2]
        if _ADDED.fullmatch(part):
            yield "error", f'has "{part[:30]}" in it: greeting and close are added, leave them out'
            continue
        if not part.strip():
            yield "error", "has a blank paragraph"
        elif not _END.search(last) and not _ITEM.match(last):
            yield "error", f'has a paragraph that does not end like a sentence: "…{part[-30:]}"'
    words = len(statement.split())
    if words > LONGEST_READ:
        yield "warning", f"has {words} words: a letter of up to {LONGEST_READ} is read"


def _asks(statement: str, asks: tuple[str, ...]) -> Iterator[Finding]:
    flat = " ".join(statement.split()).casefold()
    for number, ask in enumerate(asks):
        wording = " ".join(ask.split()).casefold().rstrip(".")
        at = flat.find(wording)
        if at < 0:
            yield "error", f'does not make its ask: "{ask[:60]}…"'
        elif number == 0 and at > len(flat) / 3:
            yield "warning", "makes its ask after the first third of the statement"


def _fitting(words: str, kind: str) -> Iterator[Finding]:
    reader = kind.replace("_", " ")
    if kind in NON_VOTING and _VOTE.search(words):
        yield "error", f"asks a {reader} to vote, who has no vote"
    misnamed = _MISNAMED["Senate" if kind == "senator" else "House"]
    if kind in KINDS and misnamed.search(words):
        yield "error", f"calls a {reader} by the other chamber's title"
    if kind not in KINDS and _CONSTITUENT.search(words):
        yield "error", "is from a resident: this office has no constituents of its own"


def address(text: LetterText, reader: Reader) -> Iterator[Finding]:
    """What is wrong with how the reader is addressed, and with the letter as a whole."""
    salutation = text.salutation
    title = _SALUTATIONS.get(reader.kind)
    if title and salutation != f"Dear {title} {reader.last_name},":
        yield "error", f'the salutation "{salutation}" does not fit a {reader.kind}'
    if not salutation.startswith("Dear ") or not salutation.endswith(","):
        yield "error", f'the salutation "{salutation}" must read "Dear …,"'
    for story in ("", SAMPLE_STORY):
        letter = text.whole(story, SAMPLE_PLACE)
        if "\n\n\n" in letter or PLACE in letter or not letter.startswith(salutation):
            yield "error", "does not come together with the writer's own words"
