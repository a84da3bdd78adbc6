"""Builds the mails that are sent, so that nothing in them can become a header of its own.

Python's ``email`` decodes encoded words in a value that is set as a header, and some of its
releases write what they decode to as new lines. So control characters and ``=?`` are refused
in every value, and the built bytes are parsed again: their headers must be those intended.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_string, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Any, Final, Self
from urllib.parse import urlsplit
from uuid import UUID

from api.errors import DomainError
from api.security.addresses import check_address

__all__ = [
    "Draft",
    "HeaderRefused",
    "Letter",
    "Sender",
    "build_letter",
    "build_message",
    "mail_id_of",
]

_REFUSED: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|=\\?")
_UNFOLDED: Final = frozenset({"message-id", "list-unsubscribe"})
_LONGEST_PLAIN_LINE: Final = 900  # bytes; RFC 5322 ends a line at 998
_MESSAGE_ID: Final = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^@<>\s]+>")


class HeaderRefused(DomainError):
    """A mail cannot be built, since one of its values must not be in a header."""

    status = 500
    code = "mail_header_refused"
    title = "A mail cannot be built"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who mails are from: a display name, which may be empty, and an address."""

    name: str
    address: str

    def __post_init__(self) -> None:
        _check("From", self.name + self.address)

    @classmethod
    def parse(cls, value: str) -> Self:
        """From "Name <address>". Raises HeaderRefused when it is not of that form."""
        _check("From", value)
        name, address = parseaddr(value)
        local, at, domain = address.rpartition("@")
        if not (local and at and domain) or not re.fullmatch(r"[!-~]+", address):
            raise HeaderRefused(
                "UNDERSIGNED_MAIL_FROM has to be of the form: Name <address@example.org>"
            )
        return cls(name, address)

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a mail says: a subject, the same in text and HTML, and a link to unsubscribe."""

    subject: str
    text: str
    html: str
    unsubscribe_url: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A supporter's letter as a mail: plain text, and whom an answer goes to."""

    subject: str
    text: str
    writer: str
    answer_to: str


class _Policy(EmailPolicy):
    """The SMTP policy, except that it never folds or encodes headers that programs read."""

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in _UNFOLDED:
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in _UNFOLDED:
            return self.fold(name, value).encode("ascii")
        return bytes(super().fold_binary(name, value))


_POLICY: Final = _Policy(linesep="\r\n", cte_type="7bit", utf8=False)


def build_message(
    draft: Draft, sender: Sender, to_address: str, mail_id: UUID, now: datetime
) -> EmailMessage:
    """The mail, with a Message-ID made from ``mail_id`` so that a repetition is recognized.

    Raises HeaderRefused for values that are not plain header text, and TextRefused for an
    invalid address. Its bytes are ``bytes(message)``.
    """
    headers = _headers(draft, sender, check_address(to_address), mail_id, now)
    return _assemble(headers, to_address, draft.text, draft.html)


def build_letter(
    letter: Letter, sender: Sender, to_address: str, mail_id: UUID, now: datetime
) -> EmailMessage:
    """The mail that brings a supporter's letter to an office; answers go to its writer.

    Raises as ``build_message``: what its writer typed stands in ``Subject`` and ``Reply-To``.
    """
    to_address = check_address(to_address)
    headers = {
        "From": _address(sender.address, sender.name),
        "To": _address(to_address),
        "Reply-To": _address(check_address(letter.answer_to), letter.writer),
        "Subject": letter.subject,
        "Date": format_datetime(now),
        "Message-ID": f"<{mail_id}@{sender.domain}>",
    }
    return _assemble(headers, to_address, letter.text)


def _assemble(
    headers: dict[str, Any], to_address: str, text: str, html: str | None = None
) -> EmailMessage:
    to_address = check_address(to_address)
    rules = _POLICY if to_address.isascii() else _POLICY.clone(utf8=True)
    message = EmailMessage(policy=rules)
    for name, value in headers.items():
        _check(name, str(value))
        message[name] = value
    message.set_content(text, cte=_encoding(text))
    if html is not None:
        message.add_alternative(html, subtype="html", cte=_encoding(html))
    added = {"MIME-Version", "Content-Type"}
    if html is None:
        added.add("Content-Transfer-Encoding")
    _check_built(message, {*headers, *added}, to_address)
    return message


def mail_id_of(message: EmailMessage) -> UUID:
    """The id that the mail was built with. Raises HeaderRefused when it has none."""
    match = _MESSAGE_ID.fullmatch(str(message["Message-ID"]))
    if match is None:
        raise HeaderRefused("The mail has no Message-ID of ours.")
    return UUID(match.group(1))


def _headers(
    draft: Draft, sender: Sender, to_address: str, mail_id: UUID, now: datetime
) -> dict[str, Any]:
    return {
        "From": _address(sender.address, sender.name),
        "To": _address(to_address),
        "Subject": draft.subject,
        "Date": format_datetime(now),
        "Message-ID": f"<{mail_id}@{sender.domain}>",
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers
        "List-Unsubscribe": f"<{_url(draft.unsubscribe_url)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
    }


def _address(address: str, name: str = "") -> Address:
    # Given as two parts: as one string, Python refuses a local part beyond ASCII.
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)


def _url(value: str) -> str:
    """``value`` if it can stand between angle brackets. Raises HeaderRefused."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[!#-;=?-~]+", value):
        raise HeaderRefused("A mail's unsubscribe link is no plain http(s) address.")
    return value


def _check(name: str, value: str) -> None:
    if _REFUSED.search(value):
        # The value is not part of the sentence: it may be personal data.
        raise HeaderRefused(f"The header {name} would hold control characters or an encoded word.")


def _encoding(body: str) -> str:
    """Readable bytes where the body allows, so that a mail in the outbox folder can be read."""
    longest = max((len(line) for line in body.splitlines()), default=0)
    return "7bit" if body.isascii() and longest <= _LONGEST_PLAIN_LINE else "quoted-printable"


def _check_built(message: EmailMessage, intended: set[str], to_address: str) -> None:
    built = message_from_string(bytes(message).decode("utf-8"), policy=policy.SMTPUTF8)
    names = sorted(name.lower() for name in built.keys())  # noqa: SIM118 - repeated names count
    if names != sorted(name.lower() for name in intended):
        raise HeaderRefused("The built mail has other headers than intended.")
    recipients = [address.addr_spec for address in built["To"].addresses]
    if recipients != [to_address]:
        raise HeaderRefused("The built mail has other recipients than intended.")
