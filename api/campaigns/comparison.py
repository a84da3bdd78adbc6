"""Compares the letters of two versions of a campaign."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from api.campaigns.published import PublishedCampaign

SIGNED = "the signed statement"
"""Stands for a seat where the change is in the text that people sign."""
CONTEXT = 6
"""Words shown on each side of a change."""
NEAR = 2
"""Changes with at most this many words between them are one."""

_TOKEN = re.compile(r"\n+|[^\s]+")

Sort = Literal["same", "gone", "new"]
Piece = tuple[Sort, str]


@dataclass(frozen=True)
class Hunk:
    """One changed place, word by word, with the words ``before`` and ``after`` it."""

    pieces: tuple[Piece, ...]
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One change that the letters to ``seats`` have in common; ``texts`` are their files.

    ``part`` is greeting, subject or statement; the words round ``hunk`` are the first letter's.
    """

    part: str
    hunk: Hunk
    seats: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """``added`` and ``dropped`` are seats that only one of the versions writes to."""

    changes: tuple[Change, ...]
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    same: int

    @property
    def is_empty(self) -> bool:
        return not (self.changes or self.added or self.dropped)


@dataclass(frozen=True)
class _Part:
    """One part of one letter in both versions."""

    seat: str
    text: str
    name: str
    before: str
    after: str


def compare(old: PublishedCampaign, new: PublishedCampaign) -> Comparison:
    """The letters, each with its version's own demands, seat by seat; a signed text likewise.

    The change that touches most letters comes first.
    """
    shared = [seat for seat in new.readers if seat in old.readers]
    changed = [part for part in _parts(old, new, shared) if part.before != part.after]
    touched = {part.seat for part in changed} - {SIGNED}
    return Comparison(
        tuple(sorted(_changes(changed), key=lambda change: -len(change.seats))),
        tuple(seat for seat in new.readers if seat not in old.readers),
        tuple(seat for seat in old.readers if seat not in new.readers),
        len(shared) - len(touched),
    )


def hunks(before: str, after: str) -> Iterator[Hunk]:
    """The places in which two texts differ, in their order."""
    a, b = _TOKEN.findall(before), _TOKEN.findall(after)
    codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    group: list[tuple[str, int, int, int, int]] = []
    for code in codes:
        is_apart = code[0] == "equal" and code[2] - code[1] > NEAR
        if not is_apart:
            group.append(code)
        elif group:
            yield from _hunk(a, b, group)
            group = []
    yield from _hunk(a, b, group)


def _hunk(
    a: Sequence[str], b: Sequence[str], group: list[tuple[str, int, int, int, int]]
) -> Iterator[Hunk]:
    """The hunk of a group of opcodes; none where the group only says that nothing changed."""
    while group and group[-1][0] == "equal":
        group = group[:-1]
    while group and group[0][0] == "equal":
        group = group[1:]
    if not group:
        return
    pieces: list[Piece] = []
    for sort, a1, a2, b1, b2 in group:
        if sort == "equal":
            pieces.append(("same", " ".join(a[a1:a2])))
            continue
        pieces += [("gone", " ".join(a[a1:a2]))] if a2 > a1 else []
        pieces += [("new", " ".join(b[b1:b2]))] if b2 > b1 else []
    start, end = group[0][1], group[-1][2]
    yield Hunk(
        tuple(pieces),
        " ".join(a[max(start - CONTEXT, 0) : start]),
        " ".join(a[end : end + CONTEXT]),
    )


def _changes(parts: Sequence[_Part]) -> Iterator[Change]:
    """Each change once, with all the letters that have it."""
    found: dict[tuple[str, str], list[Hunk]] = {}
    groups: dict[tuple[str, tuple[Piece, ...]], list[tuple[_Part, Hunk]]] = {}
    for part in parts:
        pair = (part.before, part.after)
        if pair not in found:
            found[pair] = list(hunks(*pair))
        for hunk in found[pair]:
            groups.setdefault((part.name, hunk.pieces), []).append((part, hunk))
    for (name, _), group in groups.items():
        seats = tuple(dict.fromkeys(part.seat for part, _ in group))
        texts = tuple(dict.fromkeys(part.text for part, _ in group))
        yield Change(name, group[0][1], seats, texts)


def _parts(old: PublishedCampaign, new: PublishedCampaign, seats: Sequence[str]) -> Iterator[_Part]:
    yield _Part(SIGNED, SIGNED, "statement", _signed(old), _signed(new))
    for seat in seats if old.campaign.letter and new.campaign.letter else ():
        before = old.text(seat, old.default_demands)
        after = new.text(seat, new.default_demands)
        text = new.renderer.fit(new.readers[seat]).name
        yield _Part(seat, text, "greeting", before.salutation, after.salutation)
        yield _Part(seat, text, "subject", before.subject, after.subject)
        yield _Part(seat, text, "statement", before.statement, after.statement)


def _signed(published: PublishedCampaign) -> str:
    form = published.campaign.sign_on
    return form.statement.en if form else ""
