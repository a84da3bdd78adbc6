"""The OpenAPI document: FastAPI's own, plus the bare route that FastAPI does not see."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.limits.buckets import LIMITED, ORGANIZERS
from api.public import bodies
from api.public.answers import ProblemAnswer
from api.public.problems import MEDIA_TYPE
from api.public.submissions import DOCUMENTED, ERRORS

TOO_MANY = "More came from one client than its bucket holds; `Retry-After` says when to try again."
REFERENCE = "#/components/schemas/{model}"


def install(app: FastAPI) -> None:
    """Make ``/openapi.json`` whole."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
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
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _answer_with_problems(document)
    return document


def _answer_with_problems(document: dict[str, Any]) -> None:
    """Document every error as a problem document; FastAPI would document its own kind of 422."""
    schema = {"$ref": REFERENCE.format(model=ProblemAnswer.__name__)}
    content = {MEDIA_TYPE: {"schema": schema}}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path.startswith(ORGANIZERS) or f"{method.upper()} {path}" in LIMITED:
                operation["responses"].setdefault("429", {"description": TOO_MANY})
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = content
            operation["responses"]["default"] = {"description": "A problem.", "content": content}


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
            **{status: {"description": sentence} for status, sentence in ERRORS.items()},
        },
    }
