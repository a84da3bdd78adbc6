"""The OpenAPI document: FastAPI's own, plus the bare route that FastAPI does not see, and the
problems that each route may answer with."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.errors import DomainError, IdempotencyConflict, InvalidInput, NotFound, TooLarge
from api.limits.answers import RateLimited
from api.limits.buckets import LIMITED, ORGANIZERS
from api.problems import BESIDE, MEDIA_TYPE, problems
from api.public import bodies
from api.public.answers import ProblemAnswer
from api.public.bodies import NotJson
from api.public.repeats import HEADER
from api.public.submissions import DOCUMENTED, ERRORS
from api.submissions.idempotency import KeyMalformed
from api.submissions.parsing import MalformedJson

REFERENCE = "#/components/schemas/{model}"
FASTAPIS = ("HTTPValidationError", "ValidationError")
# Of a parameter's schema: what refuses no text.
TEXT: Final = {"string", "null"}
UNCHECKED: Final = {"type", "title", "description", "default", "examples"}
TOLD: Final = {
    "Retry-After": "In how many seconds to try again.",
    "WWW-Authenticate": "`Bearer`: a token of an organizer is needed.",
}
BODY: Final = (MalformedJson, TooLarge, NotJson, InvalidInput)
KEY: Final = (KeyMalformed, IdempotencyConflict)


def install(app: FastAPI, anywhere: Sequence[type[DomainError]]) -> None:
    """Make ``/openapi.json`` whole. ``anywhere``: the problems that any address may answer with."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, anywhere)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI, anywhere: Sequence[type[DomainError]]) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        routes=app.routes,
        license_info=app.license_info,
    )
    path, body, answer = DOCUMENTED
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model in (body, answer, *bodies.DOCUMENTED.values()):
        schema = model.model_json_schema(ref_template=REFERENCE)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    document["paths"][path] = {"post": _operation(body.__name__, answer.__name__)}
    schemas[ProblemAnswer.__name__] = ProblemAnswer.model_json_schema(ref_template=REFERENCE)
    schemas.update(schemas[ProblemAnswer.__name__].pop("$defs", {}))
    _answer_with_problems(document, anywhere)
    for unused in FASTAPIS:
        schemas.pop(unused, None)
    return document


def _answer_with_problems(document: dict[str, Any], anywhere: Sequence[type[DomainError]]) -> None:
    """Document every error as a problem document, by status and code."""
    schema = {"$ref": REFERENCE.format(model=ProblemAnswer.__name__)}
    content = {MEDIA_TYPE: {"schema": schema}}
    told = " ".join(f"{kind.status} ``{kind.code}``: {kind.title}." for kind in anywhere)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"]
            for status, usual in problems(*_usual(path, method, operation)).items():
                _add(answers, str(status), usual["description"])
            for status, answer in answers.items():
                if status >= "400" and "content" not in answer:
                    answer.update(content=content, **_beside(int(status)))
            answers["default"] = {"description": f"Any other problem. {told}", "content": content}


def _usual(path: str, method: str, operation: dict[str, Any]) -> Iterator[type[DomainError]]:
    """The errors that parts of a request may cause on any route."""
    answers, parameters = operation["responses"], operation.get("parameters", ())
    if FASTAPIS[0] in str(answers.get("422")):
        del answers["422"]
    if not all(_takes_any_text(one["schema"]) for one in parameters):
        yield InvalidInput
    if "requestBody" in operation:
        yield from BODY
    if any(one["name"] == HEADER for one in parameters):
        yield from KEY
    if "{" in path:
        yield NotFound
    if path.startswith(ORGANIZERS) or f"{method.upper()} {path}" in LIMITED:
        yield RateLimited


def _takes_any_text(schema: dict[str, Any]) -> bool:
    """Whether no value of a parameter is refused: it may be any text, or absent."""
    options = schema.get("anyOf", [schema])
    return all(one.get("type") in TEXT and one.keys() <= UNCHECKED for one in options)


def _beside(status: int) -> dict[str, Any]:
    """The headers that a problem of this status always has."""
    text = {"schema": {"type": "string"}}
    headers = {name: {"description": TOLD[name], **text} for name in BESIDE.get(status, ())}
    return {"headers": headers} if headers else {}


def _add(answers: dict[str, Any], status: str, description: str) -> None:
    answer = answers.setdefault(status, {"description": ""})
    answer["description"] = f"{answer['description']} {description}".strip()


def _operation(body: str, answer: str) -> dict[str, Any]:
    def content(name: str) -> dict[str, Any]:
        return {"application/json": {"schema": {"$ref": REFERENCE.format(model=name)}}}

    text = {"type": "string"}
    return {
        "tags": ["submissions"],
        "summary": "Submit",
        "description": "Take a completed form; 202 once it is stored. Whether its mail comes is "
        "told to nobody: see the answer of `POST /confirmations/resend`.",
        "operationId": "submit",
        "parameters": [
            {"name": "slug", "in": "path", "required": True, "schema": text},
            {"name": "Idempotency-Key", "in": "header", "required": False, "schema": text},
        ],
        "requestBody": {"required": True, "content": content(body)},
        "responses": {
            "202": {"description": "Stored; waits for confirmation.", "content": content(answer)},
            **{str(status): told for status, told in problems(*ERRORS).items()},
        },
    }
