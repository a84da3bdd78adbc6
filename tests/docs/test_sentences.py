"""docs/sentences.md lists what people are told, all of it, and none claims more than is known."""

import re
from collections.abc import Sequence
from typing import Final

from babel.messages.pofile import read_po

from api.confirmation.ended import DETAILS, Became
from api.deliveries.models import DeliveryStatus
from api.i18n.catalogues import catalogue_path
from api.mail.compose import MailKind
from api.pages.states import STATES
from api.settings import ROOT
from tests.docs.sentences import templates
from tests.docs.sentences.page import FILE, all_of_pages, mails, page

# What nobody here can know of a letter or a mail.
UNKNOWABLE: Final = re.compile(
    r"\b(delivered|received|has read|was read|reached (the|an|this|its) office"
    r"|will (answer|read|send|arrive)|guarantee)",
    re.IGNORECASE,
)
KNOWN: Final = (
    # Said of what is counted, of what organizers handed in, or that it is not known.
    "A letter counts as delivered when",
    "Nobody can know whether a letter was read",
    "Delivered to {to} on {da",
    "Delivered to %(to)s on %(da",
    "Entregada a {to}",
    "after somebody has read it",
    "the mail could not be delivered",
)
COUNTED: Final = re.compile(r"\b(are|is) counted\b|\bas soon as you confirm\b")


def test_the_list_is_up_to_date() -> None:
    assert FILE.read_text("utf-8") == page(), "run make sentences, and read what has changed"


def test_every_state_of_a_letter_and_of_a_link_is_in_it() -> None:
    text = FILE.read_text("utf-8")
    assert set(STATES) == set(DeliveryStatus)
    assert set(DETAILS) == set(Became)
    for status in DeliveryStatus:
        assert f"status {status} |" in text
    for kind in MailKind:
        assert f"### {kind}.txt" in text


def test_every_sentence_of_the_catalogue_is_found() -> None:
    """The code that collects the list misses none."""
    found = " ".join(_bare(re.sub(r"[{}]", "", said)) for said in all_of_pages())
    with catalogue_path(ROOT / "locale", "en").open("rb") as handle:
        messages = [part for message in read_po(handle) for part in _parts(message.id)]
    lost = [m for m in messages if m.endswith(".") and _bare(m) not in found]
    assert lost == []


def test_mails_say_the_same_as_text_and_as_html() -> None:
    said = {
        kind: {(row.where.partition(".")[0], row.sentence) for row in mails(kind)}
        for kind in (".txt", ".html")
    }
    only = {(name, text) for name, text in said[".txt"] ^ said[".html"] if text.endswith(".")}
    assert only == set()


def test_nothing_is_claimed_that_nobody_knows() -> None:
    claims = [
        line
        for line in page().partition("## Letters")[2].splitlines()
        if UNKNOWABLE.search(line) and not any(known in line for known in KNOWN)
    ]
    assert claims == []


def test_nobody_is_told_that_they_count() -> None:
    """A suspect is not counted, and not told so."""
    said = [
        row.sentence
        for name in ("pages", "widget", "mail")
        for row in templates.rows(ROOT / "templates" / name)
    ]
    assert [text for text in said if COUNTED.search(text) and "You" in text] == []


def _parts(identifier: str | Sequence[str]) -> Sequence[str]:
    return (identifier,) if isinstance(identifier, str) else identifier


def _bare(message: str) -> str:
    """As the list has it: without markup and placeholders' marks."""
    plain = re.sub(r"<[^>]+>", "", message)
    return re.sub(r"%\((\w+)\)s", r"\1", plain).translate(str.maketrans("", "", "%()"))
