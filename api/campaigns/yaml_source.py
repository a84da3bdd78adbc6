"""Reads a YAML file into plain values, each with its place in the file.

The file is taken event by event and put together here, so that nothing in it can make an
object, grow by aliases or nest without end. Refused: tags, anchors and aliases, a second
document, keys that are no text or come twice, deep nesting, more than 5,000 values, a text that
a ``#`` cuts short, or may, and files over 256 KiB. Scalars follow YAML 1.2's core schema:
``true``/``false``, ``null``, numbers; all else is text, dates included, so that ``no`` and ``on``
stay words.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from api.campaigns.problems import Problem
from api.i18n import LANGUAGES

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
MAX_VALUES = 5_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
# Is a "#" a comment, or part of the text? After quotes and on lines of their own, comments have a
# space after the "#", while "#ReleaseThem" and "# 1" are meant to be read. After a text without
# quotes nobody can tell, so none is allowed there, except after a word or number for programs:
# "slug: lake # the address". A field that people read is always a text: "title: peace # now".
_MEANT = r"#(?:[^\s#!]|[ \t]\d)"
_CUT = re.compile(rf"[ \t]+{_MEANT}")
_FOR_PROGRAMS = re.compile(r"[a-z0-9][\w./:@+-]*", re.ASCII)
READ: Final = frozenset({
    *("about", "address", "ask", "asks", "claim", "date_inferred", "disclosure", "holder"),
    *("last_name", "leads", "locator", "name", "note", "office", "postal_address", "publisher"),
    *("short", "signatories", "statement", "summary", "text", "title", "to", "what"),
    *LANGUAGES,
})  # fmt: skip
_BARE_CUT = re.compile(r"(?:[|>][-+0-9]*)?[ \t]+#")
_NEXT_CUT = re.compile(rf"[ \t]+(?!#[\w-]+:|#-){_MEANT}")
# With a leading zero it is a ZIP code or the like, and not a number.
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]{1,3})?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

_ADVICE = {
    "mapping values are not allowed": (
        'a text that holds ": " needs quotes around it; keys of one thing begin below each other'
    ),
    "did not find expected key": "is it indented like the lines around it, and its text quoted?",
    "did not find expected '-'": "is it indented like the lines around it?",
    "did not find expected ','": "is every bracket and quote closed?",
    "could not find expected ':'": 'a key needs ": " after it',
    "cannot start any token": "use spaces, not tabs, and quotes around what begins so",
    "unexpected end of stream": "the quote that begins here is not closed",
}
"""What the parser finds -> what most often causes it."""
_HASH = (
    'is cut short by " #", which begins a comment: put the whole text in quotes, or the comment '
    "on a line of its own"
)
_BRACES = " (a text that begins with a brace or a bracket needs quotes around it)"

Path_ = tuple[str | int, ...]
Position = tuple[int, int]


@dataclass
class Document:
    """A file's plain value, with line and column (from 1) of every key and value by path."""

    file: str
    data: Any = None
    values: dict[Path_, Position] = field(default_factory=dict)
    keys: dict[Path_, Position] = field(default_factory=dict)

    def position(self, path: Path_, *, key: bool = False) -> Position:
        """Where ``path`` stands, or else the nearest thing around it; ``key`` asks for its key."""
        for end in range(len(path), -1, -1):
            known = (self.keys if key else self.values).get(path[:end])
            if known:
                return known
            key = False
        return (1, 1)

    def problem(self, path: Path_, message: str, *, key: bool = False, **more: Any) -> Problem:
        line, column = self.position(path, key=key)
        return Problem(self.file, line, column, where(path), message, **more)


class Unreadable(Exception):
    """The file cannot be read; it has one ``problem``."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def where(path: Path_) -> str:
    """``form.story.max``; a place in a list shows only where more follows: ``facts[2].claim``."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def read_document(path: Path, name: str) -> Document:
    """The file at ``path``, called ``name`` in problems. Raises ``Unreadable``."""
    try:
        if path.is_fifo():  # opening it would wait for a writer
            raise Unreadable(Problem(name, 1, 1, "", "cannot be read: it is no plain file"))
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(Problem(name, 1, 1, "", f"cannot be read: {error.strerror}")) from error
    return parse_document(raw, name)


def parse_document(raw: bytes, name: str) -> Document:
    """The same from bytes."""
    if len(raw) > MAX_BYTES:
        raise Unreadable(Problem(name, 1, 1, "", "is larger than 256 KiB"))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise Unreadable(Problem(name, line, column, "", "is not UTF-8 text")) from error
    return _Builder(Document(name)).build(text)


