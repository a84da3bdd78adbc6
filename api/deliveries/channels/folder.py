"""Development only: each letter becomes a file, and nothing is sent to anyone."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from api.deliveries.channels.base import Content, Outcome, Outgoing
from api.deliveries.models import DeliveryStatus
from api.security.private_files import private_folder, write_private_batch


class FolderChannel:
    """Writes ``<folder>/<letter id>.txt``: envelope lines, a blank line, the letter.

    Writing the same letter again replaces the file with the same bytes, so an attempt whose
    end is unknown can simply be repeated.
    """

    name = "folder"
    requires: tuple[str, ...] = ()
    first_status = DeliveryStatus.QUEUED
    pace: float | None = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def closed_until(self, now: datetime) -> datetime | None:  # noqa: ARG002 (never closed)
        return None

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
