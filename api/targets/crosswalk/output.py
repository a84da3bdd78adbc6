"""The table as a file, and beside it what it was made from. Both are written, or neither.

The table has the columns ``state_abbr``, ``zcta``, ``cd`` of the public one, and ``share`` and
``basis``. ``NAME.json`` beside ``NAME.csv`` says the Congress, the states, and the files with
their checksums; it holds the table's own, so that the two are known to belong together.
"""

import csv
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from api.targets.crosswalk.build import Crosswalk, Files
from api.targets.crosswalk.files import checksum
from api.targets.crosswalk.rows import Row

COLUMNS = ("state_abbr", "zcta", "cd", "share", "basis")
_LEAST = 0.000001


def sidecar(table: Path) -> Path:
    """Where the edition of a table is told."""
    return table.with_suffix(".json")


def write(crosswalk: Crosswalk, files: Files, table: Path, today: date) -> None:
    """Put both files in place. Raises OSError; then neither has changed, or the edition alone
    has, whose checksum no longer fits the table."""
    raw = table_bytes(crosswalk.rows)
    told = edition(crosswalk, files, table, raw, today)
    told_raw = (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()
    with tempfile.TemporaryDirectory(prefix=".crosswalk-", dir=table.parent) as staging:
        contents = {sidecar(table): told_raw, table: raw}
        for place, content in contents.items():
            _write(Path(staging) / place.name, content)
        for place in contents:
            (Path(staging) / place.name).replace(place)


def table_bytes(rows: Iterable[Row]) -> bytes:
    """The table as CSV."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(COLUMNS)
    for row in rows:
        state, _, number = row.district.partition("-")
        lines.writerow((state, row.zip_code, number, _written(row.share), row.basis))
    return out.getvalue().encode()


def _written(share: float) -> str:
    """Six places, and neither 0 nor 1 where it is only nearly so."""
    return "1" if share == 1 else f"{min(max(share, _LEAST), 1 - _LEAST):.6f}"


def edition(
    crosswalk: Crosswalk, files: Files, table: Path, raw: bytes, today: date
) -> dict[str, Any]:
    """What the table is for and made from, as plain values."""
    return {
        "format": 1,
        "congress": crosswalk.congress,
        "made": today.isoformat(),
        "table": {
            "file": table.name,
            "sha256": hashlib.sha256(raw).hexdigest(),
            "rows": len(crosswalk.rows),
        },
        "states": [found.state.code for found in crosswalk.states],
        "sources": [
            {"file": path.name, "bytes": path.stat().st_size, "sha256": checksum(path)}
            for path in files.paths()
        ],
        "by_state": {
            found.state.code: {
                "plan": list(crosswalk.plans[found.state.code]),
                "districts": len(found.by_district),
                "people": found.people,
                "people_without_zip": found.without_zip,
                "blocks": found.blocks,
            }
            for found in crosswalk.states
        },
        "zips_cut_at_a_state_line": list(crosswalk.cut),
    }


def _write(path: Path, raw: bytes) -> None:
    with path.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
