"""New reference data: fetched, condensed, checked as a whole, and only then installed.

The published files come from a folder or over HTTP. A set that is incomplete, contradictory or
old is refused with every reason, and the present one stays.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx

from api.targets import condense, dataset, line_plan, origin, validate
from api.targets.apportionment import DIVIDED
from api.targets.congress import Directory
from api.targets.dataset import BrokenData, DataSet
from api.targets.line_list import LineList
from api.targets.line_plan import Lines, Table
from api.targets.lines import Source

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
    zips_of: int | None = None  # by whose lines the ZIP table is; None: by those of ``congress``
    zips_origin: str | None = None  # where a ZIP table comes from that is not the public one


@dataclass(frozen=True)
class Known:
    """What is known of the lines of the next Congress; ``given`` with this very import."""

    listed: LineList | None = None
    given: bool = False


NOTHING_KNOWN = Known()


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
    files: Mapping[str, bytes],
    edition: Edition,
    present: DataSet | None,
    today: date,
    known: Known = NOTHING_KNOWN,
) -> tuple[DataSet, list[str]]:
    """The new data set and notes on what was dropped.

    A ZIP table that is not among ``files`` is the present one, whose lines serve a new Congress
    only in the states of which that is ``known``. Raises Refused, BrokenData.
    """
    if present is None and {condense.ZIPS, condense.PREFIXES} - files.keys():
        raise Refused(["there is no present data whose ZIP codes could be kept"])
    if present is not None and edition.as_of < present.as_of:
        raise Refused([f"the present data is newer: as of {present.as_of}, not {edition.as_of}"])
    data, notes = condense.condense(
        files, congress=edition.congress, as_of=edition.as_of, present=present
    )
    lines = _lines(data, edition, present if condense.ZIPS not in files else None, present, known)
    data = replace(lines.put_in(data), made=_made(present))
    data = replace(data, sources=origin.sources(data, edition.commit, present, edition.zips_origin))
    notes += lines.notes
    found = [*lines.problems, *validate.problems(data, today)]
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


def add_lines(table: Table, states: Collection[str], present: DataSet, today: date) -> DataSet:
    """The present data with a table's lines of ``states`` (empty: of all that it has).
    Raises Refused."""
    of = table.of
    new, old = line_plan.by_state(table.zips), line_plan.by_state(present.zips)
    wanted = sorted(set(states) or new.keys() & set(DIVIDED))
    found = [] if of > present.base else [f"the ZIP table at hand is for Congress {present.base}"]
    if not wanted:
        found.append("the table has no state with several districts")
    for state in wanted:
        found += _lines_of(state, new[state], old[state], of, present)
    if found:
        raise Refused(found)
    data = line_plan.added(table, wanted, present).put_in(present)
    return _checked(replace(data, made=_made(present)), today)


def judge_lines(present: DataSet, listed: LineList, today: date) -> DataSet:
    """The present data with another list of who kept its lines. Raises Refused."""
    data = line_plan.kept(present, listed).put_in(present)
    return _checked(replace(data, made=_made(present)), today)


def _checked(data: DataSet, today: date) -> DataSet:
    if problems := list(validate.problems(data, today)):
        raise Refused(problems)
    return data


def _lines_of(
    state: str, new: Mapping[str, str], old: Mapping[str, str], of: int, present: DataSet
) -> Iterator[str]:
    """What keeps a state's rows from being taken for its new lines."""
    if state not in DIVIDED:
        yield f"{state}: it is no state with several districts, and needs no lines"
        return
    if not new:
        yield f"{state}: the table has no row of it"
        return
    verdicts = [e.verdict(of) for e in present.editions() if e.state == state]
    verdict = next((v for v in verdicts if v), None)
    if line_plan.are_old(old, new) and not (verdict and verdict.kept):
        yield line_plan.old_lines(state, of, present.base, verdict)


def _lines(
    data: DataSet,
    edition: Edition,
    at_hand: DataSet | None,
    present: DataSet | None,
    known: Known,
) -> Lines:
    """The lines of the new set: those ``at_hand`` where no ZIP table came, else the table's."""
    if at_hand is not None:
        return line_plan.kept(at_hand, known.listed)
    of = edition.zips_of or edition.congress
    source = _source(of, edition)
    table = Table(data.zips, of, source)
    if present is None:
        return line_plan.replaced(table, known.listed)
    if of < present.base:
        raise Refused([f"the ZIP table at hand is for Congress {present.base}, a later one"])
    if of == present.base:
        same = data.zips == present.zips
        fresh = present if same else line_plan.replaced(table, None).put_in(present)
        return line_plan.with_newer(line_plan.kept(fresh, known.listed), present)
    return line_plan.succeeded(table, present, known.listed, explicit=known.given)


def _source(of: int, edition: Edition) -> Source:
    title, day = f"ZIP table of Congress {of}", edition.as_of.isoformat()
    if edition.zips_origin:
        return Source(title, edition.zips_origin, None, day)
    place = origin.place(condense.ZIPS)
    return Source(title, place, place, day)


def _made(present: DataSet | None) -> str:
    """The time, and in any case one after that of the set which this one is to follow."""
    now = datetime.now(UTC)
    if present is not None:
        before = datetime.fromisoformat(present.made)
        now = max(now, before + timedelta(seconds=1))
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


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
