"""How findings are printed: for people, for GitHub's annotations, for programs."""

import json
from collections.abc import Callable, Sequence
from typing import Literal

from api.campaigns.problems import Problem, errors_of

Format = Literal["text", "github", "json"]


def as_text(problems: Sequence[Problem]) -> str:
    errors = len(errors_of(problems))
    warnings = len(problems) - errors
    counts = f"{_count(errors, 'error')}, {_count(warnings, 'warning')}"
    return "\n".join([*map(str, problems), counts])


def as_github(problems: Sequence[Problem]) -> str:
    """Workflow commands, one a line; see "Workflow commands for GitHub Actions"."""
    return "\n".join(
        f"::{problem.level} file={_property(problem.file)},line={problem.line},"
        f"col={problem.column}::{_data(': '.join(filter(None, (problem.where, problem.message))))}"
        for problem in problems
    )


def as_json(problems: Sequence[Problem]) -> str:
    return json.dumps([problem.as_dict() for problem in problems], indent=2, ensure_ascii=False)


FORMATS: dict[Format, Callable[[Sequence[Problem]], str]] = {
    "text": as_text,
    "github": as_github,
    "json": as_json,
}


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
