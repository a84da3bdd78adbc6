"""What the stand-in accepts: its own check of a message, written from the rules of CWC 2.0 and
independent of the product's check."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree

Check = Callable[[str], bool]
STATES: Final = [
    "AK",
    "AL",
    "AR",
    "AS",
    "AZ",
    "CA",
    "CO",
    "CT",
    "DC",
    "DE",
    "FL",
    "GA",
    "GU",
    "HI",
    "IA",
    "ID",
    "IL",
    "IN",
    "KS",
    "KY",
    "LA",
    "MA",
    "MD",
    "ME",
    "MI",
    "MN",
    "MO",
    "MP",
    "MS",
    "MT",
    "NC",
    "ND",
    "NE",
    "NH",
    "NJ",
    "NM",
    "NV",
    "NY",
    "OH",
    "OK",
    "OR",
    "PA",
    "PR",
    "RI",
    "SC",
    "SD",
    "TN",
    "TX",
    "UT",
    "VA",
    "VI",
    "VT",
    "WA",
    "WI",
    "WV",
    "WY",
]
TOPICS: Final = [
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
HOUSE_BILLS: Final = [
    "hamdt",
    "hconres",
    "hjres",
    "hr",
    "hres",
    "s",
    "samdt",
    "sconres",
    "sjres",
    "sres",
]
SENATE_BILLS: Final = [
    "H.Amdt.",
    "H.Con.Res",
    "H.J.Res.",
    "H.R.",
    "H.Res.",
    "S.",
    "S.Amdt.",
    "S.Con.Res.",
    "S.J.Res.",
    "S.Res.",
]


def chars(least: int, most: int = 500) -> Check:
    return lambda text: least <= len(text) <= most


def like(pattern: str) -> Check:
    return lambda text: re.fullmatch(pattern, text.strip(" \t\n\r"), re.DOTALL) is not None


def exactly(*texts: str) -> Check:
    return lambda text: text in texts


EMAIL: Final = like(r"[^@]+@[^.]+\..+")
PHONE: Final = like(r"\d\d\d-\d\d\d-\d\d\d\d")
FLAG: Final = like("[YyNn]")
NUMBER: Final = like("0*[1-9][0-9]*")

# Path -> (least, most times in its parent, what its text must be; None: it holds elements).
UNLIMITED: Final = 1_000_000
Row = tuple[int, int, Check | None]
COMMON: Final[dict[str, Row]] = {
    "CWC/CWCVersion": (1, 1, exactly("2.0")),
    "CWC/Delivery": (1, 1, None),
    "CWC/Delivery/DeliveryId": (1, 1, like("[a-zA-Z0-9]{32}")),
    "CWC/Delivery/DeliveryDate": (1, 1, like("[0-9]{8}")),
    "CWC/Delivery/DeliveryAgent": (1, 1, chars(4)),
    "CWC/Delivery/DeliveryAgentAckEmailAddress": (1, 1, EMAIL),
    "CWC/Delivery/DeliveryAgentContact": (1, 1, None),
    "CWC/Delivery/DeliveryAgentContact/DeliveryAgentContactName": (1, 1, chars(6)),
    "CWC/Delivery/DeliveryAgentContact/DeliveryAgentContactEmail": (1, 1, EMAIL),
    "CWC/Delivery/DeliveryAgentContact/DeliveryAgentContactPhone": (1, 1, PHONE),
    "CWC/Delivery/Organization": (0, 1, chars(6)),
    "CWC/Delivery/OrganizationContact": (0, 1, None),
    "CWC/Delivery/OrganizationContact/OrganizationContactName": (0, 1, chars(2)),
    "CWC/Delivery/OrganizationContact/OrganizationContactEmail": (0, 1, EMAIL),
    "CWC/Delivery/OrganizationContact/OrganizationContactPhone": (0, 1, PHONE),
    "CWC/Delivery/OrganizationAbout": (0, 1, chars(6)),
    "CWC/Delivery/CampaignId": (1, 1, chars(2)),
    "CWC/Recipient": (1, 1, None),
    "CWC/Recipient/MemberOffice": (1, 1, like("H[A-Z][A-Z][0-9][0-9]")),
    "CWC/Recipient/IsResponseRequested": (0, 1, FLAG),
    "CWC/Recipient/NewsletterOptIn": (0, 1, FLAG),
    "CWC/Constituent": (1, 1, None),
    "CWC/Constituent/Prefix": (1, 1, chars(1)),
    "CWC/Constituent/FirstName": (1, 1, chars(1)),
    "CWC/Constituent/MiddleName": (0, 1, chars(1)),
    "CWC/Constituent/LastName": (1, 1, chars(1)),
    "CWC/Constituent/Suffix": (0, 1, chars(1)),
    "CWC/Constituent/Title": (0, 1, chars(1)),
    "CWC/Constituent/ConstituentOrganization": (0, 1, chars(3)),
    "CWC/Constituent/Address1": (1, 1, chars(3)),
    "CWC/Constituent/Address2": (0, 1, chars(3)),
    "CWC/Constituent/Address3": (0, 1, chars(3)),
    "CWC/Constituent/City": (1, 1, chars(3)),
    "CWC/Constituent/StateAbbreviation": (1, 1, exactly(*STATES)),
    # Not a token: a space at its end is one too many.
    "CWC/Constituent/Zip": (1, 1, lambda t: re.fullmatch(r"[0-9]{5}(-[0-9]{4})?", t) is not None),
    "CWC/Constituent/Phone": (0, 1, PHONE),
    "CWC/Constituent/AddressValidation": (0, 1, FLAG),
    "CWC/Constituent/Email": (1, 1, EMAIL),
    "CWC/Constituent/EmailValidation": (0, 1, FLAG),
    "CWC/Message": (1, 1, None),
    "CWC/Message/Subject": (1, 1, chars(6)),
    "CWC/Message/LibraryOfCongressTopics": (1, 1, None),
    "CWC/Message/LibraryOfCongressTopics/LibraryOfCongressTopic": (1, UNLIMITED, exactly(*TOPICS)),
    "CWC/Message/Bills": (0, 1, None),
    "CWC/Message/Bills/Bill": (0, UNLIMITED, None),
    "CWC/Message/Bills/Bill/BillCongress": (0, 1, NUMBER),
    "CWC/Message/Bills/Bill/BillTypeAbbreviation": (0, 1, exactly(*HOUSE_BILLS)),
    "CWC/Message/Bills/Bill/BillNumber": (0, 1, NUMBER),
    "CWC/Message/ProOrCon": (0, 1, like("(?i:pro|con)")),
    "CWC/Message/MoreInfo": (0, 1, chars(0, 10_000)),
    "CWC/Message/OrganizationStatement": (0, 1, chars(6, 10_000)),
    "CWC/Message/ConstituentMessage": (0, 1, chars(6, 10_000)),
}
ROWS: Final[dict[str, dict[str, Row]]] = {
    "house": COMMON,
    "senate": {
        **COMMON,
        "CWC/Recipient/MemberOffice": (1, 1, like("S[A-Z][A-Z]0[123]")),
        "CWC/Constituent/Prefix": (1, 1, exactly("Mr.", "Mrs.", "Miss", "Ms.", "Dr.")),
        "CWC/Delivery/Organization": (0, 1, chars(3)),
        "CWC/Constituent/ConstituentOrganization": (0, 1, chars(2)),
        "CWC/Constituent/Address2": (0, 1, chars(2)),
        "CWC/Message/Bills/Bill/BillTypeAbbreviation": (0, 1, exactly(*SENATE_BILLS)),
    },
}
SECTIONS: Final = ["CWCVersion", "Delivery", "Recipient", "Constituent", "Message"]


class NotXml(ValueError):
    """The body cannot be read at all."""


def read(body: bytes) -> etree._Element:
    """Raises NotXml."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        raise NotXml from None


