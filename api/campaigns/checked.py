"""A cache of checks, so that a restart is faster.

Checking the letters of all campaigns is the slowest part of a start. A bundle contains everything
that such a check depends on, except the code: if the same code had no findings for the same
bundle, it would have none again.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Final, Self

FILE: Final = "checked.json"
_API: Final = Path(__file__).resolve().parents[1]
_CODE: Final = ("campaigns", "letters", "targets")


class Checked:
    """The digests of bundles without a finding; ``path`` is a file in the state folder."""

    def __init__(self, path: Path, bundles: frozenset[str] = frozenset()) -> None:
        self._path = path
        self._before = bundles
        self._now: set[str] = set()

    @classmethod
    def load(cls, state_dir: Path) -> Self:
        """What this code found before; nothing where the file is missing, broken or older."""
        path = state_dir / FILE
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            kept = json.loads(path.read_bytes())
            if kept.get("code") == code_digest():
                return cls(path, frozenset(kept["bundles"]))
        return cls(path)

    def __contains__(self, bundle: str) -> bool:
        return bundle in self._before

    def add(self, bundle: str) -> None:
        self._now.add(bundle)

    def save(self) -> None:
        """Store the digests in use. Does nothing without a state folder that can be written to."""
        if self._now == self._before:
            return
        kept = {"code": code_digest(), "bundles": sorted(self._now)}
        with contextlib.suppress(OSError):
            handle, name = tempfile.mkstemp(prefix=FILE, dir=self._path.parent)
            with os.fdopen(handle, "w") as file:
                json.dump(kept, file)
            Path(name).replace(self._path)


@cache
def code_digest() -> str:
    """The digest of all code that takes part in a check."""
    whole = hashlib.sha256()
    for folder in _CODE:
        for path in sorted((_API / folder).glob("*.py")):
            whole.update(f"{folder}/{path.name}\0".encode() + path.read_bytes() + b"\0")
    return whole.hexdigest()
