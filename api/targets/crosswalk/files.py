"""Large text files and those inside a .zip, opened as text that is read once, with progress."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TextIO

from api.targets.crosswalk.problems import FilesRefused, at_line

Progress = Callable[[str, int, int], None]  # what is read, bytes so far, bytes in all

LARGEST = 8 * 2**30  # bytes of one file when unpacked; the largest official one has 1.1 GB
_CHUNK = 2**20
_LONGEST_LINE = 2**20
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or a ``member`` of a .zip. ``size`` is in bytes, unpacked."""

    path: Path
    member: str | None
    size: int

    @property
    def name(self) -> str:
        return f"{self.path.name}/{self.member}" if self.member else self.path.name

    @property
    def suffix(self) -> str:
        return Path(self.member or self.path).suffix.lower()


def sources(path: Path, suffixes: tuple[str, ...]) -> list[Source]:
    """The file itself, or the members of a .zip that end in one of ``suffixes``."""
    with _readable(path.name):
        if path.suffix.lower() != ".zip":
            return [Source(path, None, path.stat().st_size)]
        with zipfile.ZipFile(path) as archive:
            found = [
                Source(path, info.filename, info.file_size)
                for info in archive.infolist()
                if info.filename.lower().endswith(suffixes) and not info.filename.startswith("__")
            ]
    if not found:
        raise FilesRefused([f"{path.name} holds no file that ends in {', '.join(suffixes)}"])
    return found


def checksum(path: Path) -> str:
    """SHA-256 of the file as it lies there."""
    with _readable(path.name), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def opened(source: Source, progress: Progress, encoding: str = "utf-8-sig") -> Iterator[TextIO]:
    """The text of a source. Raises FilesRefused where it cannot be read to its end."""
    if source.size > LARGEST:
        raise FilesRefused([f"{source.name} is larger than {LARGEST:,} bytes"])
    with _readable(source.name):
        try:
            with _raw(source) as raw:
                metered = io.BufferedReader(_Metered(raw, source, progress), _CHUNK)
                yield io.TextIOWrapper(metered, encoding=encoding, newline="")
        except UnicodeDecodeError as error:
            line = _undecodable(source)
            raise at_line(source.name, line, "is not UTF-8: save the file as UTF-8") from error


@contextmanager
def _raw(source: Source) -> Iterator[IO[bytes]]:
    if source.member is None:
        with source.path.open("rb") as file:
            yield file
        return
    with zipfile.ZipFile(source.path) as archive, archive.open(source.member) as file:
        yield file


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FilesRefused([f"{name} cannot be read ({error.strerror or error})"]) from error
    except _DAMAGED as error:
        why = f"{type(error).__name__}: {error}"
        raise FilesRefused([f"{name} is damaged or cut off ({why}): get it again"]) from error


def _undecodable(source: Source) -> int:
    """The first line that is not UTF-8."""
    with _raw(source) as raw:
        for number, line in enumerate(raw, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 0


def lines_with(source: Source, text: str, most: int = 2) -> list[int]:
    """The first lines in which ``text`` stands. For a refusal, which has to name them."""
    found: list[int] = []
    with _readable(source.name), _raw(source) as raw:
        for number, line in enumerate(raw, start=1):
            if text.encode() in line:
                found.append(number)
                if len(found) == most:
                    break
    return found


class _Metered(io.RawIOBase):
    """Tells how far reading is, and ends it at a line that no official file has: a file that is
    one line would be read into memory as a whole."""

    def __init__(self, raw: IO[bytes], source: Source, progress: Progress) -> None:
        self._raw, self._source, self._progress = raw, source, progress
        self._done = self._told = self._line = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = self._raw.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self._done += len(chunk)
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        self._line = len(chunk) - end if end >= 0 else self._line + len(chunk)
        if self._line > _LONGEST_LINE:
            raise FilesRefused([f"{self._source.name} has a line of over {_LONGEST_LINE:,} bytes"])
        if not chunk or self._done - self._told >= _CHUNK:
            self._told = self._done
            self._progress(self._source.name, self._done, self._source.size)
        return len(chunk)
