"""What was checked before, so that a process that starts again is back sooner.

To check the letters of all campaigns takes longer than all else that a start reads. A bundle
holds whatever such a check depends on, save the code: where the same code found nothing to say
about the same bundle, it would find nothing again.
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
        """Keep what is in use now. Without a state folder, or a way to write there, do nothing."""
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
    """Of all that takes part in a check."""
    whole = hashlib.sha256()
    for folder in _CODE:
        for path in sorted((_API / folder).glob("*.py")):
            whole.update(f"{folder}/{path.name}\0".encode() + path.read_bytes() + b"\0")
    return whole.hexdigest()
