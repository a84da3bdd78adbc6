"""What may be said of a mail that was asked for, to anybody and in every state.

Whether it goes out depends on things that are nobody's to find out from outside: who owns the
mailbox, whether they stopped our mail or took part, how many mails went there. So every answer
says this one sentence, in the same bytes.
"""

from typing import Final

import orjson

__all__ = ["IF_MAIL_COMES", "MAIL_ASKED"]


def N_(message: str) -> str:  # noqa: N802 (gettext's name for "translate this later")
    return message


IF_MAIL_COMES: Final = N_(
    "If this mailbox takes our mail, it comes within minutes, or later while very many people "
    "write. Nothing comes where its owner stopped our mail, where three of our mails came within "
    "a day (the last of them leads to all that waits), or where the same was mailed before."
)

# The body of each 202 to somebody who asks for a mail.
MAIL_ASKED: Final = orjson.dumps({"status": "asked", "mail": IF_MAIL_COMES})
