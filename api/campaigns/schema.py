"""One campaign file. Its keys and values are explained in the organizers' guide."""

import re
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from api.campaigns.dossier import Slugs
from api.campaigns.fields import (
    SLUG,
    Closing,
    Day,
    Email,
    Line,
    Opening,
    Phone,
    Prose,
    Short,
    Slug,
    Strict,
    Text,
    Title,
)
from api.campaigns.targets import PATTERN, chambers_of, is_office
from api.i18n import ENGLISH, Language

State = Literal["draft", "scheduled", "open", "closed"]
MAX_CHOICES = 5
MAX_ENTRIES = 1_000
MAX_TARGETS = 100

Topic = Literal[
    "Agriculture and Food",
    "Animals",
    "Armed Forces and National Security",
    "Arts, Culture, Religion",
    "Civil Rights and Liberties, Minority Issues",
    "Commerce",
    "Congress",
    "Crime and Law Enforcement",
    "Economics and Public Finance",
    "Education",
    "Emergency Management",
    "Energy",
    "Environmental Protection",
    "Families",
    "Finance and Financial Sector",
    "Foreign Trade and International Finance",
    "Government Operations and Politics",
    "Health",
    "Housing and Community Development",
    "Immigration",
    "International Affairs",
    "Labor and Employment",
    "Law",
    "Native Americans",
    "Public Lands and Natural Resources",
    "Science, Technology, Communications",
    "Social Sciences and History",
    "Social Welfare",
    "Sports and Recreation",
    "Taxation",
    "Transportation and Public Works",
    "Water Resources Development",
]
BillType = Literal[
    "hamdt", "hconres", "hjres", "hr", "hres", "s", "samdt", "sconres", "sjres", "sres"
]


def _listed(value: Any) -> Any:
    """A YAML list as the tuple that is kept; each entry once, and one at least."""
    entries = tuple(value) if isinstance(value, list | tuple) else None
    if entries is None:
        raise ValueError("must be a list: [first, second]")
    if not entries:
        raise ValueError("must not be empty")
    if len(entries) > MAX_ENTRIES:
        raise ValueError(f"has more than {MAX_ENTRIES:,} entries")
    seen: set[str] = set()
    for entry in entries:
        if repr(entry) in seen:
            raise ValueError(f'has "{entry}" twice')
        seen.add(repr(entry))
    return entries


def _partners(value: Any) -> Any:
    if value == "all":
        return value
    entries = value if isinstance(value, list | tuple) else ()
    if entries and all(isinstance(e, str) and re.fullmatch(SLUG, e) for e in entries):
        return _listed(value)
    raise ValueError("must be all, or a list of the partners' slugs")


Listed = BeforeValidator(_listed)
TargetName = Annotated[str, StringConstraints(pattern=PATTERN, max_length=60)]


class Sponsor(Strict):
    """Who runs the campaign: shown to supporters, and given to the offices."""

    name: Line
    email: Email
    phone: Phone | None = None
    about: Short
    address: Prose | None = None
    disclosure: Short | None = None


class Bill(Strict):
    """A bill as the Congress numbers it, such as H.R. 1234 of the 119th."""

    congress: Annotated[int, Field(ge=93, le=200)]
    type: BillType
    number: Annotated[int, Field(ge=1, le=99_999)]


class TextField(Strict):
    """A field for the writer's own words; ``max`` is in characters."""

    ask: Short
    max: Annotated[int, Field(ge=100, le=5000)] = 1500


class Form(Strict):
    """What the form asks for besides name, email and ZIP code."""

    story: TextField | None = None
    choose_demands: bool = False
    ask_phone: bool = False

    @property
    def asked(self) -> dict[str, TextField]:
        """The text fields that it has, by name."""
        fields = {name: getattr(self, name) for name in TEXT_FIELDS}
        return {name: field for name, field in fields.items() if field is not None}


# Their answers stand in every letter, in this order. Another one is a line above, and one among
# the fields of the API (``submissions/forms.py``).
TEXT_FIELDS: Final = tuple(
    name for name, field in Form.model_fields.items() if field.annotation == TextField | None
)


class Historic(Strict):
    """Who signed an earlier letter, by the document that lists them; shown apart, not counted."""

    source: Slug
    signatories: Annotated[tuple[Line, ...], Listed]


class HandedOver(Strict):
    """To whom the statement was delivered with its names, and when."""

    to: Line
    on: Day


