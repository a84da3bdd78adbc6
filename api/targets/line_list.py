"""The list of states that kept or moved their lines for a new Congress: ``district-lines.yaml``.

It is made by people who read laws, rulings and reports, and each entry names its sources.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from api.targets.apportionment import DIVIDED, FIRST, LAST
from api.targets.dataset import BrokenData
from api.targets.lines import Source, Verdict

FILE_NAME = "district-lines.yaml"
_SOURCE = ("title", "publisher", "url", "date")


@dataclass(frozen=True, slots=True)
class LineList:
    """What is known of the lines for ``congress``, against those of ``before``, by state."""

    congress: int
    before: int
    verdicts: Mapping[str, Verdict]

    @property
    def missing(self) -> tuple[str, ...]:
        """The states with lines that it does not name: nothing is known of them."""
        return tuple(state for state in DIVIDED if state not in self.verdicts)


def read(path: Path, today: date) -> LineList:
    """Raises BrokenData with every fault of the file, each with its entry."""
    try:
        value = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise BrokenData(f"{path} cannot be read ({error.strerror}).") from error
    except (yaml.YAMLError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        raise BrokenData(f"{path} is no YAML (line {where.line + 1 if where else '?'}).") from error
    faults = list(_faults(value, today))
    if faults:
        raise BrokenData(f"{path.name}: {'; '.join(faults)}.")
    return _list(value)


def _list(value: Mapping[str, Any]) -> LineList:
    sources = {
        name: Source(*(str(entry[key]) for key in _SOURCE))
        for name, entry in value["sources"].items()
    }
    verdicts = {
        state: Verdict(
            value["congress"],
            entry["kept"],
            " ".join(str(entry.get("read") or value["otherwise"]).split()),
            tuple(sources[name] for name in entry["sources"]),
        )
        for state, entry in value["states"].items()
    }
    return LineList(value["congress"], value["before"], verdicts)


def _faults(value: Any, today: date) -> Iterator[str]:
    if not isinstance(value, dict):
        yield "it has no entries"
        return
    for key in ("congress", "before"):
        if value.get(key) not in range(FIRST, LAST + 1):
            yield f"{key} is no Congress from {FIRST} to {LAST}"
    for key in ("sources", "states"):
        if not isinstance(value.get(key), dict) or not value[key]:
            yield f"{key} has no entries"
            return
    if unknown := value.keys() - {"congress", "before", "sources", "states", "otherwise"}:
        yield f"{', '.join(map(str, sorted(unknown, key=str)))} is no part of it"
    for name, source in value["sources"].items():
        yield from _of_source(f"sources, {name}", source, today)
    for state, entry in value["states"].items():
        yield from _of_state(f"states, {state}", state, entry, value)


def _of_source(where: str, source: Any, today: date) -> Iterator[str]:
    if not isinstance(source, dict) or source.keys() != set(_SOURCE):
        yield f"{where}: it needs {', '.join(_SOURCE)}"
        return
    for key in ("title", "publisher"):
        if not isinstance(source[key], str) or not source[key].strip():
            yield f"{where}: its {key} is missing"
    if not str(source["url"]).startswith("https://"):
        yield f"{where}: its url begins not with https://"
    if type(source["date"]) is not date:
        yield f"{where}: its date is none"
    elif source["date"] > today:
        yield f"{where}: its date is yet to come"


def _of_state(where: str, state: Any, entry: Any, value: Mapping[str, Any]) -> Iterator[str]:
    if state not in DIVIDED:
        yield f"{where}: no state with several districts"
    if not isinstance(entry, dict) or not entry.keys() <= {"kept", "read", "sources"}:
        yield f"{where}: it has kept, sources, and read where it needs words of its own"
        return
    if "kept" not in entry or not isinstance(entry["kept"], bool | None):
        yield f"{where}: kept is true, false, or null where it is not clear"
    if not str(entry.get("read") or value.get("otherwise") or "").strip():
        yield f"{where}: it does not say what was read"
    named = entry.get("sources")
    if not isinstance(named, list) or not named:
        yield f"{where}: it names no source"
    elif unknown := [name for name in named if name not in value["sources"]]:
        yield f"{where}: {', '.join(map(str, unknown))} is none of the sources"
