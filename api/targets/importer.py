"""New reference data: fetched, condensed, checked as a whole, and only then installed.

The published files come from a folder or over HTTP. A set that is incomplete, contradictory or
old is refused with every reason, and the present one stays.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import httpx

from api.targets import condense, dataset, origin, validate
from api.targets.congress import Directory
from api.targets.dataset import BrokenData, DataSet

UPSTREAM = "https://unitedstates.github.io/congress-legislators"
LARGEST = 32 * 2**20  # bytes of one file; the largest has 1.1 MB
MOST_DROPPED = 60
TIMEOUT = httpx.Timeout(30.0)

Progress = Callable[[str, int, int | None], None]  # file, bytes so far, bytes in all if known


class Refused(BrokenData):
    """The new data is not used; ``problems`` has every reason."""

    code = "data_refused"
    title = "The new data is refused; the present data stays"

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        super().__init__(f"The new data is refused: {self.problems[0]}{more}.")


@dataclass(frozen=True)
class Edition:
    """What the files cannot say of themselves: their day, their Congress, their commit."""

    as_of: date
    congress: int
    commit: str | None = None


def locations(
    source: str | None, *, keep_zips: bool = False, zips: str | None, prefixes: str | None
) -> dict[str, str]:
    """File name -> path or URL.

    Without a ``source`` the members come from their home, and the ZIP tables are kept; with one,
    all files are wanted from it, unless ``keep_zips``. ``zips`` and ``prefixes`` name a file.
    """
    base = (source or UPSTREAM).rstrip("/")
    kept = keep_zips or source is None
    names = condense.MEMBER_FILES if kept else condense.FILES
    found = {name: f"{base}/{name}" for name in names}
    named = {condense.ZIPS: zips, condense.PREFIXES: prefixes}
    return found | {name: place for name, place in named.items() if place}


def fetch(places: Mapping[str, str], progress: Progress) -> dict[str, bytes]:
    """The bytes of every file. Raises Refused where one cannot be had, with the reason."""
    with httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client:
        return {name: _fetch_one(client, name, place, progress) for name, place in places.items()}


def build(
    files: Mapping[str, bytes], edition: Edition, present: DataSet | None, today: date
) -> tuple[DataSet, list[str]]:
    """The new data set and notes on what was dropped.

    A ZIP table that is not among ``files`` is the present one. Raises Refused, BrokenData.
    """
    if kept := {condense.ZIPS, condense.PREFIXES} - files.keys():
        _check_present(present, edition, kept)
    data, notes = condense.condense(
        files, congress=edition.congress, as_of=edition.as_of, present=present
    )
    data = replace(data, sources=origin.sources(data, edition.commit, present))
    found = validate.problems(data, today)
    if len(notes) > MOST_DROPPED:
        found.append(f"{len(notes)} entries fit no member: the files are not of one day")
    if found:
        raise Refused(found)
    return data, notes


def install(data: DataSet, data_dir: Path) -> Directory:
    """Writes the set beside the present one, reads it back, and puts it in place.

    The data is one file, so one rename replaces it whole; a crash leaves the old or the new.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".import-", dir=data_dir))
    try:
        _write(staging / dataset.FILE_NAME, dataset.encode(data))
        _write(staging / origin.FILE_NAME, origin.text(data).encode())
        directory = Directory.load(staging)
        for name in (dataset.FILE_NAME, origin.FILE_NAME):
            (staging / name).replace(data_dir / name)
        _sync(data_dir)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return directory


def _check_present(present: DataSet | None, edition: Edition, kept: Collection[str]) -> None:
    if present is None:
        raise Refused(["there is no present data whose ZIP codes could be kept"])
    if condense.ZIPS in kept and present.congress != edition.congress:
        which = f"Congress {present.congress}, not {edition.congress}"
        raise Refused([f"the present ZIP codes are for {which}: import a ZIP table as well"])


def _fetch_one(client: httpx.Client, name: str, place: str, progress: Progress) -> bytes:
    progress(name, 0, None)
    if place.startswith(("http://", "https://")):
        return _download(client, name, place, progress)
    try:
        raw = Path(place).read_bytes()
    except OSError as error:
        raise Refused([f"{name} cannot be read from {place} ({error.strerror})"]) from error
    progress(name, len(raw), len(raw))
    return raw


def _download(client: httpx.Client, name: str, url: str, progress: Progress) -> bytes:
    received = bytearray()
    try:
        with client.stream("GET", url) as response:
            if not response.is_success:
                raise Refused([f"{name}: {url} answered {response.status_code}"])
            length = response.headers.get("content-length", "")
            encoded = "content-encoding" in response.headers
            total = int(length) if length.isdigit() and not encoded else None
            for chunk in response.iter_bytes():
                received += chunk
                if len(received) > LARGEST:
                    raise Refused([f"{name}: {url} is larger than {LARGEST} bytes"])
                progress(name, len(received), total)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Refused([f"{name}: {url} failed ({type(error).__name__})"]) from error
    progress(name, len(received), len(received))
    return bytes(received)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
