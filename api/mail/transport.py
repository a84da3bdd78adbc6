"""Which way mail leaves, by the settings."""

from email.message import EmailMessage
from typing import Protocol

from api.mail.eml_folder import EmlFolder
from api.mail.message import Sender
from api.mail.outcomes import Blocked, Outcome, Permanent, Sent, Temporary, Unknown
from api.mail.smtp import MailNotConfigured, Smtp, SmtpUrl
from api.settings import Settings

__all__ = [
    "Blocked",
    "EmlFolder",
    "MailNotConfigured",
    "Outcome",
    "Permanent",
    "Sent",
    "Smtp",
    "SmtpUrl",
    "Temporary",
    "Transport",
    "Unknown",
    "make_transport",
]


class Transport(Protocol):
    """Hands one mail over and says what became of it; ``close`` ends what it keeps open."""

    async def send(self, message: EmailMessage) -> Outcome: ...

    async def close(self) -> None: ...


def make_transport(settings: Settings) -> Transport:
    """SMTP where a server is set, else files in the outbox folder.

    Raises MailNotConfigured in production without a server or without a sender of its own, and for
    an invalid URL; HeaderRefused for an invalid sender.
    """
    sender = Sender.parse(settings.mail_from)
    if settings.production:
        _check_production(settings, sender)
    if settings.smtp_url is not None:
        return Smtp(SmtpUrl.parse(settings.smtp_url.get_secret_value()))
    return EmlFolder(settings.outbox_dir / "mail")


def _check_production(settings: Settings, sender: Sender) -> None:
    if settings.smtp_url is None:
        raise MailNotConfigured(
            "In production, mail needs a server: set UNDERSIGNED_SMTP_URL, "
            "for instance to smtps://user:password@mail.example.org:465"
        )
    if sender.domain == "localhost":
        raise MailNotConfigured(
            "In production, UNDERSIGNED_MAIL_FROM has to name an address of your own domain."
        )
