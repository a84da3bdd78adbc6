"""The mailbox in which bounces arrive: an mbox file or a maildir.

It may be read as often as wanted: reading a message again changes nothing, and neither does reading
change the mailbox.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from hashlib import sha256
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from api.confirmation.bounces import mail_bounced
from api.database.session import transaction
from api.deliveries.bounces import letter_bounced
from api.mail.bounces import read_bounce
from api.security.keys import KeyRing
from api.supporters.vault import Vault

__all__ = ["MailboxUnreadable", "ReturnedMail", "messages_of", "take_all"]


class MailboxUnreadable(OSError):
    """The mailbox with returned mail is not there, or is not ours to read."""


def messages_of(mailbox: Path, known: set[bytes] | None = None) -> Iterator[Message]:
    """Its messages; those that are not ``known`` yet, which they are from then on.

    Raises MailboxUnreadable.
    """
    from mailbox import Maildir, mbox

    try:
        is_maildir = mailbox.is_dir()
        box = Maildir(mailbox, create=False) if is_maildir else mbox(mailbox, create=False)
        for key in box.keys():  # noqa: SIM118 - of a mailbox, not of a dict
            # A maildir's file never changes; a position in an mbox may be another message's later.
            mark = key.encode() if is_maildir else sha256(box.get_bytes(key)).digest()
            if known is None or mark not in known:
                yield box[key]
            if known is not None:
                known.add(mark)
    except KeyError:
        return  # taken away meanwhile: the rest is read the next time
    except OSError as error:
        raise MailboxUnreadable(f"{mailbox}: {error.strerror or 'no mailbox'}.") from error


@dataclass
class ReturnedMail:
    """Processes bounces: letters and mails that reached nobody."""

    engine: AsyncEngine
    keys: KeyRing
    vault: Vault
    mailbox: Path
    _known: set[bytes] = field(default_factory=set)
    _stamp: tuple[float, ...] = ()

    async def take_new(self) -> int:
        """Take what has come since the last time; how many messages. Raises MailboxUnreadable."""
        stamp = await asyncio.to_thread(self._stamped)
        if stamp == self._stamp:
            return 0
        new = 0
        messages = messages_of(self.mailbox, self._known)
        while (message := await asyncio.to_thread(next, messages, None)) is not None:
            await self.take(message)
            new += 1
        self._stamp = stamp
        return new

    async def take(self, message: Message) -> str:
        """What it was: ``letters``, ``known``, ``other``, or what a returned mail meant."""
        bounce = read_bounce(message)
        if bounce is None:
            return "other"
        async with transaction(self.engine) as session:
            if await letter_bounced(session, bounce):
                return "letters"
            meaning = await mail_bounced(session, bounce, self.vault, self.keys)
            return meaning or "known"

    def _stamped(self) -> tuple[float, ...]:
        """A value that changes when a message arrives."""
        folders = [self.mailbox / name for name in ("new", "cur")]
        paths = folders if self.mailbox.is_dir() else [self.mailbox]
        try:
            found = [path.stat() for path in paths]
        except OSError as error:
            raise MailboxUnreadable(f"{self.mailbox}: {error.strerror}.") from error
        return tuple(number for each in found for number in (each.st_mtime_ns, each.st_size))


async def take_all(returned: ReturnedMail, messages: Iterable[Message]) -> Counter[str]:
    """Take these; how many there were of each."""
    found: Counter[str] = Counter()
    for message in messages:
        found[await returned.take(message)] += 1
    return found
