"""The reference data as one file, ``data/congress.json``.

It is one file so that a new set replaces the old one in one rename: no reader ever sees half of
each. It is JSON with one entry per line, so that a change is readable in a diff.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson

from api.errors import DomainError
from api.targets.apportionment import DIVIDED
from api.targets.lines import Edition, Source

FILE_NAME = "congress.json"
FORMAT = 2
_SECTIONS = ("sources", "committees", "prefixes", "members", "zips")
_SINCE_2 = ("lines", "newer")
NEVER = "1970-01-01T00:00:00Z"  # format 1 does not say when it was made


_ADVICE = "Restore the file, or run `undersigned data import`."


class BrokenData(DomainError):
    """The reference data is missing, damaged or incomplete; ``detail`` says what to do."""

    status = 500
    code = "broken_data"
    title = "The reference data cannot be used"


@dataclass(frozen=True)
class DataSet:
    """The condensed data, as plain values.

    ``sources``: list of {file, origin, licence, commit, as_of}; ``committees``: id -> name;
    ``prefixes``: prefix -> "kind STATES…"; ``members``: see ``condense.member``; ``zips``:
    ZIP -> "MA-5 MA-7", or with the share of its people in each "MA-5:0.25 MA-7:0.75", by the lines
    of the Congress ``zips_of`` (0: of ``congress``); ``newer``: "120:75001" -> "TX-3 TX-32", rows
    by the lines of a later Congress; ``lines``: the editions of each state's lines
    (``lines.Edition``), without any each state's serve ``zips_of`` alone. ``made`` is when the set
    was made (RFC 3339 in UTC), ``digest`` the SHA-256 of the file's bytes.
    """

    congress: int
    as_of: date
    sources: list[dict[str, Any]]
    committees: dict[str, str]
    prefixes: dict[str, str]
    members: list[dict[str, Any]]
    zips: dict[str, str]
    digest: str = ""
    zips_of: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)
    newer: dict[str, str] = field(default_factory=dict)
    made: str = NEVER

    @property
    def base(self) -> int:
        """The Congress by whose lines the rows of ``zips`` are."""
        return self.zips_of or self.congress

    @property
    def version(self) -> tuple[date, str, str]:
        """The newest of several sets is the one with the greatest: by the day of its members, then
        by the time at which it was made, so that new lines win over the same members without."""
        return self.as_of, self.made, self.digest

    def editions(self) -> tuple[Edition, ...]:
        """Of each state with lines. Those of format 1 serve the Congress of the table alone."""
        if self.lines:
            return tuple(Edition.of(value) for value in self.lines)
        row = next((r for r in self.sources if r.get("file") == "zccd.csv"), {})
        told = (str(row.get("origin", "not known")), str(row.get("as_of", self.as_of)))
        source = Source("zccd.csv", told[0], None, told[1])
        return tuple(Edition(state, self.base, source) for state in DIVIDED)


def read(data_dir: Path) -> DataSet:
    """The data set in ``data_dir``. Raises BrokenData with what is wrong."""
    path = data_dir / FILE_NAME
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BrokenData(f"{path} cannot be read ({error.strerror}). {_ADVICE}") from error
    return decode(raw, str(path))


def decode(raw: bytes, name: str = FILE_NAME) -> DataSet:
    """The data set that ``encode`` wrote, or one of format 1. Raises BrokenData, which names it."""
    try:
        value = orjson.loads(raw)
        known = value["format"] in range(1, FORMAT + 1)
        if not known:
            raise BrokenData(f"{name} has format {value['format']}, not {FORMAT}. {_ADVICE}")
        sections = {section: value[section] for section in _SECTIONS}
        if value["format"] > 1:
            sections |= {section: value[section] for section in _SINCE_2}
            sections |= {"zips_of": int(value["zips_of"]), "made": _moment(value["made"])}
        as_of = date.fromisoformat(value["as_of"])
        digest = hashlib.sha256(raw).hexdigest()
        return DataSet(int(value["congress"]), as_of, **sections, digest=digest)
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenData(f"{name} is damaged ({type(error).__name__}). {_ADVICE}") from error


def _moment(text: str) -> str:
    """As it stands, if it is a moment in UTC of the one form that sorts. Raises ValueError."""
    datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007 (its zone is the Z)
    return text


def encode(data: DataSet) -> bytes:
    """The bytes of the file: the same data gives the same bytes."""
    return b"".join(_lines(data))


def _lines(data: DataSet) -> Iterator[bytes]:
    yield b'{"format":%d,\n' % FORMAT
    yield b'"congress":%d,\n' % data.congress
    yield b'"as_of":"%s",\n' % data.as_of.isoformat().encode()
    yield b'"made":%s,\n' % orjson.dumps(data.made)
    yield b'"zips_of":%d' % data.base
    for name in (*_SECTIONS, *_SINCE_2):
        section = getattr(data, name)
        yield b',\n"%s":' % name.encode()
        yield from _array(section) if isinstance(section, list) else _object(section)
    yield b"}\n"


def _array(items: list[dict[str, Any]]) -> Iterator[bytes]:
    yield b"[\n" + b",\n".join(orjson.dumps(item) for item in items) + b"\n]"


def _object(items: dict[str, str]) -> Iterator[bytes]:
    rows = (orjson.dumps(key) + b":" + orjson.dumps(items[key]) for key in sorted(items))
    yield b"{\n" + b",\n".join(rows) + b"\n}"
