import re
from datetime import date
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import jinja2
import pytest

from api.confirmation.earlier import Earlier
from api.mail.compose import Composer, Links, MailKind, Occasion
from api.mail.message import HeaderRefused
from api.security.identifiers import new_id

FACTS: dict[str, Any] = {
    "valid_hours": 72,
    "closes": None,
    "ours": 2,
    "held": 0,
    "yours": 1,
    "tests": 1,
    "on_their_way": 2,
    "on_hold": 0,
    "own_steps": 1,
    "in_review": 1,
    "replaced": 1,
    "kept": [Earlier(new_id(), "president", "The President", date(2026, 1, 2), unsent=False)],
    "elsewhere": 0,
    "signature": "unchanged",
    "signed_on": date(2026, 1, 3),
    "confirmed_on": date(2026, 1, 4),
    "which": 2,
}
LINKS = Links("https://x.org/confirm/" + "a" * 43, "https://x.org/unsubscribe/" + "b" * 43)
TITLE = "Reverse the waiver & <b>more</b>"


def occasion(kind: MailKind, title: str = TITLE, facts: dict[str, Any] = FACTS) -> Occasion:
    return Occasion(kind, "en", title, LINKS, facts)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("kind", list(MailKind))
def test_text_and_html_say_the_campaign_and_the_links(composer: Composer, kind: MailKind) -> None:
    message = composer.compose(occasion(kind), new_id(), "ani@example.org")
    # One mail for all that waits is of no campaign alone.
    title = "" if kind is MailKind.PENDING else TITLE
    assert title in str(message["Subject"])
    text, html = body(message, "plain"), body(message, "html")
    page = Page(html)
    for link in (LINKS.page, LINKS.unsubscribe):
        assert f"\n{link}\n" in text
        assert link in [attributes.get("href") for _, attributes in page.tags]
    assert title in text
    assert title in page.words
    assert "{" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL) + text
    assert "\n\n\n" not in text


@pytest.mark.parametrize("kind", list(MailKind))
def test_html_loads_nothing_and_follows_nobody(composer: Composer, kind: MailKind) -> None:
    html = body(composer.compose(occasion(kind), new_id(), "ani@example.org"), "html")
    tags = Page(html).tags
    assert not {tag for tag, _ in tags} & {"img", "script", "link", "iframe", "form", "table"}
    assert not re.search(r"url\(|@import|src=", html)
    links = {attributes["href"] for tag, attributes in tags if tag == "a"}
    assert links == {LINKS.page, LINKS.unsubscribe}


def test_a_confirmation_says_what_happens_if_nothing_is_done(composer: Composer) -> None:
    message = composer.compose(occasion(MailKind.CONFIRMATION), new_id(), "ani@example.org")
    for kind in ("plain", "html"):
        words = " ".join(body(message, kind).split())
        assert "If you do nothing, the letters are never sent" in words
        assert "This was not you?" in words
        assert "72 hours" in words


@pytest.mark.parametrize("kind", [MailKind.CONFIRMATION, MailKind.SIGNATURE, MailKind.REMINDER])
@pytest.mark.parametrize(("hours", "said"), [(0, "less than an hour"), (1, "one"), (2, "2")])
def test_a_mail_says_how_long_its_link_works(
    composer: Composer, kind: MailKind, hours: int, said: str
) -> None:
    facts = {**FACTS, "valid_hours": hours, "closes": None}
    message = composer.compose(occasion(kind, facts=facts), new_id(), "ani@example.org")
    for part in ("plain", "html"):
        words = " ".join(body(message, part).split())
        assert f"The link is good for {said}" in words
        assert " 0 more" not in words


def test_no_mail_names_its_recipient(composer: Composer) -> None:
    for kind in MailKind:
        message = composer.compose(occasion(kind), new_id(), "ani.petrosyan@example.org")
        for part in ("plain", "html"):
            assert not re.search(r"\bani\b|petrosyan", body(message, part).lower())
        assert message["To"] == "ani.petrosyan@example.org"


@pytest.mark.parametrize(
    ("facts", "present", "absent"),
    [
        ({**FACTS, "on_their_way": 1, "own_steps": 0}, "We send one letter", "send yourself"),
        (
            {**FACTS, "on_their_way": 0, "own_steps": 3},
            "3 letters you send yourself",
            "We send",
        ),
        ({**FACTS, "on_their_way": 2, "own_steps": 1}, "We send 2 letters in your name", "{"),
        ({**FACTS, "on_their_way": 0, "on_hold": 1}, "One letter is on hold for now", "We send"),
    ],
)
def test_a_receipt_counts_the_letters(
    composer: Composer, facts: dict[str, Any], present: str, absent: str
) -> None:
    message = composer.compose(occasion(MailKind.RECEIPT, facts=facts), new_id(), "ani@example.org")
    assert present in body(message, "plain")
    assert present in body(message, "html")
    assert absent not in body(message, "plain")


def test_a_missing_fact_stops_the_mail(composer: Composer) -> None:
    incomplete = Occasion(MailKind.CONFIRMATION, "en", "Title", LINKS, {})
    with pytest.raises(jinja2.UndefinedError):
        composer.compose(incomplete, new_id(), "ani@example.org")


def test_a_title_that_would_be_a_header_stops_the_mail(composer: Composer) -> None:
    for title in ("A\nBcc: b@example.org", "=?utf-8?q?a=0D=0ABcc:_b@example.org?="):
        with pytest.raises(HeaderRefused):
            composer.compose(occasion(MailKind.RECEIPT, title), new_id(), "ani@example.org")


def test_a_language_without_catalogue_gets_english(composer: Composer) -> None:
    strange = Occasion(MailKind.RECEIPT, "../../x", "Title", LINKS, FACTS)
    message = composer.compose(strange, new_id(), "ani@example.org")
    assert "Thank you" in body(message, "plain")


def test_links_are_not_shown() -> None:
    assert "aaaa" not in repr(occasion(MailKind.RECEIPT))
    assert repr(Links("https://x.org/a", "https://x.org/b")) == "Links(…)"


def test_every_kind_has_both_templates(composer: Composer) -> None:
    folder = composer.templates
    for kind in MailKind:
        assert (folder / f"{kind}.txt.j2").is_file()
        assert (folder / f"{kind}.html.j2").is_file()
