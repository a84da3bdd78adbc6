"""Looking for planted words in files, whatever form they took."""

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote


def forms_of(word: str) -> set[bytes]:
    """How a word may stand in a file: as it is, in other encodings, escaped. Lower case."""
    raw = word.encode()
    found = {raw, raw.hex().encode(), quote(word).encode(), json.dumps(word)[1:-1].encode()}
    found |= {word.encode("utf-16-le"), word.encode("utf-16-be"), word.replace(" ", "+").encode()}
    for shift in range(3):
        # The part of a base64 text that depends on the word alone, wherever the word begins.
        text = base64.b64encode(bytes(shift) + raw).rstrip(b"=")
        middle = text[-(-shift * 4 // 3) : len(raw) * 4 // 3 // 4 * 4]
        found |= {middle, middle.translate(bytes.maketrans(b"+/", b"-_"))}
    return {form.lower() for form in found}


def files_under(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def search(files: Iterable[Path], words: Iterable[str]) -> dict[str, set[str]]:
    """The planted words that were found, each with the names of the files that hold it."""
    wanted = {word: forms_of(word) for word in words}
    found: dict[str, set[str]] = {}
    for file in files:
        content = file.read_bytes().lower()
        for word, forms in wanted.items():
            if any(form in content for form in forms):
                found.setdefault(word, set()).add(file.name)
    return found
