"""A letter as the XML of one chamber: the same bytes for every attempt."""

from datetime import datetime
from typing import Any, Final

from lxml import etree

from api.campaigns.schema import Campaign
from api.deliveries.channels.base import Content
from api.deliveries.channels.cwc.chambers import Chamber
from api.deliveries.channels.cwc.offices import code_of
from api.deliveries.channels.cwc.rules import CWC, Group, Values
from api.settings import ChamberSettings
from api.supporters.vault import Address, Identity
from api.targets.days import EASTERN

BETWEEN: Final = "\n\n"
LEAST_ABOUT: Final = 6  # the grammar's; what a sponsor says in less is left out


def message_values(content: Content, chamber: Chamber, settings: ChamberSettings) -> Values:
    """The values of a message's elements. An element without a value is left out."""
    campaign = content.cause
    values = {
        "CWCVersion": "2.0",
        "Delivery": _delivery(content, settings),
        "Recipient": {
            "MemberOffice": code_of(content.seat),
            "IsResponseRequested": "Y",
            "NewsletterOptIn": "N",
        },
        "Constituent": constituent_values(
            content.identity, content.address, geocoded=content.geocoded
        ),
        "Message": {
            "Subject": content.subject,
            "LibraryOfCongressTopics": {"LibraryOfCongressTopic": campaign.topic},
            "Bills": _bills(campaign, chamber, settings),
            "ProOrCon": campaign.position and campaign.position.capitalize(),
            **text_values(content.own_words, content.statement, edited=content.edited),
        },
    }
    return _present(values)


def constituent_values(identity: Identity, address: Address, *, geocoded: bool) -> dict[str, Any]:
    """The writer's details as given: nothing is guessed, and only checks that were made are
    claimed.

    Letters exist only once their address was confirmed by mail. The form has one line for the
    street, so there is no second one that could be too short.
    """
    return {
        "Prefix": identity.prefix,
        "FirstName": identity.given_name,
        "LastName": identity.family_name,
        "Address1": address.street,
        "City": address.city,
        "StateAbbreviation": address.state,
        "Zip": address.zip,
        "Phone": identity.phone,
        "AddressValidation": "Y" if geocoded else "N",
        "Email": identity.email,
        "EmailValidation": "Y",
    }


def text_values(own_words: str, statement: str, *, edited: bool) -> dict[str, str | None]:
    """The two texts of a message. A statement that its writer changed is theirs, and is sent with
    their own words; so what is marked as the organization's is exactly the organization's text."""
    own_words, statement = _plain(own_words), _plain(statement)
    if edited:
        words = BETWEEN.join(part for part in (own_words, statement) if part)
        return {"OrganizationStatement": None, "ConstituentMessage": words or None}
    return {"OrganizationStatement": statement or None, "ConstituentMessage": own_words or None}


def _plain(text: str) -> str:
    """With the line ends that every parser gives back unchanged (XML 1.0, 2.11)."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def campaign_id(campaign: Campaign) -> str:
    """The same for every letter of one side of one issue, and never made from what was typed."""
    return "-".join(part for part in (campaign.slug, campaign.position) if part)


def delivery_date(at: datetime) -> str:
    """The day in Washington."""
    return at.astimezone(EASTERN).strftime("%Y%m%d")


def render(values: Values) -> bytes:
    """The XML, one tag a line, its elements in the table's order."""
    root = etree.Element(CWC.name)
    _append(root, CWC, values)
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True))


def _append(parent: Any, group: Group, values: Values) -> None:
    for part in group.parts:
        value = values.get(part.name)
        if value is None:
            continue
        if not isinstance(part, Group):
            etree.SubElement(parent, part.name).text = value
            continue
        for entry in value if part.repeated else (value,):
            _append(etree.SubElement(parent, part.name), part, entry)


def _delivery(content: Content, settings: ChamberSettings) -> dict[str, Any]:
    sponsor = content.cause.sponsor
    about = " ".join(sponsor.about.en.split())
    return {
        "DeliveryId": content.delivery_id.hex,
        "DeliveryDate": delivery_date(content.at),
        "DeliveryAgent": settings.agent,
        "DeliveryAgentAckEmailAddress": settings.ack_email,
        "DeliveryAgentContact": {
            "DeliveryAgentContactName": settings.contact_name,
            "DeliveryAgentContactEmail": settings.contact_email,
            "DeliveryAgentContactPhone": settings.contact_phone,
        },
        "Organization": sponsor.name,
        "OrganizationContact": {
            "OrganizationContactEmail": sponsor.email,
            "OrganizationContactPhone": sponsor.phone,
        },
        "OrganizationAbout": about if len(about) >= LEAST_ABOUT else None,
        "CampaignId": campaign_id(content.cause),
    }


def _bills(
    campaign: Campaign, chamber: Chamber, settings: ChamberSettings
) -> dict[str, Any] | None:
    if campaign.bill is None:
        return None
    spelled = {**chamber.bill_types, **settings.bill_types}[campaign.bill.type]
    bill = {
        "BillCongress": str(campaign.bill.congress),
        "BillTypeAbbreviation": spelled,
        "BillNumber": str(campaign.bill.number),
    }
    return {"Bill": [bill]}


def _present(values: Values) -> dict[str, Any]:
    """Drop elements without a value: an unused element is absent, not empty."""
    kept = {
        name: _present(value) if isinstance(value, dict) else value
        for name, value in values.items()
        if value is not None
    }
    return {name: value for name, value in kept.items() if value != {}}
