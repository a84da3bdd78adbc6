"""Makes the statement of a letter, once for each version, seat and choice of demands.

Everything comes from a bundle (see ``bundle``), so that any node makes the same letters from
the same bundle, long after the campaign's files have changed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from api.letters.canonical import digest
from api.letters.dates import said
from api.letters.places import district_name, state_name
from api.letters.reader import Reader, lineage, record_name, records_of
from api.letters.sandbox import Compiled, Folder, RenderFailed
from api.letters.slot import PLACE, VERSION, compose, fill

DIGEST_PREFIX = "lt1"
CHAMBERS = {"senator": "Senate"}
MAX_FACTS = 6000
_START, _END, _FIRST = "\ue000", "\ue001", 0xE010
_BLANK = re.compile(r"\n\s*\n")
_UNTIDY = ("  ", " \n", "\n ", "\n\n\n", "\t", "\xa0")
_ITEM = re.compile(r"\n[ \t]*(?=(?:[-•]|\d{1,2}\.) )")


class Unwritten(Exception):
    """There is no text, or no wording of a demand, for this reader."""

    def __init__(self, reader: str, demand: str | None = None) -> None:
        if demand:
            said = f'there is no wording of "{demand}" for {reader}: write one as `{reader}:`'
        else:
            said = f"there is no text for {reader}: write one as {reader}.j2 in the letter's folder"
        super().__init__(said)
        self.reader, self.demand = reader, demand


class Record(NamedTuple):
    """What a letter needs to know of a record."""

    bioguide: str
    what: str
    on: str
    title: str
    date: str


@dataclass(frozen=True, slots=True)
class LetterText:
    """A letter to one seat before its slot is filled; ``digest`` names all of it."""

    seat: str
    target_id: str | None
    name: str
    salutation: str
    subject: str
    statement: str
    close: str
    cites: tuple[str, ...]
    digest: str

    def whole(self, own_words: str, place: str, version: int = VERSION) -> str:
        """Return salutation, the writer's own words, statement and close, as they are printed.

        The own words are left alone: a writer who types the slot's mark keeps it.
        """
        statement = fill(self.statement, place, version)
        return compose(self.salutation, own_words, statement, fill(self.close, place, version))


@dataclass(frozen=True, slots=True)
class Wording:
    """The demands as one kind of reader is asked for them, ready for a template."""

    demands: list[dict[str, Any]]
    officials: list[dict[str, str]]

    @property
    def asks(self) -> list[str]:
        return [demand["ask"] for demand in self.demands]


class Renderer:
    """All letters of one bundle. Raises ``ValueError`` when its templates have faults.

    ``compiled`` are the bundle's own templates where they are compiled already.
    """

    def __init__(self, bundle: Mapping[str, Any], compiled: Iterable[Compiled] = ()) -> None:
        self.demands = {demand["id"]: demand for demand in bundle["demands"]}
        self.officials = {entry["id"]: _official(entry) for entry in bundle["officials"]}
        self.records = [Record(**_cut(entry, Record._fields)) for entry in bundle["records"]]
        self.fact_ids = [fact["id"] for fact in bundle["facts"]]
        self.facts = {fact["id"]: _mark(i, fact["claim"]) for i, fact in enumerate(bundle["facts"])}
        self.templates = {template.name: template for template in compiled}
        if not self.templates:
            self.templates = _compile(bundle["templates"], self.facts)
        self._wordings: dict[tuple[tuple[str, ...], tuple[str, ...]], Wording] = {}
        self._fits: dict[str, _Fit] = {}

    def text(self, reader: Reader, demands: tuple[str, ...]) -> LetterText:
        """The letter to ``reader`` that makes ``demands`` in this order.

        Raises ``Unwritten``, ``RenderFailed``, and ``KeyError`` for an unknown demand.
        """
        fit = self.fit(reader)
        wording = self.wording(fit.lineage, demands)
        values = {
            "place": PLACE,
            "target": fit.target,
            "record": fit.record,
            "facts": self.facts,
            "demands": wording.demands,
            "officials": wording.officials,
            "ask": wording.demands[0]["ask"],
        }
        return self._finish(reader, fit.template.name, fit.template.render(values))

    def fit(self, reader: Reader) -> "_Fit":
        """The text and the record that this reader gets. Cached, since it is asked for often."""
        fit = self._fits.get(reader.seat)
        if fit is None or fit.reader != reader:
            fit = self._fits[reader.seat] = self._find_fit(reader)
        return fit

    def _find_fit(self, reader: Reader) -> "_Fit":
        names = lineage(reader, self.records)
        template = next(
            (self.templates.get(f"{n}.j2") for n in names if f"{n}.j2" in self.templates), None
        )
        if template is None:
            raise Unwritten(names[-1])
        own = records_of(reader, self.records)
        won = [
            record for record in own if f"{record_name(record.what, record.on)}.j2" == template.name
        ]
        return _Fit(reader, names, template, _target(reader), _record(won or own))

    def wording(self, names: tuple[str, ...], demands: tuple[str, ...]) -> Wording:
        """The wording of these demands for a reader of this lineage."""
        key = (names, demands)
        wording = self._wordings.get(key)
        if wording is None:
            entries = [self._entry(names, self.demands[demand]) for demand in demands]
            officials = {o["id"]: o for entry in entries for o in entry["officials"]}
            wording = self._wordings[key] = Wording(entries, list(officials.values()))
        return wording

    def _entry(self, names: Sequence[str], demand: Mapping[str, Any]) -> dict[str, Any]:
        asks = demand["asks"]
        name = next((name for name in names if name in asks), None)
        if name is None:
            raise Unwritten(names[-1], demand["id"])
        officials = [self.officials[official] for official in demand["officials"]]
        title = demand["title"]["en"]
        return {"id": demand["id"], "title": title, "ask": asks[name], "officials": officials}

    def _finish(self, reader: Reader, template: str, text: str) -> LetterText:
        text, cites = self._unmark(text)
        subject, _, body = text.strip().partition("\n")
        if not subject.startswith("Subject:"):
            raise RenderFailed(template, 1, 'the first line must begin with "Subject:"')
        parts: dict[str, Any] = {
            "seat": reader.seat,
            "target_id": reader.id,
            "name": reader.name,
            "salutation": reader.salutation,
            "subject": " ".join(subject.removeprefix("Subject:").split()),
            "statement": paragraphs(body),
            "close": close(reader),
            "cites": cites,
        }
        return LetterText(**parts, digest=digest(DIGEST_PREFIX, parts))

    def _unmark(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text without the marks around its facts, and the facts in their order."""
        head, *stated = text.split(_START)
        cites = tuple(dict.fromkeys(self.fact_ids[ord(part[0]) - _FIRST] for part in stated))
        return "".join([head, *[part[1:] for part in stated]]).replace(_END, ""), cites


