"""Development only: each letter becomes a file, and nothing is sent to anyone."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from api.deliveries.channels.base import Channel, Content, Outcome, Outgoing
from api.deliveries.channels.kind import ChannelKind, SentBy, Setup
from api.deliveries.models import DeliveryStatus
from api.i18n import N_
from api.security.private_files import private_folder, write_private_batch

TEST_INSTALLATION: Final = "test_installation"


class FolderChannel(Channel):
    """Writes ``<folder>/<letter id>.txt``: envelope lines, a blank line, the letter.

    Writing the same letter again replaces the file with the same bytes, so an attempt whose
    end is unknown can simply be repeated.
    """

    name = "folder"
    test = TEST_INSTALLATION
    outside = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.how = f"are written to {folder.resolve()}, and sent to nobody"

    def prepare(self, content: Content) -> bytes:
        lines = (
            f"Seat: {content.seat}",
            f"To: {content.to}",
            f"Campaign: {content.campaign}",
            f"Subject: {content.subject}",
        )
        return ("\n".join(lines) + "\n\n" + content.text + "\n").encode()

    async def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        return await asyncio.to_thread(self._write_all, batch)

    def _write_all(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        private_folder(self.folder)
        files = {f"{outgoing.letter_id}.txt": outgoing.payload for outgoing in batch}
        write_private_batch(self.folder, files)
        return [Outcome(DeliveryStatus.WRITTEN)] * len(batch)


def _make(setup: Setup) -> Iterator[FolderChannel]:
    if not setup.settings.production:
        yield FolderChannel(setup.settings.outbox_dir / "letters")


FOLDER: Final = ChannelKind(
    name=FolderChannel.name,
    names=FolderChannel.name,
    make=_make,
    ways={
        (SentBy.NOBODY, TEST_INSTALLATION): N_(
            "This is a test installation: the letter becomes a file on its disk, and goes to "
            "nobody."
        ),
    },
)
