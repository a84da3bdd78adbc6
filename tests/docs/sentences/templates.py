"""The sentences of templates, each with the conditions under which it is said."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.docs.sentences.rows import Row

TAG: Final = re.compile(r"\{#.*?#\}|\{%-?\s*(\w+)\s*(.*?)\s*-?%\}|\{\{-?(.*?)-?\}\}", re.DOTALL)
CALLED: Final = re.compile(
    r"""\b(?:_|ngettext)\(\s*("(?:[^"\\]|\\.)*")(?:\s*,\s*("(?:[^"\\]|\\.)*"))?"""
)
ENDS: Final = {"endif", "endfor", "endmacro", "endblock"}


def rows(folder: Path) -> Iterator[Row]:
    """Those of a folder's templates, in the order of their names."""
    for path in sorted(folder.rglob("*.j2")):
        surface = path.relative_to(folder).as_posix().removesuffix(".j2")
        for when, sentence in _said(path.read_text("utf-8")):
            yield Row(surface, when, sentence)


def _said(source: str) -> Iterator[tuple[str, str]]:
    open_: list[tuple[str, str]] = []  # kind of block, condition
    start: int | None = None
    for tag in TAG.finditer(source):
        name, rest = tag[1], tag[2] or ""
        when = "; ".join(condition for _, condition in open_ if condition)
        if name == "trans":
            start = tag.end()
        elif name == "endtrans":
            assert start is not None
            yield when, _plain(source[start : tag.start()])
            start = None
        elif start is None:
            yield from ((when, said) for said in _called(tag[0]))
            _follow(open_, name, rest)


def _follow(open_: list[tuple[str, str]], name: str | None, rest: str) -> None:
    if name in {"if", "macro", "for", "block"}:
        said = {"if": rest, "for": f"for {rest}", "macro": rest.partition("(")[0]}
        open_.append((name, said.get(name, "")))
    elif name == "elif":
        open_[-1] = ("if", f"else {rest}")
    elif name == "else":
        kind, condition = open_[-1]
        open_[-1] = (kind, f"not: {condition.removeprefix('else ')}")
    elif name in ENDS:
        assert f"end{open_.pop()[0]}" == name


def _called(tag: str) -> Iterator[str]:
    for found in CALLED.finditer(tag):
        yield " / ".join(_plain(part[1:-1]) for part in found.groups() if part)


def _plain(text: str) -> str:
    text = re.sub(r"\{%-?\s*pluralize.*?%\}", " / ", text)
    text = re.sub(r"<[^>]+>", "", text)
    return re.sub(r"\s+", " ", text.replace("{{ ", "{").replace(" }}", "}")).strip()
