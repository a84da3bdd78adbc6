"""The key ring's file: its form, and how it is read, made and replaced safely.

Form: ``{"format": 1, "made_for": ..., "campaigns": {slug: [{"id", "secret"}]}, "purposes": ...}``,
each list oldest first.
"""

import contextlib
import fcntl
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from api.errors import DomainError
from api.security.key import Key
from api.security.private_files import private_folder, sync_folder, temporary_beside

FORMAT: Final = 1
MAX_BYTES: Final = 4_000_000

MadeFor = Literal["development", "production"]


class KeyRingError(DomainError):
    """The key ring cannot be used; the sentence says what the operator has to do."""

    status = 500
    code = "key_ring"
    title = "The key ring cannot be used"


@dataclass(slots=True)
class Contents:
    """What the file holds, keys oldest first."""

    made_for: MadeFor
    campaigns: dict[str, list[Key]] = field(default_factory=dict)
    purposes: dict[str, list[Key]] = field(default_factory=dict)

    def all_keys(self) -> Iterator[Key]:
        for group in (self.campaigns, self.purposes):
            for keys in group.values():
                yield from keys

    def add_campaign(self, slug: str, *, again: bool) -> bool:
        if self.campaigns.get(slug) and not again:
            return False
        self.campaigns.setdefault(slug, []).append(Key.random())
        return True

    def add_purposes(self, names: Iterable[str]) -> None:
        for name in names:
            if not self.purposes.get(name):
                self.purposes[name] = [Key.random()]

    def rotate_purpose(self, name: str) -> None:
        self.purposes[name] = [*self.purposes.get(name, ()), Key.random()]


def new_contents(made_for: MadeFor, purposes: Iterable[str]) -> Contents:
    contents = Contents(made_for)
    contents.add_purposes(purposes)
    return contents


def stamp(path: Path) -> tuple[int, ...]:
    """Changes whenever the file was replaced or written. Raises OSError."""
    return _stamp(path.stat())


def read_contents(path: Path) -> tuple[Contents, tuple[int, ...]]:
    """The file's keys, and its stamp. Raises KeyRingError with what to do about it."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            _refuse_unsafe(path, status)
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise KeyRingError(
            f"There is no key ring at {path}. Run: undersigned keys add SLUG"
        ) from None
    except OSError as error:
        raise KeyRingError(f"The key ring {path} cannot be read: {error.strerror}.") from None
    return _parse(path, raw), _stamp(status)


def create_contents(path: Path, contents: Contents) -> bool:
    """Writes a new ring; False when there is one, which stays untouched.

    The folder is made with mode 0700 if it is missing; a folder that exists is left as it is.
    """
    if path.exists():
        return False
    private_folder(path.parent)
    with _locked(path), _written(path, contents) as temporary:
        try:
            os.link(temporary, path)  # fails, where a rename would replace, when a ring is there
        except FileExistsError:
            return False
        sync_folder(path.parent)
    return True


def edit_contents(path: Path, change: Callable[[Contents], object]) -> None:
    """Applies ``change`` to the ring as it stands now, one process after the other."""
    path = path.resolve()
    with _locked(path):
        contents, _ = read_contents(path)
        change(contents)
        with _written(path, contents) as temporary:
            if os.geteuid() == 0:  # an administrator's edit leaves the service its ring
                owner = path.stat()
                os.chown(temporary, owner.st_uid, owner.st_gid)
            temporary.replace(path)
            sync_folder(path.parent)


def _refuse_unsafe(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyRingError(f"The key ring {path} is not a plain file.")
    if status.st_mode & 0o077:
        raise KeyRingError(
            f"Others than its owner can get at the key ring {path} "
            f"(mode {stat.S_IMODE(status.st_mode):04o}). Run: chmod 600 {path}, and consider "
            "whether its keys are still secret."
        )
    if os.geteuid() not in {status.st_uid, 0} and status.st_uid != 0:
        raise KeyRingError(f"The key ring {path} belongs to another user.")


def _parse(path: Path, raw: bytes) -> Contents:
    try:
        if len(raw) > MAX_BYTES:
            raise ValueError("too large")  # noqa: TRY301 - one sentence for every kind of damage
        return _contents(json.loads(raw))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        # Not chained and not quoted: the reason could show a secret.
        raise KeyRingError(
            f"The key ring {path} is damaged, or of a newer version. Restore it from its backup."
        ) from None


def _contents(document: Any) -> Contents:
    if document["format"] != FORMAT or document["made_for"] not in get_args(MadeFor):
        raise ValueError("format")
    contents = Contents(
        document["made_for"], _groups(document["campaigns"]), _groups(document["purposes"])
    )
    ids = [key.id for key in contents.all_keys()]
    if len(ids) != len(set(ids)):
        raise ValueError("an id twice")
    return contents


def _groups(groups: dict[str, Any]) -> dict[str, list[Key]]:
    return {
        name: [Key.decode(entry["id"], entry["secret"]) for entry in entries]
        for name, entries in groups.items()
    }


def _render(contents: Contents) -> bytes:
    def plain(groups: dict[str, list[Key]]) -> dict[str, list[dict[str, str]]]:
        return {
            name: [{"id": key.id, "secret": key.encode()} for key in keys]
            for name, keys in groups.items()
        }

    document = {
        "format": FORMAT,
        "made_for": contents.made_for,
        "campaigns": plain(contents.campaigns),
        "purposes": plain(contents.purposes),
    }
    return json.dumps(document, indent=1).encode("utf-8") + b"\n"


@contextlib.contextmanager
def _written(path: Path, contents: Contents) -> Iterator[Path]:
    """The contents in a synced file beside ``path``; call it with the lock held."""
    for left_over in path.parent.glob(f".{path.name}.*.new"):
        left_over.unlink(missing_ok=True)  # of a process that was killed; the lock is ours now
    with temporary_beside(path, _render(contents)) as temporary:
        yield temporary


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One writer at a time, over processes; the lock falls with its process."""
    lock = path.with_name(f".{path.name}.lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
