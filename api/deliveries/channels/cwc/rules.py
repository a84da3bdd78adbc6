"""The rules for a message (CWC 2.0), as data, and the checks that follow from them.

If House and Senate seem to differ, and it is not certain how, the stricter rule is used for both.
Lengths are in characters. ``field`` names the form field that fills an element, so that whoever
filled it can be told.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from api.campaigns.schema import BillType, Topic
from api.targets.states import STATES

# Characters that XML 1.0 forbids, and line ends that a parser would change (2.11).
ILLEGAL: Final = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
NUMBERS: Final = {1: "one", 2: "two", 3: "three", 4: "four", 6: "six"}
VISIBLE: Final = "LNPS"  # letters, numbers, punctuation, symbols: by their Unicode category
EMAIL: Final = r"[^@]+@[^.]+\..+"
PHONE: Final = r"[0-9]{3}-[0-9]{3}-[0-9]{4}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one element: ``path`` as in ``Constituent/City``."""

    path: str
    code: str
    message: str
    field: str | None = None
    params: Mapping[str, int] = dataclasses.field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Length:
    """Text of so many characters that is not blank."""

    least: int
    most: int

    def fault(self, value: str) -> tuple[str, str] | None:
        if not value.strip():
            return "required", "is needed"
        if len(value) < self.least:
            least = NUMBERS.get(self.least, str(self.least))
            return "too_short", f"must have {least} {{unit}} or more"
        if not any(unicodedata.category(character)[0] in VISIBLE for character in value):
            return "too_short", "has no character that can be seen"
        if len(value) > self.most:
            over = len(value) - self.most
            said = f"has {len(value):,} characters, and {self.most:,} fit: shorten it by {over:,}"
            return "too_long", said
        return None

    def numbers(self, value: str) -> Mapping[str, int]:
        """What stands in the sentence on a text that is too long."""
        return {"used": len(value), "max": self.most, "over": len(value) - self.most}


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text of one form; ``form`` says it in words."""

    regex: str
    form: str

    def fault(self, value: str) -> tuple[str, str] | None:
        if not value:
            return "required", "is needed"
        known = re.fullmatch(self.regex, value, re.DOTALL)
        return None if known else ("malformed", f"must be {self.form}")


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a list."""

    choices: frozenset[str]

    def fault(self, value: str) -> tuple[str, str] | None:
        if not value:
            return "required", "is needed"
        return None if value in self.choices else ("not_listed", "is not one of those listed")


Rule = Length | Pattern | OneOf


@dataclass(frozen=True, slots=True)
class Element:
    """A leaf. ``senate`` is the Senate's own rule, where it has one."""

    name: str
    rule: Rule
    required: bool = False
    field: str | None = None
    label: str | None = None
    unit: str = "characters"
    senate: Rule | None = None

    def rule_of(self, chamber: str) -> Rule:
        return self.senate if self.senate and chamber == "senate" else self.rule


@dataclass(frozen=True, slots=True)
class Group:
    """Elements within another; ``repeated`` ones have a list of values."""

    name: str
    parts: Sequence["Element | Group"]
    required: bool = False
    repeated: bool = False
    parts_by_name: Mapping[str, "Element | Group"] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts_by_name", {part.name: part for part in self.parts})


TEXT: Final = Length(1, 500)
THREE: Final = Length(3, 500)
SIX: Final = Length(6, 500)
BODY: Final = Length(6, 10_000)
MAIL: Final = Pattern(EMAIL, "an email address")
CALL: Final = Pattern(PHONE, "a phone number such as 202-555-0143")
YES_NO: Final = OneOf(frozenset("YN"))
COUNT: Final = Pattern("[1-9][0-9]{0,8}", "a whole number")
PREFIXES: Final = OneOf(frozenset(("Mr.", "Mrs.", "Miss", "Ms.", "Dr.")))
TOPICS: Final = OneOf(frozenset(get_args(Topic)))
STATE_CODES: Final = OneOf(frozenset(STATES))
BILLS: Final = OneOf(frozenset(get_args(BillType)))

