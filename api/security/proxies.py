"""Proxies that hid their visitors from us, as ``undersigned doctor`` and the next start report.

The API processes note them in a file of the state folder, which other processes read: the
proxy's own address, why, and when it was last seen. Nothing of a visitor is in it.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import orjson
import structlog

from api.security.clients import Address, Trouble
from api.security.private_files import write_private

log = structlog.get_logger()

FILE: Final = "proxies.json"
MOST: Final = 20
AGAIN: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=1)
SETTING: Final = "UNDERSIGNED_TRUSTED_PROXIES"


@dataclass(frozen=True, slots=True)
class Noted:
    """``proxy`` was the reason ``why``; ``seen`` is updated once an hour while that continues."""

    proxy: str
    why: Trouble
    seen: datetime

    @property
    def address(self) -> Address:
        return ip_address(self.proxy)


class ProxyNotes:
    """What one process saw, written to ``folder`` once an hour for each proxy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._next: dict[tuple[Address, Trouble], datetime] = {}

    def note(self, proxy: Address, why: Trouble) -> None:
        """Note it, and say it in the log, unless a process did so within the hour."""
        now, one = datetime.now(UTC), (proxy, why)
        if one not in self._next and len(self._next) >= MOST:
            return
        if now < self._next.get(one, now):
            return
        self._next[one] = now + AGAIN
        others = noted(self.folder, now)
        same = [each for each in others if (each.address, each.why) == one]
        if any(now - each.seen < AGAIN for each in same):
            return
        log.warning("client.unknown", why=why, proxy=str(proxy), setting=SETTING)
        kept = [each for each in others if each not in same][-MOST:]
        with suppress(OSError):
            _write(self.folder, [*kept, Noted(str(proxy), why, now)])


def noted(folder: Path, now: datetime) -> list[Noted]:
    """What was seen within a day; nothing where the file is not there or cannot be read."""
    try:
        listed = orjson.loads((folder / FILE).read_bytes())
        found = [_noted(each) for each in listed]
    except (OSError, ValueError, TypeError, KeyError):
        return []
    return [each for each in found if now - each.seen < KEPT]


def _noted(one: dict[str, Any]) -> Noted:
    found = Noted(one["proxy"], Trouble(one["why"]), datetime.fromisoformat(one["seen"]))
    ip_address(found.proxy)
    return found


def _write(folder: Path, notes: Iterable[Noted]) -> None:
    write_private(folder / FILE, orjson.dumps([asdict(note) for note in notes]))
