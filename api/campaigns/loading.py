"""Reads campaigns, dossier and letters from their folders, and collects their errors."""

import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from api.campaigns.dossier import KINDS, Dossier
from api.campaigns.problems import MOST_PROBLEMS, Problem
from api.campaigns.schema import Campaign
from api.campaigns.validation import validate
from api.campaigns.yaml_source import Document, Path_, Unreadable, read_document, where
from api.letters.sandbox import MAX_SOURCE

YAML_ENDINGS = (".yaml", ".yml")
# Files per folder. Each file's size is limited, so this limits the time of a check.
MOST_FILES = 1_000
NO_CAMPAIGN = "holds no campaign: their names end in .yaml"
NO_DOSSIER = "has no folder dossier, whose facts and demands its campaigns draw on"


@dataclass
class LetterFolder:
    """The templates of one letter: their texts, and the names of their files in problems."""

    shown: str
    sources: dict[str, str] = field(default_factory=dict)

    def file(self, template: str) -> str:
        return f"{self.shown}/{template}"


@dataclass
class Loaded:
    """Everything that could be read. ``named`` has the ids of broken entries too.

    ``unread`` are the dossier's files, and the folders, that could not be read: nothing can be said
    about what draws on them. ``folders`` are those of them that are folders, as problems call them.
    """

    campaigns: dict[str, Campaign] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    dossier: Dossier = field(default_factory=Dossier)
    dossier_documents: dict[str, Document] = field(default_factory=dict)
    places: dict[tuple[str, str], Path_] = field(default_factory=dict)
    named: dict[str, set[str]] = field(default_factory=dict)
    letters: dict[str, LetterFolder] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def in_campaign(self, slug: str, path: Path_, message: str, **more: Any) -> Problem:
        return self.documents[slug].problem(path, message, **more)

    def refuse_folder(self, folder: Path, message: str) -> None:
        self.problems.append(Problem(shown(folder), 1, 1, "", message))
        self.unread.append(shown(folder))
        self.folders.add(shown(folder))

    def in_dossier(self, kind: str, entry: str, path: Path_, message: str, **more: Any) -> Problem:
        """A problem at ``path`` within the entry of that id."""
        document = self.dossier_documents[kind]
        problem = document.problem((*self.places[kind, entry], *path), message, **more)
        return replace(problem, where=where((kind, entry, *path)))


def load(campaigns_dir: Path, templates_dir: Path) -> Loaded:
    """Reads ``campaigns_dir/*.yaml``, its ``dossier/`` and ``templates_dir/letters/``."""
    loaded = Loaded()
    if not campaigns_dir.is_dir():
        loaded.refuse_folder(campaigns_dir, "is not a folder of campaigns")
        return loaded  # without a dossier every fact of every letter would be unknown
    files = _files(loaded, campaigns_dir, lambda name: name.lower().endswith(YAML_ENDINGS))
    if (campaigns_dir / "dossier").exists():
        _load_dossier(loaded, campaigns_dir / "dossier")
    elif files:
        loaded.refuse_folder(campaigns_dir, NO_DOSSIER)
    elif not loaded.unread:
        loaded.refuse_folder(campaigns_dir, NO_CAMPAIGN)
    for path in files:
        _load_campaign(loaded, path)
    _load_letters(loaded, templates_dir / "letters")
    return loaded


def _files(
    loaded: Loaded, folder: Path, wanted: Callable[[str], bool] = lambda _: True
) -> list[Path]:
    """What is wanted of a folder, in order; a problem and nothing where it cannot be used."""
    try:
        with os.scandir(folder) as entries:
            names = list(islice((e.name for e in entries if wanted(e.name)), MOST_FILES + 1))
    except FileNotFoundError:
        return []
    except OSError as error:
        loaded.refuse_folder(folder, f"cannot be read: {error.strerror}")
        return []
    if len(names) > MOST_FILES:
        loaded.refuse_folder(folder, f"holds more than {MOST_FILES:,} files")
        return []
    return [folder / name for name in sorted(names)]


