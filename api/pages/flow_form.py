"""What was typed in the form's steps, as typed, so that every screen can show it again.

Nothing is stored on the server or in the browser: each screen has the fields of the others as
hidden fields. Names of a letter's fields end in its seat
(``subject:house:CA-30``).
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from api.campaigns.schema import TEXT_FIELDS
from api.database.session import holds_connection
from api.pages.errors import BadForm
from api.security.text import tidy_code, tidy_email, tidy_line, tidy_text, tidy_token

DETAILS = ("given_name", "family_name", "email", "zip")
PLACE = ("district", "state", "prefix", "street", "city")
WIDE = "wide"  # whether to choose of all districts of the state, not of the ZIP code's only
OTHER = (
    "phone",
    *TEXT_FIELDS,
    "located",
    WIDE,
    "approval",
    "key",
    "partner",
    "ref",
    "lang",
    "nudged",
    "updates",
    "share_partner",
    "sign_on",
)
ASKED_ZIP = "asked_zip"  # the ZIP code that district and state were asked for
ACTION = "do"  # the pressed button's name, where it is not the one that leads on
DEMAND = "demand"  # with a demand's id: its place among the demands, or "out"
NO_PREFIX = "none"
SINGLE = (*DETAILS, *PLACE, *OTHER, ASKED_ZIP)
DISPLAYS = ("hidden", "initials", "name")  # how to appear under the open letter
PARTS = ("subject", "own_words", "statement")
MAX_FIELDS = 200
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
REFERRAL = re.compile(r"[A-Za-z0-9_-]{4,32}")
SEAT = re.compile(r"[A-Za-z0-9:-]{1,64}")
DIGITS = 16
# How a field's value is normalized, by the field's name; all others are single lines.
TIDY: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys((*TEXT_FIELDS, "own_words", "statement", "comment"), tidy_text),
    # A subject is one line, even if a narrow field wraps it.
    "subject": lambda value: tidy_line(tidy_text(value).replace("\n", " ")),
    "email": tidy_email,
    **dict.fromkeys(("zip", "phone", "district"), tidy_code),
    **dict.fromkeys(("token", "link"), tidy_token),
}


@dataclass(frozen=True, slots=True)
class FlowForm:
    """``values`` are the single fields; ``letters`` is seat -> part -> what stands there; ``ranks``
    is demand -> its place among the chosen ones, where they can be chosen.

    Beside its parts a letter carries ``base``: digests of its subject and statement as the
    campaign wrote them, by which an edit is told from a text that was only sent back.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    letters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ranks: Mapping[str, str] = field(default_factory=dict)
    action: str = ""

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def part(self, seat: str, part: str) -> str | None:
        """What was typed into one part of a letter; None where the letter was not shown yet."""
        return self.letters.get(seat, {}).get(part)

    def put(self, **values: str) -> "FlowForm":
        return replace(self, values={**self.values, **values})

    def without_edits(self, seat: str) -> "FlowForm":
        """The form with one letter as the campaign wrote it."""
        kept = {other: parts for other, parts in self.letters.items() if other != seat}
        return replace(self, letters=kept)

    @property
    def demands(self) -> tuple[str, ...]:
        """The chosen ones in the supporter's order; () where nothing was there to choose."""
        chosen = [demand for demand, rank in self.ranks.items() if rank.isdecimal()]
        return tuple(sorted(chosen, key=lambda demand: int(self.ranks[demand][:3])))

    def hidden(self, *shown: str, letters: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
        """The pairs that a screen carries along: all but the fields and the letters it shows."""
        for name, value in self.values.items():
            if name not in shown and value:
                yield name, value
        if "demands" not in shown:
            yield from ((f"{DEMAND}:{demand}", rank) for demand, rank in self.ranks.items())
        for seat, parts in self.letters.items():
            if seat not in letters:
                yield from ((f"{part}:{seat}", text) for part, text in parts.items())

    def supporter(self) -> dict[str, str]:
        """The JSON contract's ``supporter``, of what was given."""
        names = (*DETAILS, "state", "city", "street", "prefix", "phone")
        given = {name: self[name] for name in names if self[name].strip()}
        return {name: value for name, value in given.items() if value != NO_PREFIX}

    def for_present_zip(self) -> "FlowForm":
        """Without a district or state that was chosen for another ZIP code."""
        if self[ASKED_ZIP] == self["zip"]:
            return self
        return self.put(**{"district": "", "state": "", "located": "", WIDE: ""})

    def shape(self, language: str, edits: Iterable[Mapping[str, str]] = ()) -> dict[str, Any]:
        """The JSON contract's fields that shape letters, but for ``supporter``."""
        return {
            "district": self["district"] or None,
            "demands": self.demands or None,
            **{name: self[name] for name in TEXT_FIELDS},
            "located": self["located"] or None,
            "letters": list(edits),
            "language": language,
            "partner": self["partner"] if SLUG.fullmatch(self["partner"]) else None,
            "sign_on": {"display": self["sign_on"]} if self["sign_on"] in DISPLAYS else None,
            "referral": self["ref"] if REFERRAL.fullmatch(self["ref"]) else None,
        }

    def edits(self, seats: Iterable[str]) -> list[dict[str, str]]:
        """The JSON contract's ``letters``: for these seats, the parts that were really edited."""
        found = []
        for seat in seats:
            parts = self.letters.get(seat, {})
            edited = {part: parts[part] for part in PARTS if _edited(part, parts)}
            if edited:
                found.append({"seat": seat, **edited})
        return found


def base_of(subject: str, statement: str) -> str:
    """The ``base`` of a letter."""
    return f"{_digest(subject)}.{_digest(statement)}"


def _edited(part: str, parts: Mapping[str, str]) -> bool:
    text = parts.get(part)
    if text is None:
        return False
    if part == "own_words":
        return bool(text.strip())
    subject, _, statement = parts.get("base", "").partition(".")
    return _digest(text) != (subject if part == "subject" else statement)


def _digest(text: str) -> str:
    return hashlib.sha256(tidy_text(text).encode()).hexdigest()[:DIGITS]


async def read_form(request: Request) -> FlowForm:
    """The form in a request's body (``application/x-www-form-urlencoded``).

    Of a field that stands twice the last value counts, since a pressed button comes last.
    Raises BadForm for a body that no form of ours sends.
    """
    return parse_form(await read_pairs(request))


async def read_pairs(request: Request) -> list[tuple[str, str]]:
    """Names and tidy values. Raises BadForm."""
    assert not holds_connection(), "a body may come slowly: read it first"
    body = await request.body()
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise BadForm("Go back to the page with the form, and send it again.") from error
    return [(name, tidied(name, value)) for name, value in pairs]


def tidied(name: str, value: str) -> str:
    """A field as every screen shows it again: the same that is approved, stored and sent."""
    return TIDY.get(name.partition(":")[0], tidy_line)(value)


def parse_form(pairs: Iterable[tuple[str, str]]) -> FlowForm:
    values: dict[str, str] = {}
    letters: dict[str, dict[str, str]] = {}
    ranks: dict[str, str] = {}
    action = ""
    for name, value in pairs:
        part, _, seat = name.partition(":")
        if name in SINGLE:
            values[name] = value
        elif name == ACTION:
            action = value
        elif part == DEMAND and SLUG.fullmatch(seat):
            ranks[seat] = value
        elif part in (*PARTS, "base") and SEAT.fullmatch(seat):
            letters.setdefault(seat, {})[part] = value
    return FlowForm(values, letters, ranks, action)
