"""Mail as files, for development: a first run sends nothing to anyone."""

import asyncio
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from api.mail.message import mail_id_of
from api.mail.outcomes import Outcome, Sent, Temporary
from api.security.private_files import private_folder, write_private

__all__ = ["EmlFolder"]


class EmlFolder:
    """Writes each mail to ``<folder>/<mail id>.eml``, for nobody else to read.

    A file is there whole or not at all, also after a power cut; the same mail sent again
    replaces its file. The folder holds personal data and has its retention.
    """

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder
        private_folder(folder)

    async def send(self, message: EmailMessage) -> Outcome:
        target = self.folder / f"{mail_id_of(message)}.eml"
        try:
            await asyncio.to_thread(write_private, target, bytes(message))
        except OSError as error:
            return Temporary(f"folder_{error.errno}")
        return Sent()

    async def close(self) -> None:
        """Nothing is kept open."""
