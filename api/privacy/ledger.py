"""Who asked to be erased, by ids alone, in a file that no backup of the database holds.

It is only ever appended to, and synced before the one who asked is answered; a restore replays
it, so that nobody comes back with the backup.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import orjson

from api.errors import DomainError
from api.security.private_files import private_folder, sync_folder


class LedgerUnreadable(DomainError):
    status = 503
    code = "erasure_ledger"
    title = "The erasure ledger cannot be used"


@dataclass(frozen=True, slots=True)
class Erasure:
    """One person of one campaign, with the ids of the forms that were theirs."""

    person_id: UUID
    supporter_ids: Sequence[UUID]


def append(file: Path, erasure: Erasure) -> None:
    """Write one line and sync it. Raises LedgerUnreadable: then nothing may be erased."""
    entry = {
        "at": datetime.now(UTC).replace(minute=0, second=0, microsecond=0),
        "person": erasure.person_id,
        "supporters": list(erasure.supporter_ids),
    }
    try:
        private_folder(file.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(file, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # A line that a power cut left incomplete is ended first: nobody got an answer for it.
            os.write(descriptor, b"\n" if _is_cut(file) else b"")
            os.write(descriptor, orjson.dumps(entry) + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(file.parent)
    except OSError as error:
        raise LedgerUnreadable("Nothing was erased: try again in a minute.") from error


def read(file: Path) -> Iterator[Erasure]:
    """Every erasure in a ledger. Raises LedgerUnreadable for a file that is not there."""
    return (found for line in _lines(file) if (found := _entry(line)) is not None)


def unreadable(file: Path) -> int:
    """How many lines say nothing: cut off by a power failure, and answered to nobody, or damaged.

    Raises LedgerUnreadable.
    """
    return sum(1 for line in _lines(file) if line.strip() and _entry(line) is None)


def _lines(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().split(b"\n")
    except OSError as error:
        raise LedgerUnreadable(f"{file} cannot be read: {error.strerror}.") from error


def _entry(line: bytes) -> Erasure | None:
    try:
        entry = orjson.loads(line)
        return Erasure(UUID(entry["person"]), [UUID(each) for each in entry["supporters"]])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_cut(file: Path) -> bool:
    with file.open("rb") as opened:
        if opened.seek(0, os.SEEK_END) == 0:
            return False
        opened.seek(-1, os.SEEK_END)
        return opened.read(1) != b"\n"