DELIVERY: Final = Group(
    "Delivery",
    (
        Element("DeliveryId", Pattern("[a-zA-Z0-9]{32}", "32 letters and digits"), True),
        Element("DeliveryDate", Pattern("[0-9]{8}", "a date as YYYYMMDD"), True),
        Element("DeliveryAgent", Length(4, 500), True),
        Element("DeliveryAgentAckEmailAddress", MAIL, True),
        Group(
            "DeliveryAgentContact",
            (
                Element("DeliveryAgentContactName", SIX, True),
                Element("DeliveryAgentContactEmail", MAIL, True),
                Element("DeliveryAgentContactPhone", CALL, True),
            ),
            True,
        ),
        Element("Organization", SIX),
        Group(
            "OrganizationContact",
            (
                Element("OrganizationContactName", Length(2, 500)),
                Element("OrganizationContactEmail", MAIL),
                Element("OrganizationContactPhone", CALL),
            ),
        ),
        Element("OrganizationAbout", SIX),
        Element("CampaignId", Length(2, 500), True),
    ),
    True,
)
RECIPIENT: Final = Group(
    "Recipient",
    (
        Element(
            "MemberOffice",
            Pattern("H[A-Z]{2}[0-9]{2}", "the code of a House office"),
            True,
            senate=Pattern("S[A-Z]{2}0[1-3]", "the code of a Senate office"),
        ),
        Element("IsResponseRequested", YES_NO),
        Element("NewsletterOptIn", YES_NO),
    ),
    True,
)
CONSTITUENT: Final = Group(
    "Constituent",
    (
        Element("Prefix", TEXT, True, "prefix", "Form of address", senate=PREFIXES),
        Element("FirstName", TEXT, True, "given_name", "Given name"),
        Element("MiddleName", TEXT),
        Element("LastName", TEXT, True, "family_name", "Family name"),
        Element("Suffix", TEXT),
        Element("Title", TEXT),
        Element("ConstituentOrganization", THREE),
        Element("Address1", THREE, True, "street", "Street"),
        Element("Address2", THREE),
        Element("Address3", THREE),
        Element("City", THREE, True, "city", "City", "letters"),
        Element("StateAbbreviation", STATE_CODES, True, "state", "State"),
        Element("Zip", Pattern("[0-9]{5}(-[0-9]{4})?", "five digits"), True, "zip", "ZIP code"),
        Element("Phone", CALL, False, "phone", "Phone"),
        Element("AddressValidation", YES_NO),
        Element("Email", MAIL, True, "email", "Email"),
        Element("EmailValidation", YES_NO),
    ),
    True,
)
BILL: Final = Group(
    "Bill",
    (
        Element("BillCongress", COUNT),
        Element("BillTypeAbbreviation", BILLS, senate=Length(2, 20)),
        Element("BillNumber", COUNT),
    ),
    repeated=True,
)
MESSAGE: Final = Group(
    "Message",
    (
        Element("Subject", SIX, True, "subject", "Subject"),
        Group("LibraryOfCongressTopics", (Element("LibraryOfCongressTopic", TOPICS, True),), True),
        Group("Bills", (BILL,)),
        Element("ProOrCon", OneOf(frozenset(("Pro", "Con")))),
        # Its statement comes before the writer's own words; every other order is free.
        Element("OrganizationStatement", BODY, False, "statement", "Letter"),
        Element("ConstituentMessage", BODY, False, "own_words", "Your text"),
    ),
    True,
)
TEXTS: Final = ("OrganizationStatement", "ConstituentMessage")  # one of them at least
CWC: Final = Group(
    "CWC",
    (
        Element("CWCVersion", OneOf(frozenset(("2.0",))), True),
        *((DELIVERY, RECIPIENT, CONSTITUENT, MESSAGE)),
    ),
    True,
)

Values = Mapping[str, Any]


def faults(values: Values, chamber: str, said: str) -> list[Fault]:
    """All that is wrong with a whole message; ``values`` is nested as its elements are."""
    return [*_group(CWC, values, chamber, said, "")]


def part_faults(
    group: Group, values: Values, chamber: str, said: str, *, whole: bool
) -> list[Fault]:
    """The same for one section. Not ``whole``: what is not there yet is no fault."""
    found = _group(group, values, chamber, said, "")
    return [fault for fault in found if whole or fault.code != "required"]


def _group(group: Group, values: Values, chamber: str, said: str, above: str) -> Iterator[Fault]:
    path = f"{above}{group.name}/"
    for name in values.keys() - group.parts_by_name.keys():
        yield Fault(path + name, "unknown", f"The {said} system knows no element {name} there.")
    if group is MESSAGE and values.keys().isdisjoint(TEXTS):
        message = f"A letter for the {said} system needs a text."
        yield Fault(path + TEXTS[-1], "required", message, "own_words")
    for part in group.parts:
        value = values.get(part.name)
        if isinstance(part, Element):
            yield from _element(part, value, chamber, said, path)
        elif value is not None:
            for entry in value if part.repeated else (value,):
                yield from _group(part, entry, chamber, said, path)
        elif part.required:
            yield Fault(path + part.name, "required", f"{part.name} is needed.")


def _element(
    element: Element, value: str | None, chamber: str, said: str, above: str
) -> Iterator[Fault]:
    path, label = above + element.name, element.label or element.name
    if value is None:
        if element.required:
            message = f"{label} is needed for the {said} system."
            yield Fault(path, "required", message, element.field)
        return
    wrong = element.rule_of(chamber).fault(value)
    if ILLEGAL.search(value):
        wrong = ("control_character", "has a character that cannot be sent on")
    if wrong:
        code, sentence = wrong
        sentence = sentence.format(unit=element.unit)
        rule, message = element.rule_of(chamber), f"{label} {sentence} for the {said} system."
        numbers: Mapping[str, int] = {}
        if code == "too_long" and isinstance(rule, Length):
            numbers = rule.numbers(value)
        yield Fault(path, code, message, element.field, numbers)


def element_names(texts: Sequence[str]) -> list[str]:
    """The elements that texts of the other side name in quotes, each once."""
    found = (name for text in texts for pair in QUOTED.findall(text) for name in pair)
    return list(dict.fromkeys(name for name in found if name in KNOWN))


def _names(group: Group) -> Iterator[str]:
    yield group.name
    for part in group.parts:
        yield from _names(part) if isinstance(part, Group) else (part.name,)


QUOTED: Final = re.compile(r"\W([A-Za-z0-9]{2,40})\W element|['\"]([A-Za-z0-9]{2,40})['\"]")
KNOWN: Final = frozenset(_names(CWC))