class _Builder:
    """Puts the events of one file together."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.lines: list[str] = []

    def build(self, text: str) -> Document:
        self.lines = _BREAK.split(text)
        try:
            events = yaml.parse(text, Loader=_LOADER)
            for event in events:
                if isinstance(event, yaml.DocumentStartEvent):
                    self.document.data = self.value(next(events), events, ())
                    self.alone(events)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            if error.context_mark and "end of stream" in (error.problem or ""):
                mark = error.context_mark  # where what is never closed begins
            found = error.problem or error.context or ""
            advice = "".join(f" ({said})" for word, said in _ADVICE.items() if word in found)
            raise self.refusal(mark, (), f"is not valid YAML: {found}{advice}") from error
        except yaml.reader.ReaderError as error:
            raise self.refusal(_mark_of(text), (), f"is not valid YAML: {error.reason}") from error
        except yaml.YAMLError as error:
            raise self.refusal(None, (), "is not valid YAML") from error
        if not isinstance(self.document.data, dict):
            raise self.refusal(None, (), "is not a mapping: it begins with keys such as `slug:`")
        return self.document

    def alone(self, events: Iterator[Any]) -> None:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                raise self.refusal(
                    event.start_mark, (), "has a second document: one file, one document"
                )

    def refusal(self, mark: Any, path: Path_, message: str) -> Unreadable:
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return Unreadable(Problem(self.document.file, line, column, where(path), message))

    def value(self, event: Any, events: Iterator[Any], path: Path_) -> Any:
        self.admit(event, path)
        self.document.values[path] = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, path)
        self.uncut(event, path)
        return self.scalar(event)

    def uncut(self, event: Any, path: Path_) -> None:
        """Refuse what a ``#`` cuts short, on the text's last line or in the one below it."""
        start, block = event.start_mark, event.style in {"|", ">"}
        mark = start if block else event.end_mark
        begun, here, below = map(self.line, (start.line, mark.line, mark.line + 1))
        # The line below belongs to the text if it is indented like it, or deeper than its key.
        deep = _indent(below) + (_indent(begun) == start.column) > _indent(begun)
        lost = deep and not event.style and _NEXT_CUT.match(below)
        bare = block or not (event.style or _is_for_programs(event.value, path))
        if lost or (_BARE_CUT if bare else _CUT).match(here, mark.column):
            raise self.refusal(mark, path, _HASH)

    def line(self, number: int) -> str:
        return self.lines[number] if number < len(self.lines) else ""

    def admit(self, event: Any, path: Path_) -> None:
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self.refusal(
                mark, path, "anchors and aliases are not allowed: write the value out"
            )
        if event.tag is not None:
            raise self.refusal(mark, path, "tags such as `!x` are not allowed: write a plain value")
        if len(self.document.values) >= MAX_VALUES:
            raise self.refusal(mark, path[:3], f"has more than {MAX_VALUES:,} values")
        if len(path) > MAX_DEPTH:
            raise self.refusal(mark, path[:3], f"is nested deeper than {MAX_DEPTH}")

    def mapping(self, events: Iterator[Any], path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.key(event, path)
            if key in result:
                first = self.document.keys[*path, key][0]
                message = f'the key "{key}" comes twice, first in line {first}'
                raise self.refusal(event.start_mark, (*path, key), message)
            self.document.keys[*path, key] = (
                event.start_mark.line + 1,
                event.start_mark.column + 1,
            )
            result[key] = self.value(next(events), events, (*path, key))
        return result

    def key(self, event: Any, path: Path_) -> str:
        self.admit(event, path)
        key = None
        if isinstance(event, yaml.ScalarEvent):
            self.uncut(event, path)
            key = self.scalar(event)
        if not isinstance(key, str):
            advice = "" if isinstance(event, yaml.ScalarEvent) else _BRACES
            raise self.refusal(event.start_mark, path, f"a key must be a text{advice}")
        return key

    def sequence(self, events: Iterator[Any], path: Path_) -> list[Any]:
        result: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            result.append(self.value(event, events, (*path, len(result))))
        return result

    def scalar(self, event: Any) -> Any:
        text = event.value
        if not event.implicit[0]:
            return unicodedata.normalize("NFC", text)
        if text in _WORDS:
            return None
        if text in _TRUTH:
            return _TRUTH[text]
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
        return unicodedata.normalize("NFC", text)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


@dataclass(frozen=True)
class _Mark:
    line: int
    column: int


def _mark_of(text: str) -> _Mark:
    """Where a character stands that YAML does not allow; the C parser counts in bytes."""
    bad = _CONTROL.search(text)
    before = text[: bad.start() if bad else 0]
    return _Mark(before.count("\n"), len(before) - before.rfind("\n") - 1)


def _is_for_programs(value: str, path: Path_) -> bool:
    """Whether it is nothing, or a word or number in a field that people do not read."""
    return not value or (READ.isdisjoint(path) and _FOR_PROGRAMS.fullmatch(value) is not None)
