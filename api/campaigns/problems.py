"""Errors and warnings about a campaign's files, with their places."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar, Literal

from api.errors import DomainError
from api.letters.suggest import suggestion

Level = Literal["error", "warning"]
SHOWN = 5
# The most findings shown per file: these should be fixed first, and each takes time to compute.
MOST_PROBLEMS = 20
LONGEST_WORD = 80


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding. ``line`` and ``column`` count from 1; ``where`` is a dotted path in the file.

    Errors keep a campaign from being published; warnings ask for a look.
    """

    file: str
    line: int
    column: int
    where: str
    message: str
    level: Level = "error"

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        note = "" if self.level == "error" else "warning: "
        return f"{self.file}:{self.line}:{self.column}: {note}{where}{self.message}"

    def as_dict(self) -> dict[str, str | int]:
        return asdict(self)


class CheckFailed(DomainError):
    """The campaigns cannot be served. ``problems`` has every finding, errors and warnings."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "campaigns_invalid"
    title: ClassVar[str] = "The campaigns have errors"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        errors = errors_of(problems)
        lines = [str(problem) for problem in errors[:SHOWN]]
        if len(errors) > SHOWN:
            lines.append(f"and {len(errors) - SHOWN} more: run `undersigned check`")
        super().__init__("\n".join(lines))


def errors_of(problems: Sequence[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.level == "error"]


def unknown(kind: str, word: str, known: Collection[str]) -> str:
    """``unknown demand "revrese-907", did you mean "reverse-907-waiver"?``"""
    if len(word) > LONGEST_WORD:
        return f'unknown {kind} "{word[:LONGEST_WORD]}…"'
    return f'unknown {kind} "{word}"{suggestion(word, known)}'
