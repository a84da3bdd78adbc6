"""What every answer says about a mail that was requested.

Whether it is sent depends on things that no outsider may find out: who owns the mailbox, whether
they unsubscribed or took part, how many mails went there. So every answer has this one sentence,
byte for byte the same, and it is true of every mail that can be requested.
"""

from typing import Final

from api.i18n import N_

__all__ = ["IF_MAIL_COMES"]


IF_MAIL_COMES: Final = N_(
    "If this mailbox takes our mail, it comes within minutes, or later when mail is held up. "
    "Nothing comes where there is nothing new to mail, where our mail was stopped, or after three "
    "in a day (one of them leads to all that waits)."
)
