"""The dossier: demands, facts, sources, officials, records and offices that campaigns draw on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from api.campaigns.fields import (
    Bioguide,
    Day,
    Email,
    Line,
    PartialDate,
    Phone,
    Prose,
    Sentence,
    Slug,
    Strict,
    Title,
    Url,
)

ReaderName = Annotated[str, StringConstraints(max_length=100)]


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Slugs = Annotated[tuple[Slug, ...], BeforeValidator(_tuple)]


class Demand(Strict):
    """One thing asked for, worded for each kind of reader (see ``api.letters.reader``)."""

    id: Slug
    title: Title
    asks: Annotated[dict[ReaderName, Sentence], Field(min_length=1)]
    facts: Slugs = ()
    officials: Slugs = ()
    status: Prose
    status_as_of: Day


class Fact(Strict):
    """A claim in one or more whole sentences of our own, which name their source in words."""

    id: Slug
    claim: Sentence
    source: Slug
    locator: Line
    as_of: PartialDate
    reviewed: Day
    note: Prose | None = None


class Source(Strict):
    """A document. ``short`` is the name by which claims call it; ``date`` is as printed."""

    id: Slug
    title: Line
    short: Line
    publisher: Line
    kind: Line
    date: PartialDate | None
    date_inferred: Prose | None = None
    url: Url | None = None
    what: Prose
    cited_in: Slug | None = None


class Official(Strict):
    """An official whom a demand names, with the title that the source gives on that date."""

    id: Slug
    name: Line
    title: Line
    as_of: PartialDate
    source: Slug


class Record(Strict):
    """What a member already did. ``on`` is the thing's short name, ``title`` its full one."""

    id: Slug
    bioguide: Bioguide
    what: Literal["led", "co_led", "signed", "sponsored", "declined", "spoke"]
    on: Slug
    title: Line
    source: Slug
    date: PartialDate


class Office(Strict):
    """A fixed target. ``holder`` is null where nobody is recorded; letters go to ``email`` where
    there is one."""

    seat: Slug
    office: Line
    holder: Line | None
    last_name: Line | None = None
    salutation: Annotated[str, StringConstraints(pattern=r"^Dear [^\n]+,$", max_length=100)]
    postal_address: Prose
    phone: Phone | None = None
    contact_url: Url | None = None
    email: Email | None = None
    as_of: Day

    @property
    def id(self) -> str:
        return self.seat


KINDS: dict[str, type[Demand | Fact | Source | Official | Record | Office]] = {
    "demands": Demand,
    "facts": Fact,
    "sources": Source,
    "officials": Official,
    "records": Record,
    "offices": Office,
}
"""Name of a dossier file (and of its one key) -> what its entries are."""


@dataclass(frozen=True)
class Dossier:
    """Entries by id, in the order of their files; offices by seat."""

    demands: Mapping[str, Demand] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    officials: Mapping[str, Official] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    offices: Mapping[str, Office] = field(default_factory=dict)

    def entries(self) -> Iterator[tuple[str, Mapping[str, Strict]]]:
        for kind in KINDS:
            yield kind, getattr(self, kind)

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """The entries as lists that can be JSON, as a bundle has them."""
        return {
            kind: [entry.model_dump(mode="json") for entry in entries.values()]
            for kind, entries in self.entries()
        }
