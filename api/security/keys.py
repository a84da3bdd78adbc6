"""The key ring: one file outside the database with every key of this installation.

The file is JSON with a format version, mode 0600, replaced as a whole under a lock. Starting in
production never creates a ring, and refuses a development ring.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Self

from api.security.key import Key, Purpose
from api.security.ring_file import (
    Contents,
    KeyRingError,
    MadeFor,
    create_contents,
    edit_contents,
    new_contents,
    read_contents,
    stamp,
)

__all__ = [
    "PURPOSES",
    "Key",
    "KeyMissing",
    "KeyRing",
    "KeyRingError",
    "MadeFor",
    "Purpose",
    "open_key_ring",
]

PURPOSES: Final = (
    "contacts",
    "organizers",
    "addresses",
    "suppressions",
    "clients",
    "approvals",
    "idempotency",
    "tokens",
)
_LOOK_AGAIN_SECONDS: Final = 1.0


class KeyMissing(KeyRingError):
    """A needed key is not in the ring. What needed it fails: nothing is stored unsealed instead."""

    status = 503
    code = "key_missing"


class KeyRing:
    """The keys of one installation, read again when another process changed the file.

    ``clock`` gives seconds; the file is checked once a second.
    """

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        self._lock = threading.Lock()
        self.clock: Callable[[], float] = time.monotonic
        self._look_again = 0.0
        self._use(*read_contents(path))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises KeyRingError when the file is missing, readable by others, or broken."""
        return cls(path)

    @classmethod
    def create(cls, path: Path, made_for: MadeFor = "development") -> Self:
        """A ring with every purpose and no campaign; where a ring exists, that one is loaded."""
        create_contents(path, new_contents(made_for, PURPOSES))
        return cls(path)

    @property
    def made_for(self) -> MadeFor:
        return self._contents.made_for

    @property
    def slugs(self) -> tuple[str, ...]:
        """The campaigns that have a key."""
        self.refresh()
        return tuple(slug for slug, keys in self._contents.campaigns.items() if keys)

    def campaign(self, slug: str) -> Key:
        """The current key of a campaign. Raises KeyMissing."""
        self._refresh_if_due()
        keys = self._contents.campaigns.get(slug)
        if not keys:
            self.refresh()
            keys = self._contents.campaigns.get(slug)
        if not keys:
            raise KeyMissing(
                f"The campaign {slug} has no key in the key ring. Run: undersigned keys add {slug}"
            )
        return keys[-1]

    def purpose(self, name: str) -> Purpose:
        """The keys of one of ``PURPOSES``. Raises KeyMissing."""
        self._refresh_if_due()
        purpose = self._purposes.get(name)
        if purpose is None:
            raise KeyMissing(f"The key ring has no key for the purpose {name}.")
        return purpose

    def by_id(self, key_id: str) -> Key:
        """Any key that the ring holds, old ones too. Raises KeyMissing."""
        self._refresh_if_due()
        key = self._by_id.get(key_id)
        if key is None:
            self.refresh()
            key = self._by_id.get(key_id)
        if key is None:
            raise KeyMissing("The key that this was sealed with is not in the key ring.")
        return key

    def add_campaign(self, slug: str) -> bool:
        """Gives a campaign its first key; False when it has one. Missing purposes are filled in."""
        added = False

        def edit(contents: Contents) -> None:
            nonlocal added
            added = contents.add_campaign(slug, again=False)
            contents.add_purposes(PURPOSES)

        self._edit(edit)
        return added

    def rotate_campaign(self, slug: str) -> None:
        """Makes a new current key; data keys under the old one have to be wrapped again."""
        self._edit(lambda contents: contents.add_campaign(slug, again=True))

    def rotate_purpose(self, name: str) -> None:
        """Makes a new current key; stored hashes have to be nested afterwards."""
        self._edit(lambda contents: contents.rotate_purpose(name))

    def destroy_campaign(self, slug: str) -> None:
        """Deletes a campaign's keys: whatever was sealed under them can never be read again."""
        self._edit(lambda contents: contents.campaigns.pop(slug, None))

    def fill_in(self, slugs: Iterable[str]) -> None:
        """Makes what is missing of the purposes and of these campaigns, in one replacement."""
        wanted = tuple(slugs)
        if set(wanted) <= set(self.slugs) and self._purposes.keys() >= set(PURPOSES):
            return

        def edit(contents: Contents) -> None:
            contents.add_purposes(PURPOSES)
            for slug in wanted:
                contents.add_campaign(slug, again=False)

        self._edit(edit)

    def require(self, slugs: Iterable[str]) -> None:
        """Raises KeyMissing that names every purpose, else every campaign, without a key."""
        missing = sorted(set(PURPOSES) - self._purposes.keys())
        if missing:
            raise KeyMissing(
                f"The key ring has no key for: {', '.join(missing)}. "
                "Run: undersigned keys add SLUG for any campaign, which fills them in."
            )
        missing = sorted(set(slugs) - set(self.slugs))
        if missing:
            raise KeyMissing(
                f"These campaigns have no key in the key ring: {', '.join(missing)}. "
                "Run: undersigned keys add SLUG for each."
            )

    def refresh(self) -> bool:
        """Reads the file again if it changed, and says whether it did.

        A file that cannot be read while running leaves the keys that are known in use.
        """
        self._look_again = self.clock() + _LOOK_AGAIN_SECONDS
        with self._lock, contextlib.suppress(KeyRingError, OSError):
            if stamp(self.path) != self._stamp:
                self._use(*read_contents(self.path))
                return True
        return False

    def _refresh_if_due(self) -> None:
        if self.clock() >= self._look_again:
            self.refresh()

    def _edit(self, change: Callable[[Contents], object]) -> None:
        edit_contents(self.path, change)
        self.refresh()

    def _use(self, contents: Contents, seen: tuple[int, ...]) -> None:
        self._purposes = {
            name: Purpose(name, tuple(keys)) for name, keys in contents.purposes.items() if keys
        }
        self._by_id = {key.id: key for key in contents.all_keys()}
        self._contents = contents
        self._stamp = seen

    def __repr__(self) -> str:
        return f"KeyRing({self.made_for}, {len(self._by_id)} keys)"


def open_key_ring(path: Path, *, production: bool, campaigns: Iterable[str]) -> KeyRing:
    """The ring to start with, holding a key for each of ``campaigns``.

    Development makes what is missing. Production makes nothing: it raises KeyRingError when
    the ring is missing or was made for development, KeyMissing when a campaign has no key.
    """
    if not production:
        ring = KeyRing.create(path, "development")
        ring.fill_in(campaigns)
        return ring
    ring = KeyRing.load(path)
    if ring.made_for != "production":
        raise KeyRingError(
            f"The key ring {path} was made for development. Name another file in "
            "UNDERSIGNED_KEY_RING; with UNDERSIGNED_ENV=production, run: undersigned keys add SLUG"
        )
    ring.require(campaigns)
    return ring
