"""``GET /docs``: the API's contract as a page, made from the OpenAPI document (version 3.1).

It is for those who write programs, in English as the contract itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.pages.rendering import View
from api.services import services_of

router = APIRouter(include_in_schema=False)

CACHED = {"Cache-Control": "public, max-age=300"}
DEEPEST = 5
FIRST_ERROR = 400

Schema = Mapping[str, Any]
# Prose split into parts: (whether it is code, the words).
Prose = Sequence[tuple[bool, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """One field or parameter: ``letters[].seat``, its kind, whether it must be there."""

    name: str
    kind: str
    needed: bool
    about: Prose
    example: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One status with its sentence; errors are problem documents, described once."""

    status: str
    about: Prose
    rows: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one path."""

    anchor: str
    method: str
    path: str
    about: Prose
    parameters: Sequence[Row]
    body: Sequence[Row]
    answers: Sequence[Answer]


@dataclass
class Group:
    """The calls of one tag, in the document's order."""

    name: str
    calls: list[Call] = field(default_factory=list)


@router.get("/docs")
async def reference(request: Request) -> Response:
    """Every call of the contract, without a script."""
    document = request.app.openapi()
    context = {"groups": groups(document), "title": document["info"]["title"]}
    view = View(services_of(request), "en", ("en",), "/docs")
    return view.render("reference.html.j2", context, headers=CACHED)


def groups(document: Schema) -> list[Group]:
    """The calls of an OpenAPI document by their first tag."""
    found: dict[str, Group] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = next(iter(operation.get("tags", [])), "other")
            group = found.setdefault(tag, Group(tag))
            group.calls.append(_call(document, method, path, operation))
    return list(found.values())


def _call(document: Schema, method: str, path: str, operation: Schema) -> Call:
    body = operation.get("requestBody", {})
    return Call(
        anchor=f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        method=method.upper(),
        path=path,
        about=prose(operation.get("description") or operation.get("summary", "")),
        parameters=[_parameter(document, one) for one in operation.get("parameters", [])],
        body=list(rows(document, _schema_of(body))),
        answers=[
            Answer(
                status, prose(answer.get("description", "")), _answer_rows(document, status, answer)
            )
            for status, answer in operation["responses"].items()
        ],
    )


def _parameter(document: Schema, parameter: Schema) -> Row:
    schema = _resolved(document, parameter.get("schema", {}))
    return Row(
        name=parameter["name"],
        kind=f"{_kind(document, schema)} ({parameter['in']})",
        needed=parameter.get("required", False),
        about=prose(parameter.get("description") or schema.get("description", "")),
        example=_example(schema),
    )


def _answer_rows(document: Schema, status: str, answer: Schema) -> list[Row]:
    is_error = status.isdecimal() and int(status) >= FIRST_ERROR
    return [] if is_error else list(rows(document, _schema_of(answer)))


def _schema_of(body: Schema) -> Schema:
    """Of what is sent or answered as JSON; empty where nothing is."""
    schema: Schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def rows(document: Schema, schema: Schema, prefix: str = "", deep: int = 0) -> Iterator[Row]:
    """The fields of a schema, inner ones by their whole path."""
    schema = _resolved(document, schema)
    needed = schema.get("required", [])
    for name, given in schema.get("properties", {}).items():
        inner = _resolved(document, given)
        path = f"{prefix}{name}"
        yield Row(
            path, _kind(document, inner), name in needed,
            prose(given.get("description", "")), _example(given),
        )  # fmt: skip
        below, suffix = _inside(document, inner)
        if deep < DEEPEST and below:
            yield from rows(document, below, f"{path}{suffix}.", deep + 1)


def _resolved(document: Schema, schema: Schema) -> Schema:
    """The schema behind a reference, or the one that is not null of two."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _resolved(document, document["components"]["schemas"][name])
    whole = [part for part in schema.get("anyOf", []) if part.get("type") != "null"]
    if len(whole) == 1:
        return {"nullable": len(schema["anyOf"]) > 1, **_resolved(document, whole[0])}
    return schema


def _inside(document: Schema, schema: Schema) -> tuple[Schema, str]:
    """What is below a field, and how the path says that it is a list."""
    if schema.get("type") == "array":
        return _resolved(document, schema.get("items", {})), "[]"
    return (schema, "") if "properties" in schema else ({}, "")


def _kind(document: Schema, schema: Schema) -> str:
    if "enum" in schema or "const" in schema:
        said = " or ".join(f"“{value}”" for value in schema.get("enum", [schema.get("const")]))
    elif schema.get("type") == "array":
        said = f"list of {_kind(document, _resolved(document, schema.get('items', {})))}"
    elif "anyOf" in schema:
        kinds = (_kind(document, _resolved(document, part)) for part in schema["anyOf"])
        said = " or ".join(kinds)
    else:
        said = schema.get("format") or schema.get("type", "any")
    return f"{said} or null" if schema.get("nullable") else said


def _example(schema: Schema) -> str:
    return ", ".join(str(example) for example in schema.get("examples", []))


def prose(text: str) -> Prose:
    """A docstring's words: what stands between double backticks is code."""
    parts = enumerate(" ".join(text.split()).split("``"))
    return [(number % 2 == 1, words) for number, words in parts if words]
