"""Who receives: a mail server, and the systems of House and Senate. Nothing kills them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import Message
from random import Random
from typing import Any
from uuid import UUID

from aiosmtpd.smtp import SMTP

from tests.crash.ledgers import Arrival, Received, plain_text
from tests.deliveries.channels.sandboxed import KEY, Running, running

OFFICE = "president@office.example.org"
# Long enough for a kill to meet a mail that is taken and not yet answered.
SLOWEST_ANSWER = 0.15  # seconds
CREDENTIALS = {
    "KEY": KEY,
    "ENVIRONMENT": "production",
    "AGENT": "Example Campaigns, Inc.",
    "CONTACT_NAME": "Delivery Desk",
    "CONTACT_EMAIL": "desk@example.org",
    "CONTACT_PHONE": "202-555-0143",
    "ACK_EMAIL": "acks@example.org",
    "WINDOWS": "",
    "PACE": "100",
    "DEDUPLICATES": "true",
}


class OtherSide:
    """Its ledger is ``received``; ``tell`` is called with each mail that has a link."""

    def __init__(self, congress: Running, chance: Random) -> None:
        self.received = Received()
        self.tell: Callable[[Arrival], None] = lambda _: None
        self.port = 0
        self.congress = congress
        self._chance = chance

    @property
    def environment(self) -> dict[str, str]:
        """Settings by which the product reaches it."""
        chambers = {
            f"UNDERSIGNED_CWC_{chamber}_{name}": value
            for chamber in ("HOUSE", "SENATE")
            for name, value in {**CREDENTIALS, "SANDBOX_URL": self.congress.url}.items()
        }
        return {
            "UNDERSIGNED_SMTP_URL": f"smtp://127.0.0.1:{self.port}",
            "UNDERSIGNED_MAIL_LETTERS": "true",
            "UNDERSIGNED_MAIL_LETTERS_PACE": "50",
            **chambers,
        }

    def settle(self) -> None:
        """Take over what House and Senate accepted."""
        entries = self.congress.sandbox.ledger.entries
        self.received.messages = [(entry["chamber"], UUID(entry["id"])) for entry in entries]

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content)
        if OFFICE in envelope.rcpt_tos:
            self._take_letter(message)
        else:
            self.tell(self.received.take_mail(message, time.time()))
        await asyncio.sleep(self._chance.uniform(0, SLOWEST_ANSWER))
        return "250 taken"

    def _take_letter(self, message: Message) -> None:
        id_ = UUID(str(message["Message-ID"]).strip("<>").partition("@")[0])
        self.received.mailed.setdefault(id_, []).append(plain_text(message))


@asynccontextmanager
async def receiving(chance: Random) -> AsyncIterator[OtherSide]:
    async with running() as congress:
        side = OtherSide(congress, chance)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(side, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0
        )
        side.port = server.sockets[0].getsockname()[1]
        try:
            yield side
        finally:
            server.close()
