"""Validates a document as a model; pydantic's errors are reworded, and get their place."""

import re
import types
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from api.campaigns.problems import MOST_PROBLEMS, Problem, unknown
from api.campaigns.yaml_source import Document, Path_

Model = TypeVar("Model", bound=BaseModel)

_QUOTE = "'"
_PATTERNS = {
    r"^([a-z0-9]+(-": (
        "must be house, senate, an office such as president, a committee such as committee:SSFR, "
        "or a seat such as house:CA-30 or senate:MA:1"
    ),
    "^[a-z0-9]+": "must be lower-case letters, digits and single hyphens",
    "^[0-9]{3}-": "must be a phone number such as 202-555-0143",
    "^[A-Z]": "must be a Bioguide id such as S000344",
    "^Dear": 'must be one line such as "Dear Mr. President,"',
}
_TYPES = {
    "string_type": "must be a text: put it in quotes",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number, without commas or quotes",
    "model_type": "must be a mapping of keys and values",
    "dict_type": "must be a mapping of keys and values",
    "tuple_type": "must be a list: [first, second]",
}
_EMPTY = "is empty: write a text, in quotes where it begins with #"
_LIMITS: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "greater_than_equal": lambda limits: f"must be {limits['ge']:,} or more",
    "less_than_equal": lambda limits: f"must be {limits['le']:,} or less",
    "string_too_long": lambda limits: f"is longer than {limits['max_length']:,} characters",
    "too_short": lambda _: "must not be empty",
    "too_long": lambda limits: f"has more than {limits['max_length']:,} entries",
    "value_error": lambda limits: str(limits["error"]),
    "string_pattern_mismatch": lambda limits: _pattern(limits["pattern"]),
}


def validate(
    model: type[Model], document: Document, path: Path_ = ()
) -> tuple[Model | None, list[Problem]]:
    """The value at ``path`` as ``model``, or None and what is wrong with it."""
    value = document.data
    for part in path:
        value = value[part]
    try:
        return model.model_validate(value), []
    except ValidationError as failed:
        errors = failed.errors(include_url=False)
        return None, [
            _problem(model, document, path, value, error) for error in errors[:MOST_PROBLEMS]
        ]


def _problem(
    model: type[BaseModel], document: Document, path: Path_, value: Any, error: ErrorDetails
) -> Problem:
    inner = _existing(value, error["loc"], error["type"])
    kind, limits = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        message = unknown("key", str(inner[-1]), _keys(model, inner[:-1]))
        return document.problem((*path, *inner), message, key=True)
    if kind == "missing":
        return document.problem((*path, *inner), "is missing")
    if kind == "literal_error":
        return document.problem((*path, *inner), _choice(error))
    if kind in _LIMITS:
        return document.problem((*path, *inner), _LIMITS[kind](limits))
    if kind == "string_type" and error["input"] is None:
        return document.problem((*path, *inner), _EMPTY)
    return document.problem((*path, *inner), _TYPES.get(kind, error["msg"]))


def _existing(value: Any, location: tuple[str | int, ...], kind: str) -> Path_:
    """The location without what pydantic adds to it, such as the members of a union."""
    path: list[str | int] = []
    for part in location:
        try:
            value = value[part]
        except (LookupError, TypeError):
            if kind != "missing":
                continue
        path.append(part)
    return tuple(path)


def _choice(error: ErrorDetails) -> str:
    expected = error["ctx"]["expected"]
    given = error["input"]
    choices = re.findall(r"'([^']*)'", expected)
    if isinstance(given, str) and len(choices) > len(_TYPES):
        said = unknown("value", given, choices)
        return said if said.endswith("?") else f"{said}; docs/organizers.md lists those that fit"
    return f"must be {expected.replace(_QUOTE, '')}"


def _pattern(pattern: str) -> str:
    return next(
        (message for start, message in _PATTERNS.items() if pattern.startswith(start)),
        f"does not fit {pattern}",
    )


def _keys(model: type[BaseModel], path: Path_) -> list[str]:
    """The keys that may stand at ``path``."""
    current: type[BaseModel] | None = model
    for part in path:
        if current is None or not isinstance(part, str):
            continue
        field = current.model_fields.get(part)
        current = _model_in(field.annotation) if field else None
    return list(current.model_fields) if current else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {Union, types.UnionType}:
        return next(filter(None, map(_model_in, get_args(annotation))), None)
    return None
