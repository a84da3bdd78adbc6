"""A composer over the project's own templates, and a mail made with it."""

from collections.abc import Callable
from email.message import EmailMessage
from uuid import UUID

import pytest

from api.mail.compose import Composer, Links, MailKind, Occasion
from api.mail.message import Sender
from api.security.identifiers import new_id
from api.settings import ROOT

Make = Callable[..., EmailMessage]


@pytest.fixture
def links() -> Links:
    return Links(
        "https://letters.example.org/confirm/" + "a" * 43,
        "https://letters.example.org/unsubscribe/" + "b" * 43,
    )


@pytest.fixture
def composer() -> Composer:
    sender = Sender.parse("Undersigned <no-reply@letters.example.org>")
    return Composer(ROOT / "templates", ROOT / "locale", sender)


@pytest.fixture
def make(composer: Composer, links: Links) -> Make:
    def mail(to: str = "ani@example.org", mail_id: UUID | None = None) -> EmailMessage:
        facts = {"valid_hours": 72, "closes": None, "ours": 4, "yours": 0, "tests": 0, "held": 0}
        occasion = Occasion(MailKind.CONFIRMATION, "en", "Reverse the waiver", links, facts)
        return composer.compose(occasion, mail_id or new_id(), to)

    return mail
