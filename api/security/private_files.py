"""Files that only their owner reads, and that are there whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

__all__ = ["private_folder", "sync_folder", "temporary_beside", "write_private"]


def private_folder(folder: Path) -> None:
    """Makes ``folder`` and what is missing above it, each 0700; what exists is left as it is."""
    for each in (*reversed(folder.parents), folder):
        each.mkdir(mode=0o700, exist_ok=True)


def write_private(target: Path, content: bytes) -> None:
    """Writes or replaces ``target``, mode 0600; after it returned a power cut loses nothing.

    Raises OSError, and then the target is as it was.
    """
    with temporary_beside(target, content) as temporary:
        temporary.replace(target)
        sync_folder(target.parent)


@contextlib.contextmanager
def temporary_beside(target: Path, content: bytes) -> Iterator[Path]:
    """A synced file ``.<name>.<random>.new`` in the same folder, gone afterwards if not moved."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder last, as ``fsync`` does for a file's bytes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