def shown(path: Path) -> str:
    """The name of a file in problems: relative to the current folder, so that editors can open
    it."""
    try:
        # Not Path.resolve(), which fails if symbolic links form a loop.
        return Path(os.path.realpath(path)).relative_to(Path.cwd()).as_posix()
    except ValueError:
        return os.fspath(path)


def not_read(path: Path) -> Problem:
    return Problem(shown(path), 1, 1, "", "is not read: its name must end in .yaml")


def _load_campaign(loaded: Loaded, path: Path) -> None:
    name = shown(path)
    if path.suffix != ".yaml":
        loaded.problems.append(not_read(path))
        return
    try:
        document = read_document(path, name)
    except Unreadable as error:
        loaded.problems.append(error.problem)
        return
    campaign, problems = validate(Campaign, document)
    if campaign:
        problems = [document.problem(place, message) for place, message in campaign.faults()]
        if campaign.slug != path.stem:
            message = f'must be the name of the file, "{path.stem}"'
            problems.append(document.problem(("slug",), message))
        loaded.documents[path.stem] = document
        loaded.campaigns[path.stem] = campaign
    loaded.problems += problems


def _load_dossier(loaded: Loaded, folder: Path) -> None:
    entries = {kind: _load_entries(loaded, folder / f"{kind}.yaml", kind) for kind in KINDS}
    loaded.dossier = Dossier(**entries)
    for path in _files(loaded, folder):
        if path.name not in {f"{kind}.yaml" for kind in KINDS}:
            message = "is no part of the dossier: its files are " + ", ".join(KINDS)
            loaded.problems.append(Problem(shown(path), 1, 1, "", message))


def _load_entries(loaded: Loaded, path: Path, kind: str) -> dict[str, Any]:
    loaded.named[kind] = set()
    if not path.exists():
        return {}
    try:
        document = read_document(path, shown(path))
    except Unreadable as error:
        loaded.problems.append(error.problem)
        loaded.unread.append(kind)
        return {}
    loaded.dossier_documents[kind] = document
    for key in document.data:
        if key != kind:
            message = f'the one key here is "{kind}"'
            loaded.problems.append(document.problem((key,), message, key=True))
    rows = document.data.get(kind)
    if not isinstance(rows, list):
        loaded.problems.append(document.problem((kind,), "must be a list of entries"))
        loaded.unread.append(kind)
        return {}
    return _entries(loaded, document, kind, rows)


def _entries(loaded: Loaded, document: Document, kind: str, rows: list[Any]) -> dict[str, Any]:
    key = "seat" if kind == "offices" else "id"
    entries: dict[str, Any] = {}
    before = len(loaded.problems)
    for index, row in enumerate(rows):
        if len(loaded.problems) - before >= MOST_PROBLEMS:
            loaded.unread.append(kind)
            break
        path: Path_ = (kind, index)
        name = row.get(key) if isinstance(row, dict) else None
        entry, problems = validate(KINDS[kind], document, path)
        loaded.problems += problems
        if not isinstance(name, str):
            continue
        if name in loaded.named[kind]:
            first = document.position(loaded.places[kind, name])[0]
            message = f'"{name}" comes twice, first in line {first}'
            loaded.problems.append(document.problem((*path, key), message))
            continue
        loaded.named[kind].add(name)
        loaded.places[kind, name] = path
        if entry:
            entries[name] = entry
    return entries


def _load_letters(loaded: Loaded, folder: Path) -> None:
    for path in _files(loaded, folder):
        if path.is_dir():
            letter = loaded.letters[path.name] = LetterFolder(shown(path))
            for file in _files(loaded, path):
                _load_template(loaded, letter, file)


def _load_template(loaded: Loaded, letter: LetterFolder, path: Path) -> None:
    try:
        letter.sources[path.name] = _template(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        problem = Problem(letter.file(path.name), 1, 1, "", f"cannot be used: {reason}")
        loaded.problems.append(problem)


def _template(path: Path) -> str:
    if path.is_symlink() or not path.is_file() or path.suffix != ".j2":
        raise ValueError("a letter's folder has plain files whose names end in .j2")
    raw = path.read_bytes() if path.stat().st_size <= MAX_SOURCE else None
    if raw is None:
        raise ValueError("it is larger than 32 KiB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8 text") from error
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
