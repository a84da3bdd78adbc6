"""The words of the mails: templates in ``templates/mail/``, each in text and HTML.

No mail contains a word that was typed into the form, not even names: somebody who enters a
stranger's address cannot make Undersigned say anything to that stranger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.i18n import ENGLISH, LANGUAGES, formats, translations
from api.mail.message import Draft, Sender, build_message

__all__ = ["Composer", "Links", "MailKind", "Occasion"]

_HTML: Final = "html.j2"


class MailKind(StrEnum):
    """What a mail is for; the name of its templates.

    ``confirmation``, ``signature`` (of a form that only signs) and ``reminder`` need the fact
    ``valid_hours``, the hours that the link still works, and ``closes``, the moment (US Eastern) at
    which the campaign closes before that, or None; of letters also ``ours``, ``yours``, ``tests``
    and ``held``: how many we send, their writer sends, go to nobody, and wait. ``own_data`` needs
    ``valid_hours``, ``confirmed_on``, the day of its person's first confirmation, and ``which``: 1
    or 2 where two people confirmed with the address on that day, else 0. ``receipt`` needs
    ``on_their_way``, ``on_hold``, ``own_steps`` and ``tests``, numbers of letters; it and
    ``signed`` need ``in_review``, the number of names that wait; ``receipt``, ``not_sent`` (of a
    form that made no letters) and ``signed`` need what ``api/confirmation/receipts.py`` finds.
    ``page_link`` repeats the link that a receipt had.
    """

    CONFIRMATION = "confirmation"
    REMINDER = "reminder"
    RECEIPT = "receipt"
    NOT_SENT = "not_sent"
    PAGE_LINK = "page_link"
    SEAT_CHANGED = "seat_changed"
    SIGNATURE = "signature"
    SIGNED = "signed"
    SIGNED_FOR = "signed_for"
    TAKEN = "taken"
    OWN_DATA = "own_data"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Links:
    """Absolute URLs: the page that the mail is about, and the way to get no more mail.

    Both contain tokens, so they are left out of the repr.
    """

    page: str
    unsubscribe: str

    def __repr__(self) -> str:
        return "Links(…)"


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a mail is about. ``facts`` are the numbers and days that its kind needs, see
    ``MailKind``; no word of theirs was typed by anybody."""

    kind: MailKind
    language: str
    campaign_title: str
    links: Links
    facts: Mapping[str, Any]


class Composer:
    """Makes mails of one sender, in the languages of ``locale_dir``; English where one lacks."""

    def __init__(self, templates_dir: Path, locale_dir: Path, sender: Sender) -> None:
        self.sender: Final = sender
        self.templates: Final = templates_dir / "mail"
        self._locale_dir: Final = locale_dir

    def compose(self, occasion: Occasion, mail_id: UUID, to_address: str) -> EmailMessage:
        """A mail that is ready to be sent.

        Raises HeaderRefused, TextRefused (for the address), and jinja2.UndefinedError for a fact
        that the kind needs and that is missing.
        """
        environment = _environment(self.templates, self._locale_dir, occasion.language)
        context = {
            **occasion.facts,
            "campaign": occasion.campaign_title,
            "page_url": occasion.links.page,
            "unsubscribe_url": occasion.links.unsubscribe,
            "language": occasion.language,
        }
        text = environment.get_template(f"{occasion.kind}.txt.j2").render(context)
        html = environment.get_template(f"{occasion.kind}.{_HTML}").render(context)
        subject, _, body = text.partition("\n\n")
        draft = Draft(subject.removeprefix("Subject: "), body, html, occasion.links.unsubscribe)
        return build_message(draft, self.sender, to_address, mail_id, datetime.now(UTC))


@cache
def _environment(templates: Path, locale_dir: Path, language: str) -> Environment:
    """One for all composers of a process, since a template is compiled for an environment."""
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=select_autoescape(enabled_extensions=(_HTML,)),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    catalogue = translations(locale_dir, language)
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    known = language if language in LANGUAGES else ENGLISH
    environment.filters["day"] = partial(formats.day, language=known)
    environment.filters["moment"] = partial(formats.moment, language=known)
    return environment
