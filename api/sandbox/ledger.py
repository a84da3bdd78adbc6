"""What the stand-in took: ids and digests, appended to a file so that a kill loses none."""

import hashlib
import os
from pathlib import Path
from typing import Any

import orjson


class Ledger:
    """Accepted messages in their order. Nothing personal is in it."""

    def __init__(self, file: Path | None = None) -> None:
        self.entries: list[dict[str, Any]] = []
        self.taken: set[tuple[str, str]] = set()
        self._handle = None
        if file is not None:
            for line in file.read_bytes().splitlines() if file.exists() else ():
                self._remember(orjson.loads(line))
            self._handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def has(self, chamber: str, delivery_id: str) -> bool:
        return (chamber, delivery_id) in self.taken

    def add(self, chamber: str, environment: str, body: bytes, **facts: str) -> None:
        digest = hashlib.sha256(body).hexdigest()
        entry = {"chamber": chamber, "environment": environment, **facts, "sha256": digest}
        if self._handle is not None:
            os.write(self._handle, orjson.dumps(entry) + b"\n")
        self._remember(entry)

    def _remember(self, entry: dict[str, Any]) -> None:
        self.entries.append(entry)
        self.taken.add((entry["chamber"], entry["id"]))
