"""What both chambers take, as a RELAX NG schema of our own: the tests' second opinion.

It is written from the rules of CWC 2.0 and shares no line with the code that it judges.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

NAMESPACE: Final = "http://relaxng.org/ns/structure/1.0"
TYPES: Final = "http://www.w3.org/2001/XMLSchema-datatypes"

# Indented by depth: name, how often (1 ? + *), and what is in it. "all" takes its children in any
# order; a/b stands for House/Senate.
TABLE: Final = r"""
CWC 1 sequence
 CWCVersion 1 value 2.0
 Delivery 1 all
  DeliveryId 1 token [a-zA-Z0-9]{32}
  DeliveryDate 1 token [0-9]{8}
  DeliveryAgent 1 string 4-500
  DeliveryAgentAckEmailAddress 1 email
  DeliveryAgentContact 1 all
   DeliveryAgentContactName 1 string 6-500
   DeliveryAgentContactEmail 1 email
   DeliveryAgentContactPhone 1 phone
  Organization ? string 6-500/3-500
  OrganizationContact ? all
   OrganizationContactName ? string 2-500
   OrganizationContactEmail ? email
   OrganizationContactPhone ? phone
  OrganizationAbout ? string 6-500
  CampaignId 1 string 2-500
 Recipient 1 all
  MemberOffice 1 token H[A-Z][A-Z][0-9][0-9]/S[A-Z]{2}0[1-3]
  IsResponseRequested ? yesno
  NewsletterOptIn ? yesno
 Constituent 1 all
  Prefix 1 prefix
  FirstName 1 string 1-500
  MiddleName ? string 1-500
  LastName 1 string 1-500
  Suffix ? string 1-500
  Title ? string 1-500
  ConstituentOrganization ? string 3-500/2-500
  Address1 1 string 3-500
  Address2 ? string 3-500/2-500
  Address3 ? string 3-500
  City 1 string 3-500
  StateAbbreviation 1 state
  Zip 1 exact [0-9]{5}(-[0-9]{4})?
  Phone ? phone
  AddressValidation ? yesno
  Email 1 email
  EmailValidation ? yesno
 Message 1 all
  Subject 1 string 6-500
  LibraryOfCongressTopics 1 all
   LibraryOfCongressTopic + topic
  Bills ? all
   Bill * all
    BillCongress ? count
    BillTypeAbbreviation ? bill
    BillNumber ? count
  ProOrCon ? token [Pp][Rr][Oo]|[Cc][Oo][Nn]
  MoreInfo ? uri
  TEXTS
"""
STATES: Final = (
    "AK AL AR AS AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MP MS MT NC "
    "ND NE NH NJ NM NV NY OH OK OR PA PR RI SC SD TN TX UT VA VI VT WA WI WV WY"
)
TOPICS: Final = (
    "Agriculture and Food; Animals; Armed Forces and National Security; Arts, Culture, Religion; "
    "Civil Rights and Liberties, Minority Issues; Commerce; Congress; Crime and Law Enforcement; "
    "Economics and Public Finance; Education; Emergency Management; Energy; "
    "Environmental Protection; Families; Finance and Financial Sector; "
    "Foreign Trade and International Finance; Government Operations and Politics; Health; "
    "Housing and Community Development; Immigration; International Affairs; "
    "Labor and Employment; Law; Native Americans; Public Lands and Natural Resources; "
    "Science, Technology, Communications; Social Sciences and History; Social Welfare; "
    "Sports and Recreation; Taxation; Transportation and Public Works; "
    "Water Resources Development"
)
BILLS: Final = {
    "house": "hamdt hconres hjres hr hres s samdt sconres sjres sres",
    "senate": ("H.Amdt. H.Con.Res H.J.Res. H.R. H.Res. S. S.Amdt. S.Con.Res. S.J.Res. S.Res."),
}
TEXTS: Final = """<choice><group><element name="OrganizationStatement">{body}</element>
<optional><element name="ConstituentMessage">{body}</element></optional></group>
<element name="ConstituentMessage">{body}</element></choice>"""


@lru_cache
def schema(chamber: str) -> etree.RelaxNG:
    """The grammar of ``house`` or ``senate``."""
    lines = [line for line in TABLE.splitlines() if line.strip()]
    body = _node(lines, 0, chamber)
    text = f'<grammar xmlns="{NAMESPACE}" datatypeLibrary="{TYPES}"><start>{body}</start></grammar>'
    return etree.RelaxNG(etree.fromstring(text))


def complaints(message: bytes, chamber: str) -> list[str]:
    """What the grammar has against a message; none when it is valid."""
    judge = schema(chamber)
    judge.validate(etree.fromstring(message))
    return [f"{entry.line}: {entry.message}" for entry in judge.error_log]


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _node(lines: list[str], at: int, chamber: str) -> str:
    line = lines[at].strip()
    if line == "TEXTS":
        return TEXTS.format(body=_string("6-10000"))
    name, often, kind, *rest = line.split(" ", 3)
    inner = _leaf(kind, rest[0] if rest else "", chamber)
    if kind in {"all", "sequence"}:
        children = [
            _node(lines, below, chamber)
            for below in range(at + 1, _end(lines, at))
            if _depth(lines[below]) == _depth(lines[at]) + 1
        ]
        order = "group" if kind == "sequence" else "interleave"
        inner = f"<{order}>{''.join(children)}</{order}>"
    element = f'<element name="{name}">{inner}</element>'
    wrap = {"1": "", "?": "optional", "+": "oneOrMore", "*": "zeroOrMore"}[often]
    return f"<{wrap}>{element}</{wrap}>" if wrap else element


def _end(lines: list[str], at: int) -> int:
    for below in range(at + 1, len(lines)):
        if _depth(lines[below]) <= _depth(lines[at]):
            return below
    return len(lines)


def _leaf(kind: str, detail: str, chamber: str) -> str:
    house, _, senate = detail.partition("/")
    own = senate if senate and chamber == "senate" else house
    prefixes = ["Mr.", "Mrs.", "Miss", "Ms.", "Dr."]
    leaves: dict[str, Callable[[], str]] = {
        "value": lambda: _choice([own]),
        "string": lambda: _string(own),
        "token": lambda: _data("token", own),
        "exact": lambda: _data("string", own),
        "email": lambda: _data("token", r"[^@]+@[^\.]+\..+"),
        "phone": lambda: _data("token", "[0-9]{3}-[0-9]{3}-[0-9]{4}"),
        "yesno": lambda: _data("token", "[Yy]|[Nn]"),
        "count": lambda: '<data type="positiveInteger"/>',
        "uri": lambda: '<data type="anyURI"/>',
        "prefix": lambda: _choice(prefixes) if chamber == "senate" else _string("1-500"),
        "state": lambda: _choice(STATES.split()),
        "topic": lambda: _choice(TOPICS.split("; ")),
        "bill": lambda: _choice(BILLS[chamber].split()),
    }
    return leaves[kind]() if kind in leaves else ""


def _string(lengths: str) -> str:
    least, most = lengths.split("-")
    return (
        f'<data type="string"><param name="minLength">{least}</param>'
        f'<param name="maxLength">{most}</param></data>'
    )


def _data(kind: str, pattern: str) -> str:
    return f'<data type="{kind}"><param name="pattern">{escape(pattern)}</param></data>'


def _choice(values: list[str]) -> str:
    inner = "".join(f'<value type="string">{escape(value)}</value>' for value in values)
    return f"<choice>{inner}</choice>"
