"""The picture of a campaign beside a link to it, set by typst from ``card.typ``.

As with letters, all text reaches typst as values, and nothing goes over the network. A character
that no font has is shown as an empty box: one character must not make a whole title fail.
"""

import hashlib
import json
from collections import OrderedDict
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

from api.printing.fonts import compiler
from api.settings import Settings

WIDTH, HEIGHT = 1200, 630
"""In pixels: what the Open Graph's readers show whole."""

KEPT: Final = 64
"""How many pictures one process keeps, some 30 kB each."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a picture shows. ``number`` is the count as its language writes it and ``share`` the
    part of the goal that is reached, 0 to 1; without them ``words`` stand alone."""

    language: str
    title: str
    words: str
    site: str
    number: str = ""
    share: float | None = None


class CardPress:
    """Makes each picture once and caches the last ones; thread-safe."""

    def __init__(self, folder: Path) -> None:
        template = folder / "card.typ"
        self._compiler = compiler(template)
        self._template = template.read_bytes()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def digest(self, card: Card) -> str:
        """The digest of ``card``: the same digest gives the same picture, byte for byte."""
        shown = json.dumps(asdict(card), sort_keys=True).encode()
        return hashlib.sha256(self._template + b"\n" + shown).hexdigest()[:16]

    def print(self, card: Card) -> bytes:
        """The PNG. A new one takes some 50 ms: not in the event loop."""
        name = self.digest(card)
        with self._lock:
            if name not in self._kept:
                self._kept[name] = self._compile(card)
                if len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(name)
            return self._kept[name]

    def _compile(self, card: Card) -> bytes:
        values = {"card": json.dumps(asdict(card))}
        made = self._compiler.compile(sys_inputs=values, format="png", ppi=72.0)
        assert isinstance(made, bytes)
        return made


@cache
def card_press() -> CardPress:
    """The press of this process, with the settings' templates."""
    return CardPress(Settings().templates_dir / "print")