def problems(root: etree._Element, chamber: str) -> list[str]:
    """The faults of a message, each as a sentence; none if it is accepted."""
    if root.tag != "CWC":
        return ["The 'CWC' element is missing"]
    if [child.tag for child in root] != SECTIONS:
        return ["The sections are not those of CWC 2.0, in their order"]
    return [*_inside(root, "CWC", ROWS[chamber]), *_texts(root)]


def _inside(parent: etree._Element, path: str, rows: dict[str, Row]) -> Iterator[str]:
    tags = [child.tag for child in parent]
    expected = {row: rows[row] for row in rows if row.rpartition("/")[0] == path}
    for child in parent:
        if f"{path}/{child.tag}" not in expected:
            yield f"The '{child.tag}' element is not expected in '{parent.tag}'"
        else:
            yield from _one(child, f"{path}/{child.tag}", rows)
    for row, (least, most, _) in expected.items():
        name = row.rpartition("/")[2]
        if not least <= tags.count(name) <= most:
            yield f"The '{name}' element stands {tags.count(name)} times in '{parent.tag}'"


def _one(element: etree._Element, path: str, rows: dict[str, Row]) -> Iterator[str]:
    check = rows[path][2]
    if element.attrib:
        yield f"The '{element.tag}' element has attributes"
    if check is None:
        yield from _inside(element, path, rows)
    elif len(element) or not check(element.text or ""):
        yield f"The '{element.tag}' element is invalid"


def _texts(root: etree._Element) -> Iterator[str]:
    tags = [child.tag for child in root[-1]]
    texts = [tag for tag in tags if tag in {"OrganizationStatement", "ConstituentMessage"}]
    if not texts:
        yield "The 'Message' element has no text"
    if texts != sorted(texts, reverse=True):
        yield "The 'OrganizationStatement' element comes before 'ConstituentMessage'"
