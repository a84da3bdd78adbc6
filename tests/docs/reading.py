"""Parse the documents: fenced blocks with the paragraphs before them, links, commands."""

import re
from dataclasses import dataclass
from pathlib import Path

from api.settings import ROOT

DOCS = ROOT / "docs"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the paragraph before it."""

    language: str
    text: str
    before: str


def fenced(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    return [
        Block(match[1], match[2], text[: match.start()].rstrip().rpartition("\n\n")[2])
        for match in FENCE.finditer(text)
    ]


def pages() -> list[Path]:
    """Every page of prose that a reader may open."""
    return [*sorted(ROOT.glob("*.md")), *templates_of_requests(), *sorted(DOCS.rglob("*.md"))]


def templates_of_requests() -> list[Path]:
    """The templates for issues and pull requests."""
    return sorted((ROOT / ".github").rglob("*.md"))


def codes(page: Path) -> set[str]:
    """Everything in backticks outside fenced blocks."""
    text = FENCE.sub("", page.read_text("utf-8"))
    return set(re.findall(r"`([^`\n]+)`", text))


def section(page: Path, title: str) -> str:
    """The text under a heading, up to the next of the same or a higher level."""
    text = page.read_text("utf-8")
    found = re.search(rf"^(#+) {re.escape(title)}\n", text, re.MULTILINE)
    assert found is not None, f"{page.name} has no section {title!r}"
    rest = text[found.end() :]
    following = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: following.start()] if following else rest
