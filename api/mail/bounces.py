"""What comes back: reports that a mail of ours reached nobody (RFC 3464)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any, Final
from uuid import UUID

__all__ = ["Bounce", "read_bounce"]

_MESSAGE_ID: Final = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^@<>\s]+>")
_HEADER: Final = re.compile(r"^Message-ID:.*(?:\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)
_STATUS: Final = re.compile(r"5\.\d{1,3}\.\d{1,3}")
_RETURNED: Final = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"})


@dataclass(frozen=True, slots=True)
class Bounce:
    """``mail_id`` is the id that the mail was built with, ``status`` its end (RFC 3463)."""

    mail_id: UUID
    status: str


def read_bounce(message: Message) -> Bounce | None:
    """The bounce that a message reports; None for one that reports none for good, or not of ours.

    Only a report for machines counts: words such as "out of office" mean nothing here.
    """
    if message.get_content_type() != "multipart/report":
        return None
    status = next(_failures(message), None)
    mail_id = next(_ids(message), None)
    return Bounce(mail_id, status) if status and mail_id else None


def _failures(message: Message) -> Iterator[str]:
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks: Any = part.get_payload()
        for block in blocks if isinstance(blocks, list) else ():
            action = str(block["Action"] or "").strip().lower()
            status = _STATUS.match(str(block["Status"] or "").strip())
            if action == "failed" and status:
                yield status[0]


def _ids(message: Message) -> Iterator[UUID]:
    """Of the mail that is returned in the report; only there can it be ours."""
    for part in message.walk():
        if part.get_content_type() not in _RETURNED:
            continue
        inner: Any = part.get_payload()
        found = inner[0]["Message-ID"] if isinstance(inner, list) else _HEADER.search(str(inner))
        match = _MESSAGE_ID.search(str(found[0] if isinstance(found, re.Match) else found))
        if match:
            yield UUID(match[1])
