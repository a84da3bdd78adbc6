"""Bounces: reports that say what happened to a mail of ours (RFC 3464).

Anybody can send such a report. What it says about a mailbox counts only if it names both the
mail's Message-ID and exactly the address that the mail went to, and even then only as one of two
(see ``api.mail.suppressions``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any, Final
from uuid import UUID

from api.mail.refusals import Meaning, meaning_of
from api.security.addresses import check_address
from api.security.text import TextRefused

__all__ = ["Bounce", "Failure", "Report", "read_bounce"]

_MESSAGE_ID: Final = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^@<>\s]+>")
_HEADER: Final = re.compile(r"^Message-ID:.*(?:\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")
_SMTP_CODE: Final = re.compile(r"\s*smtp\s*;\s*([245]\d\d)\b", re.IGNORECASE)
# "smtp; 550 5.7.1 …", "smtp; 550-5.7.1 …", "X-Postfix; host … said: 550 5.7.1 …".
_OWN_STATUS: Final = re.compile(
    r"[\w-]+\s*;(?:.*?\bsaid:)?\s*[245]\d\d[\s-]\s*#?\s*([245]\.\d{1,3}\.\d{1,3})\b", re.DOTALL
)
_RETURNED: Final = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"})


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported of one recipient. ``action`` is ``failed``, ``delayed``, ``delivered``,
    ``relayed`` or ``expanded``; ``status`` its enhanced status, as 5.1.1."""

    recipient: str
    action: str
    status: str
    words: str

    @property
    def failed(self) -> bool:
        return self.action == "failed" and not self.status.startswith("2")

    @property
    def meaning(self) -> Meaning:
        """The meaning by the report's status and by the one in the server's own words. If the two
        differ, only a block list counts: one of them may be from a relay that gave up."""
        code, own = _SMTP_CODE.match(self.words), _OWN_STATUS.match(self.words)
        said = [own[1]] if own else []
        if not (own and re.fullmatch(r"[245]\.0\.0", self.status)):  # it says nothing
            said.append(self.status)
        number = int(code[1]) if code else None
        found = {meaning_of(number, status, self.words) for status in said}
        of_us = found & {Meaning.BLOCKED, Meaning.OUR_ACCOUNT}
        if of_us or len(found) == 1:
            return (of_us or found).pop()
        return Meaning.THIS_MAIL


@dataclass(frozen=True, slots=True)
class Failure:
    """A mail reached nobody. ``meaning`` is THIS_MAIL unless the report is about its address."""

    status: str
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report on the mail that was built with ``mail_id``, at least one of it a failure."""

    mail_id: UUID
    reports: tuple[Report, ...]

    def failure(self, address: str | None) -> Failure | None:
        """What became of the mail to ``address``; None unless it failed.

        Where no report is of this address (it was passed on, or is not known any more), only
        that all of them failed says that the mail did.
        """
        own = [report for report in self.reports if _same(report.recipient, address)]
        told = own or self.reports
        if not all(report.failed for report in told):
            return None
        return Failure(told[0].status, told[0].meaning if own else Meaning.THIS_MAIL)


def read_bounce(message: Message) -> Bounce | None:
    """The bounce that a message reports; None for one that reports none for good, or not of ours.

    Only a report for machines counts: words such as "out of office" mean nothing here.
    """
    if message.get_content_type() != "multipart/report":
        return None
    if str(message.get_param("report-type", "delivery-status")).lower() != "delivery-status":
        return None
    reports = tuple(_reports(message))
    mail_id = next(_ids(message), None)
    failed = any(report.failed for report in reports)
    return Bounce(mail_id, reports) if failed and mail_id else None


def _reports(message: Message) -> Iterator[Report]:
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks: Any = part.get_payload()
        for block in blocks if isinstance(blocks, list) else ():
            action = str(block["Action"] or "").strip().lower()
            status = _STATUS.match(str(block["Status"] or "").strip())
            if action and status:
                kind, _, recipient = str(block["Final-Recipient"] or "").partition(";")
                known = kind.strip().lower() in {"rfc822", "utf-8"}
                words = str(block["Diagnostic-Code"] or "")
                yield Report(recipient.strip() if known else "", action, status[0], words)


def _same(recipient: str, address: str | None) -> bool:
    """Whether both are one address; servers may write its letters small."""
    if address is None:
        return False
    try:
        return check_address(recipient.strip("<>")).casefold() == address.casefold()
    except TextRefused:
        return False


def _ids(message: Message) -> Iterator[UUID]:
    """The ids in the returned mail that the report contains: only they can be ours."""
    for part in message.walk():
        if part.get_content_type() not in _RETURNED:
            continue
        inner: Any = part.get_payload()
        found = inner[0]["Message-ID"] if isinstance(inner, list) else _HEADER.search(str(inner))
        match = _MESSAGE_ID.search(str(found[0] if isinstance(found, re.Match) else found))
        if match:
            yield UUID(match[1])