class SignOnForm(Strict):
    """The public statement that people sign, and who may sign it.

    ``facts`` are those of the dossier that the statement rests on, shown beneath it with their
    sources; the statement itself is plain text. ``countries`` lets people sign from anywhere,
    with their country for a ZIP code. ``leads`` are organizations by name, in their order.
    ``review`` says which names an organizer looks at before they are listed: ``all``, or those
    that look ``suspicious``; each counts once it is confirmed.
    """

    statement: Text
    facts: Slugs = ()
    persons: bool = True
    organizations: bool = True
    affiliation: bool = False
    countries: bool = False
    review: Literal["all", "suspicious"] = "all"
    order: Literal["alphabetical", "leads_first"] = "alphabetical"
    leads: Annotated[tuple[Line, ...], BeforeValidator(tuple)] = ()
    historic: Historic | None = None
    delivered: Annotated[tuple[HandedOver, ...], BeforeValidator(tuple)] = ()

    @model_validator(mode="after")
    def _somebody_signs(self) -> Self:
        if not (self.persons or self.organizations):
            raise ValueError("persons, organizations or both must be able to sign")
        return self


class Share(Strict):
    """The words that a supporter's share begins with."""

    text: Short


class Campaign(Strict):
    """A campaign: what is asked, of whom, with which letter and form."""

    slug: Slug
    kind: Literal["letters", "open_letter"]
    title: Title
    summary: Short
    status: Literal["draft", "open", "closed"]
    opens: Opening | None = None
    closes: Closing | None = None
    goal: Annotated[int, Field(ge=1, le=100_000_000)] = 1000
    languages: Annotated[tuple[Language, ...], Listed] = (ENGLISH,)
    sponsor: Sponsor
    topic: Topic
    bill: Bill | None = None
    position: Literal["pro", "con"] | None = None
    demands: Annotated[tuple[Slug, ...], Listed]
    targets: Annotated[tuple[TargetName, ...], Field(max_length=MAX_TARGETS), Listed]
    letter: Slug | None = None
    form: Form = Form()
    sign_on: SignOnForm | None = None
    share: Share | None = None
    partners: Annotated[Literal["all"] | tuple[Slug, ...], BeforeValidator(_partners)] = "all"

    def state(self, now: datetime) -> State:
        """What the campaign is at the moment ``now`` (with its time zone)."""
        if self.status != "open":
            return self.status
        if self.opens and now < self.opens:
            return "scheduled"
        return "closed" if self.closes and now > self.closes else "open"

    @property
    def chambers(self) -> frozenset[str]:
        """Where its targets sit: ``house``, ``senate``, both or neither."""
        return frozenset(chamber for target in self.targets for chamber in chambers_of(target))

    @property
    def fixed_seats(self) -> tuple[str, ...]:
        """The targets that are no seats of Congress, such as ``president``."""
        return tuple(target for target in self.targets if is_office(target))

    def faults(self) -> list[tuple[tuple[str, ...], str]]:
        """(path, what is wrong) for keys that do not fit together."""
        return [(tuple(key.split(".")), message) for key, wrong, message in self._rules() if wrong]

    def _rules(self) -> list[tuple[str, bool, str]]:
        letters = self.kind == "letters"
        choices = len(self.demands)
        return [
            ("closes", self._closes_early(), "is not after `opens`"),
            ("languages", "en" not in self.languages, "must have en: letters are in English"),
            ("position", bool(self.position) and not self.bill, "needs a bill"),
            ("letter", letters and not self.letter, "is needed for letters"),
            ("sign_on", not letters and not self.sign_on, "is needed for an open letter"),
            (
                "sign_on.facts",
                not letters and bool(self.sign_on and not self.sign_on.facts),
                "an open letter names the facts that its statement rests on",
            ),
            (
                "form.choose_demands",
                self.form.choose_demands and not 1 < choices <= MAX_CHOICES,
                f"needs two to {MAX_CHOICES} demands to choose from",
            ),
            *self._told_to_offices(),
        ]

    def _told_to_offices(self) -> list[tuple[str, bool, str]]:
        """What the message systems of Congress (CWC 2.0) take of a sponsor."""
        written = self.kind == "letters" and bool(self.chambers)
        short, long = len(self.sponsor.name) < 6, len(self.sponsor.about.en) > 500  # noqa: PLR2004
        return [
            ("sponsor.name", written and short, "Congress takes no name under six characters"),
            ("sponsor.about", written and long, "Congress takes 500 characters at most"),
        ]

    def _closes_early(self) -> bool:
        return bool(self.opens and self.closes and self.closes <= self.opens)
