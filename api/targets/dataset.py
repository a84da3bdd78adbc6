"""The reference data as one file, ``data/congress.json``.

It is one file so that a new set replaces the old one in one rename: no reader ever sees half of
each. It is JSON with one entry per line, so that a change is readable in a diff.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from api.errors import DomainError

FILE_NAME = "congress.json"
FORMAT = 1
_SECTIONS = ("sources", "committees", "prefixes", "members", "zips")


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
    ZIP -> "MA-5 MA-7". ``digest`` is the SHA-256 of the file's bytes.
    """

    congress: int
    as_of: date
    sources: list[dict[str, Any]]
    committees: dict[str, str]
    prefixes: dict[str, str]
    members: list[dict[str, Any]]
    zips: dict[str, str]
    digest: str = ""


def read(data_dir: Path) -> DataSet:
    """The data set in ``data_dir``. Raises BrokenData with what is wrong."""
    path = data_dir / FILE_NAME
    advice = "Restore the file, or run `undersigned data import`."
    try:
        raw = path.read_bytes()
        value = orjson.loads(raw)
        if value["format"] != FORMAT:
            raise BrokenData(f"{path} has format {value['format']}, not {FORMAT}. {advice}")
        sections = {name: value[name] for name in _SECTIONS}
        as_of = date.fromisoformat(value["as_of"])
        digest = hashlib.sha256(raw).hexdigest()
        return DataSet(int(value["congress"]), as_of, **sections, digest=digest)
    except OSError as error:
        raise BrokenData(f"{path} cannot be read ({error.strerror}). {advice}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenData(f"{path} is damaged ({type(error).__name__}). {advice}") from error


def encode(data: DataSet) -> bytes:
    """The bytes of the file: the same data gives the same bytes."""
    return b"".join(_lines(data))


def _lines(data: DataSet) -> Iterator[bytes]:
    yield b'{"format":%d,\n' % FORMAT
    yield b'"congress":%d,\n' % data.congress
    yield b'"as_of":"%s"' % data.as_of.isoformat().encode()
    for name in _SECTIONS:
        section = getattr(data, name)
        yield b',\n"%s":' % name.encode()
        yield from _array(section) if isinstance(section, list) else _object(section)
    yield b"}\n"


def _array(items: list[dict[str, Any]]) -> Iterator[bytes]:
    yield b"[\n" + b",\n".join(orjson.dumps(item) for item in items) + b"\n]"


def _object(items: dict[str, str]) -> Iterator[bytes]:
    rows = (orjson.dumps(key) + b":" + orjson.dumps(items[key]) for key in sorted(items))
    yield b"{\n" + b",\n".join(rows) + b"\n}"
