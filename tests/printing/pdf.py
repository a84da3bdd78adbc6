"""Reads the PDFs that typst writes, without a library: text, page count, where text stands.

It knows as much of ISO 32000 as those files use: plain objects, deflated streams, two-byte
fonts with a ToUnicode map.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)\sendobj", re.DOTALL)
_TEXT = re.compile(
    rb"(?P<x>-?[\d.]+) (?P<y>-?[\d.]+) cm"
    rb"|/(?P<font>f\d+) (?P<size>[\d.]+) Tf"
    # Parentheses within a string are escaped, or else they pair.
    rb"|\((?P<string>(?:[^\\()]|\\.|\((?:[^\\()]|\\.|\([^()]*\))*\))*)\)"
    rb"|<(?P<hex>[0-9A-Fa-f]+)>(?=[^>]*\]TJ)",
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
NOTDEF = 0
_HEX_PAIR = re.compile(rb"<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]+)>")


@dataclass(frozen=True)
class Run:
    """Text in one font, with its origin in points from the left and the top of the page.

    ``boxes`` counts the glyphs that stand for a character which the font does not have.
    """

    text: str
    x: float
    y: float
    size: float
    boxes: int


class Pdf:
    def __init__(self, content: bytes) -> None:
        self.objects = {int(m[1]): m[2] for m in _OBJECT.finditer(content)}
        tree = next(body for body in self.objects.values() if b"/Type/Pages" in body)
        kids = _required(rb"/Kids\[(.*?)\]", tree)
        self.pages = [list(self._runs(int(n))) for n in re.findall(rb"(\d+) 0 R", kids)]

    def text(self, page: int) -> str:
        return "".join(run.text for run in self.pages[page])

    @property
    def squeezed(self) -> str:
        """All text without any white space, since lines are broken anywhere."""
        return squeezed("".join(self.text(page) for page in range(len(self.pages))))

    @property
    def boxes(self) -> int:
        return sum(run.boxes for page in self.pages for run in page)

    def _runs(self, number: int) -> Iterator[Run]:
        page = self.objects[number]
        fonts = dict(re.findall(rb"/(f\d+) (\d+) 0 R", self._resources(page)))
        maps = {name: self._unicode(int(font)) for name, font in fonts.items()}
        content = self._stream(int(_required(rb"/Contents (\d+) 0 R", page)))
        font, size, x, y = b"", 0.0, 0.0, 0.0
        for found in _TEXT.finditer(content):
            if found["x"]:
                x, y = float(found["x"]), 792 - float(found["y"])
            elif found["font"]:
                font, size = found["font"], float(found["size"])
            else:
                raw = bytes.fromhex(found["hex"].decode()) if found["hex"] else _unescape(found)
                codes = [int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)]
                text = "".join(maps[font].get(code, "") for code in codes)
                yield Run(text, x, y, size, codes.count(NOTDEF))

    def _resources(self, page: bytes) -> bytes:
        return self.objects[int(_required(rb"/Resources (\d+) 0 R", page))]

    def _unicode(self, font: int) -> dict[int, str]:
        number = int(_required(rb"/ToUnicode (\d+) 0 R", self.objects[font]))
        pairs = _HEX_PAIR.findall(self._stream(number).partition(b"endcodespacerange")[2])
        return {int(code, 16): bytes.fromhex(to.decode()).decode("utf-16-be") for code, to in pairs}

    def _stream(self, number: int) -> bytes:
        head, _, rest = self.objects[number].partition(b"stream\n")
        data = rest[: int(_required(rb"/Length (\d+)", head))]
        return zlib.decompress(data) if b"/FlateDecode" in head else data


def squeezed(text: str) -> str:
    return "".join(text.replace("\N{ZERO WIDTH SPACE}", "").split())


def _unescape(found: re.Match[bytes]) -> bytes:
    def one(escape: re.Match[bytes]) -> bytes:
        value = escape[1]
        return bytes([int(value, 8)]) if value[:1].isdigit() else _NAMED.get(value, value)

    return _ESCAPE.sub(one, found["string"])


def _required(pattern: bytes, text: bytes) -> bytes:
    found = re.search(pattern, text, re.DOTALL)
    assert found, f"{pattern!r} is not in this object"
    return found[1]
