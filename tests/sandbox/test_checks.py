"""The stand-in's own examination agrees with the tests' grammar, on good messages and spoiled."""

import random
from typing import Final

import pytest
from lxml import etree

from api.deliveries.channels.cwc.chambers import HOUSE, SENATE, Chamber
from api.deliveries.channels.cwc.message import message_values, render
from api.sandbox.checks import NotXml, problems, read
from tests.deliveries.channels.cwc.grammar import complaints
from tests.deliveries.channels.cwc.messages import bill, campaign, content
from tests.deliveries.channels.sandboxed import chamber_settings

TEXTS: Final = ("", " ", "ab", "abc", "Oz", "abcde", "abcdef", "N", "y", "Pro", "con", "Undecided")
MORE: Final = ("91204", "91204 ", "202-555-0143", "a@b.c", "a@b", "HCA30", "SCA01", "Mr.", "2.0")
LONG: Final = ("x" * 500, "x" * 501, "x" * 10_000, "x" * 10_001, "0", "12", "hr", "H.R.")


def good(chamber: Chamber) -> bytes:
    seat = "house:CA-30" if chamber is HOUSE else "senate:CA:1"
    cause = campaign(bill=bill("hr"), position="pro")
    return render(message_values(content(seat=seat, cause=cause), chamber, chamber_settings()))


def spoiled(message: bytes, chance: random.Random) -> bytes:
    """One change somewhere: a text, a missing, doubled, moved or unknown element."""
    root = etree.fromstring(message)
    element = chance.choice([each for each in root.iter() if each is not root])
    parent = element.getparent()
    assert parent is not None
    match chance.choice(("text", "text", "text", "drop", "double", "move", "unknown", "attribute")):
        case "text" if not len(element):
            element.text = chance.choice((*TEXTS, *MORE, *LONG))
        case "drop":
            parent.remove(element)
        case "double":
            parent.insert(0, etree.fromstring(etree.tostring(element)))
        case "move":
            root.append(element)
        case "attribute":
            element.set("a", "b")
        case _:
            etree.SubElement(element, "Extra")
    return bytes(etree.tostring(root))


@pytest.mark.parametrize("chamber", [HOUSE, SENATE], ids=["house", "senate"])
def test_both_opinions_are_the_same(chamber: Chamber) -> None:
    chance = random.Random(f"spoiled {chamber.name}")
    message = good(chamber)
    assert problems(read(message), chamber.name) == complaints(message, chamber.name) == []
    refused = 0
    for _ in range(1500):
        other = spoiled(message, chance)
        mine, theirs = problems(read(other), chamber.name), complaints(other, chamber.name)
        assert bool(mine) == bool(theirs), (mine, theirs, other)
        refused += bool(mine)
    assert 500 < refused < 1490


def test_what_is_refused_is_named() -> None:
    other = good(HOUSE).replace(b"Glendale</City>", b"Oz</City>")
    assert problems(read(other), "house") == ["The 'City' element is invalid"]


def test_no_xml_and_nothing_from_outside() -> None:
    for body in (b"", b"<CWC>", b"{}"):
        with pytest.raises(NotXml):
            read(body)
    bomb = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><CWC>&x;</CWC>'
    assert read(bomb).xpath("string()") == ""
