"""Files that only their owner can read, written completely or not at all."""

import contextlib
import ctypes
import os
import secrets
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

__all__ = [
    "private_folder",
    "sync_folder",
    "temporary_beside",
    "write_private",
    "write_private_batch",
    "writing_private",
]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# Linux only: where it is missing, each file is synced by itself.
_SYNC_ALL = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


def private_folder(folder: Path) -> None:
    """Makes ``folder`` and its missing parents, each with mode 0700; existing ones stay as is."""
    for each in (*reversed(folder.parents), folder):
        each.mkdir(mode=0o700, exist_ok=True)


def write_private(target: Path, content: bytes) -> None:
    """Writes or replaces ``target``, mode 0600; after it returned a power cut loses nothing.

    Raises OSError, and then the target is as it was.
    """
    with temporary_beside(target, content) as temporary:
        temporary.replace(target)
        sync_folder(target.parent)


def write_private_batch(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes or replaces many files of one folder, mode 0600, synced all at once.

    After it returned a power cut loses nothing. Raises OSError, and then some may be new and the
    others as they were.
    """
    temporary = {name: _temporary_name(folder / name) for name in files}
    try:
        for name, content in files.items():
            with _made(temporary[name]) as descriptor:
                _write(descriptor, content)
        _sync_files(folder, temporary.values())
        for name, path in temporary.items():
            path.replace(folder / name)
        sync_folder(folder)
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def writing_private(target: Path) -> Iterator[BinaryIO]:
    """A file to write to, mode 0600, which replaces ``target`` once the block ends well.

    What is there and is no plain file, such as /dev/stdout, is written to as it is.
    """
    if target.exists() and not target.is_file():
        with target.open("wb") as file:
            yield file
        return
    temporary = _temporary_name(target)
    try:
        with os.fdopen(os.open(temporary, _NEW, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _sync_files(folder: Path, paths: Collection[Path]) -> None:
    """Syncs the files' bytes to disk, with one call for the whole file system where possible."""
    if _SYNC_ALL is not None and len(paths) > 1:
        with _opened(folder, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
            if _SYNC_ALL(descriptor) != 0:
                raise OSError(ctypes.get_errno(), "syncfs failed", str(folder))
        return
    for path in paths:
        with _opened(path, os.O_RDONLY) as descriptor:
            os.fsync(descriptor)


@contextlib.contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _made(path: Path) -> contextlib.AbstractContextManager[int]:
    return _opened(path, _NEW)


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _temporary_name(target: Path) -> Path:
    return target.with_name(f".{target.name}.{secrets.token_hex(8)}.new")


@contextlib.contextmanager
def temporary_beside(target: Path, content: bytes) -> Iterator[Path]:
    """A synced file ``.<name>.<random>.new`` in the same folder, gone afterwards if not moved."""
    temporary = _temporary_name(target)
    try:
        with _made(temporary) as descriptor:
            _write(descriptor, content)
            os.fsync(descriptor)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Syncs the names in a folder to disk, as ``fsync`` does for a file's bytes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
