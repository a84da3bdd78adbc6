"""The OpenAPI document: what FastAPI knows, and the bare route that it does not."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.public import bodies
from api.public.submissions import DOCUMENTED, ERRORS

REFERENCE = "#/components/schemas/{model}"


def install(app: FastAPI) -> None:
    """Make ``/openapi.json`` whole."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    path, body, answer = DOCUMENTED
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model in (body, answer, *bodies.DOCUMENTED.values()):
        schema = model.model_json_schema(ref_template=REFERENCE)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    document["paths"][path] = {"post": _operation(body.__name__, answer.__name__)}
    return document


def _operation(body: str, answer: str) -> dict[str, Any]:
    def content(name: str) -> dict[str, Any]:
        return {"application/json": {"schema": {"$ref": REFERENCE.format(model=name)}}}

    text = {"type": "string"}
    return {
        "tags": ["submissions"],
        "summary": "Submit",
        "description": "Take a completed form; 202 once it is stored and its mail is queued.",
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