@dataclass(frozen=True)
class _Fit:
    reader: Reader
    lineage: tuple[str, ...]
    template: Compiled
    target: dict[str, str]
    record: dict[str, str] | None

    @cached_property
    def name(self) -> str:
        return self.template.name.removesuffix(".j2")


def _compile(sources: Mapping[str, str], facts: Mapping[str, str]) -> dict[str, Compiled]:
    folder = Folder(sources, facts)
    templates = folder.compile_all()
    if folder.faults:
        raise ValueError(f"{folder.faults[0].template}: {folder.faults[0].message}")
    return templates


def close(reader: Reader) -> str:
    """The end of a letter. The writer's name and address go in the envelope, not here."""
    if reader.in_congress:
        return f"Sincerely,\na constituent in {PLACE}"
    return f"Respectfully,\na resident of {PLACE}"


def paragraphs(text: str) -> str:
    """Put each paragraph on one line, list items on lines of their own, with blank lines between.

    An item begins with ``- ``, ``• `` or a number with a full stop.
    """
    text = text.strip()
    if _is_tidy(text):
        return text
    parts = _BLANK.split(text)
    lines = ([" ".join(line.split()) for line in _ITEM.split(part)] for part in parts)
    return "\n\n".join("\n".join(part) for part in lines)


def _is_tidy(text: str) -> bool:
    """Whether there is nothing to do, as in most texts. Splitting is the slowest step of all."""
    tidy = not any(untidy in text for untidy in _UNTIDY)
    return tidy and text.count("\n") == 2 * text.count("\n\n")


def _mark(index: int, claim: str) -> str:
    if index >= MAX_FACTS:
        raise ValueError(f"a letter can draw on at most {MAX_FACTS} facts")
    return f"{_START}{chr(_FIRST + index)}{claim}{_END}"


def _official(entry: Mapping[str, Any]) -> dict[str, str]:
    return {**_cut(entry, ("id", "name", "title")), "as_of": said(entry["as_of"])}


def _record(records: Sequence[Record]) -> dict[str, str] | None:
    if not records:
        return None
    record = records[0]._asdict()
    return {**_cut(record, ("what", "on", "title")), "date": said(record["date"])}


def _target(reader: Reader) -> dict[str, str]:
    target = {
        "name": reader.name,
        "last_name": reader.last_name,
        "title": reader.title,
        "salutation_name": reader.salutation.removeprefix("Dear ").rstrip(","),
    }
    if reader.in_congress:
        target["chamber"] = CHAMBERS.get(reader.kind, "House")
    if reader.state:
        target["state_name"] = state_name(reader.state)
    if reader.district:
        target["district"] = reader.district
        target["district_name"] = district_name(reader.district)
    return target


def _cut(entry: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: entry[name] for name in names}
