"""The XML of one letter: what stands where, and what is never in it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from api.deliveries.channels.cwc.chambers import HOUSE, SENATE, Chamber
from api.deliveries.channels.cwc.message import message_values, render
from tests.deliveries.channels.cwc.grammar import complaints
from tests.deliveries.channels.cwc.messages import bill, by, campaign, content
from tests.deliveries.channels.sandboxed import chamber_settings

SETTINGS = chamber_settings()


def made(chamber: Chamber = HOUSE, **changed: Any) -> bytes:
    return render(message_values(content(**changed), chamber, SETTINGS))


def texts(message: bytes) -> dict[str, str]:
    """Element -> text, of the leaves."""
    return {
        element.tag: element.text or ""
        for element in etree.fromstring(message).iter()
        if not len(element)
    }


def test_every_element_of_a_letter() -> None:
    letter = content()
    assert texts(render(message_values(letter, HOUSE, SETTINGS))) == {
        "CWCVersion": "2.0",
        "DeliveryId": letter.delivery_id.hex,
        "DeliveryDate": "20261122",
        "DeliveryAgent": "Example Campaigns, Inc.",
        "DeliveryAgentAckEmailAddress": "acks@example.org",
        "DeliveryAgentContactName": "Delivery Desk",
        "DeliveryAgentContactEmail": "desk@example.org",
        "DeliveryAgentContactPhone": "202-555-0143",
        "Organization": "Example Campaigns",
        "OrganizationContactEmail": "office@example.org",
        "OrganizationContactPhone": "202-555-0143",
        "OrganizationAbout": "We write to Congress.",
        "CampaignId": "reports-now",
        "MemberOffice": "HCA30",
        "IsResponseRequested": "Y",
        "NewsletterOptIn": "N",
        "Prefix": "Ms.",
        "FirstName": "Ani",
        "LastName": "Petrosyan",
        "Address1": "12 Main St",
        "City": "Glendale",
        "StateAbbreviation": "CA",
        "Zip": "91204",
        "Phone": "818-555-0123",
        "AddressValidation": "N",
        "Email": "ani@example.org",
        "EmailValidation": "Y",
        "Subject": letter.subject,
        "LibraryOfCongressTopic": "International Affairs",
        "OrganizationStatement": letter.statement,
        "ConstituentMessage": letter.own_words,
    }


def test_the_sections_stand_in_their_order_one_tag_a_line() -> None:
    message = made(cause=campaign(bill=bill("hr"), position="pro"))
    root = etree.fromstring(message)
    assert [child.tag for child in root] == [
        "CWCVersion",
        "Delivery",
        "Recipient",
        "Constituent",
        "Message",
    ]
    assert message.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<CWC>\n")
    assert all(line.count(b"<") <= 2 for line in message.splitlines())
    assert not any(element.attrib for element in root.iter())


@pytest.mark.parametrize(
    ("kind", "house", "senate"),
    [
        ("hamdt", "hamdt", "H.Amdt."),
        ("hconres", "hconres", "H.Con.Res"),
        ("hjres", "hjres", "H.J.Res."),
        ("hr", "hr", "H.R."),
        ("hres", "hres", "H.Res."),
        ("s", "s", "S."),
        ("samdt", "samdt", "S.Amdt."),
        ("sconres", "sconres", "S.Con.Res."),
        ("sjres", "sjres", "S.J.Res."),
        ("sres", "sres", "S.Res."),
    ],
)
def test_a_bill_is_spelled_as_the_chamber_does(kind: str, house: str, senate: str) -> None:
    cause = campaign(bill=bill(kind), position="con")
    for chamber, seat, spelled in (
        (HOUSE, "house:CA-30", house),
        (SENATE, "senate:CA:1", senate),
    ):
        message = made(chamber, cause=cause, seat=seat)
        assert texts(message)["BillTypeAbbreviation"] == spelled
        assert complaints(message, chamber.name) == []


def test_a_position_comes_with_its_bill_and_has_a_campaign_id_of_its_own() -> None:
    plain, pro, con = (
        texts(made(cause=campaign(**side)))
        for side in ({}, *({"bill": bill("hr"), "position": way} for way in ("pro", "con")))
    )
    assert "ProOrCon" not in plain
    assert "BillNumber" not in plain
    assert (pro["ProOrCon"], con["ProOrCon"]) == ("Pro", "Con")
    assert [found["CampaignId"] for found in (plain, pro, con)] == [
        "reports-now",
        "reports-now-pro",
        "reports-now-con",
    ]


def test_a_changed_statement_is_the_writers_own_text() -> None:
    found = texts(made(edited=True, statement="My own plea.", own_words="My story."))
    assert found["ConstituentMessage"] == "My story.\n\nMy own plea."
    assert "OrganizationStatement" not in found


def test_without_own_words_the_statement_stands_alone() -> None:
    found = texts(made(own_words=""))
    assert "ConstituentMessage" not in found
    assert found["OrganizationStatement"] == content().statement


def test_line_ends_are_those_that_a_parser_gives_back() -> None:
    message = made(own_words="One.\r\nTwo.\rThree.", statement="A.\r\n\r\nBcdefg.")
    assert texts(message)["ConstituentMessage"] == "One.\nTwo.\nThree."
    assert b"\r" not in message
    assert b"&#13;" not in message


def test_no_name_address_or_signature_is_in_a_text() -> None:
    found = texts(made())
    for name in ("Subject", "OrganizationStatement", "ConstituentMessage"):
        for private in ("Ani", "Petrosyan", "12 Main St", "91204", "example.org", "Dear", "Sincer"):
            assert private not in found[name]


@pytest.mark.parametrize(("geocoded", "said"), [(True, "Y"), (False, "N")])
def test_an_address_is_called_checked_only_when_it_was(geocoded: bool, said: str) -> None:
    assert texts(made(geocoded=geocoded))["AddressValidation"] == said


def test_a_phone_is_never_made_up() -> None:
    assert "Phone" not in texts(made(identity=by(phone=None)))


def test_the_day_is_that_of_washington() -> None:
    assert texts(made(at=datetime(2026, 7, 1, 3, 59, tzinfo=UTC)))["DeliveryDate"] == "20260630"


def test_a_sponsors_paragraphs_and_missing_phone() -> None:
    sponsor = {
        "name": "Example Campaigns",
        "email": "a@example.org",
        "about": "One.\n\nTwo, three.",
    }
    found = texts(made(cause=campaign(sponsor=sponsor)))
    assert found["OrganizationAbout"] == "One. Two, three."
    assert "OrganizationContactPhone" not in found
    brief = texts(made(cause=campaign(sponsor={**sponsor, "about": "Us."})))
    assert "OrganizationAbout" not in brief


def test_markup_and_every_script_come_back_unchanged() -> None:
    hostile = "</ConstituentMessage>&amp;<![CDATA[x]]> 'q' \"q\" Ծնունդ 🕊 é"
    message = made(own_words=hostile, subject=hostile, identity=by("<b>", "O'B & Sons"))
    found = texts(message)
    assert (found["ConstituentMessage"], found["Subject"]) == (hostile, hostile)
    assert (found["FirstName"], found["LastName"]) == ("<b>", "O'B & Sons")
    assert complaints(message, "house") == []
