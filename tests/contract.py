"""Holds each answer that a test's client gets from the API to the OpenAPI document: its status and
the code of its problem, its content type, its body and the headers that are named there.

Schemas are compiled once a process, each when an answer needs it first.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
from jsonschema_rs import Registry, Validator, validator_for

Document = Mapping[str, Any]

NAME = "urn:openapi"
PROBLEM = "application/problem+json"
CODE = re.compile("``([a-z_]+)``")


class BrokenContract(AssertionError):
    """An answer that the OpenAPI document does not know."""


@dataclass(frozen=True, slots=True)
class Told:
    """One answer of one operation, as documented; of its body's media types each has a schema."""

    schemas: Mapping[str, Validator | None]
    headers: tuple[str, ...]
    codes: frozenset[str]


class Contract:
    def __init__(self, document: Document) -> None:
        closed = _closed(document)
        self._operations = [
            (method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operation["responses"])
            for path, operations in closed["paths"].items()
            for method, operation in operations.items()
        ]
        self._registry = Registry([(NAME, closed)])
        self._find = cache(self._look_up)
        self._compile = cache(self._compiled)

    def knows(self, request: httpx.Request) -> bool:
        """Whether the route is in the document."""
        return any(path.fullmatch(request.url.path) for _, path, _ in self._operations)

    def check(self, request: httpx.Request, response: httpx.Response) -> None:
        """Raises BrokenContract. Answers of routes that are not in the document are not looked at;
        nor is the body of an answer to HEAD."""
        path, status = request.url.path, response.status_code
        method = "GET" if request.method == "HEAD" else request.method
        told = self._find(method, path, status)
        if told is not None:
            faults = [*_headers(told, response)]
            if request.method != "HEAD":
                faults += _body(told, response)
            if faults:
                where = f"{method} {path} {status}"
                raise BrokenContract(f"{where}: {'; '.join(faults)}\n{response.text[:2000]}")

    def _look_up(self, method: str, path: str, status: int) -> Told | None:
        """Raises BrokenContract for a status that the operation does not document."""
        for its_method, its_path, responses in self._operations:
            if its_method == method and its_path.fullmatch(path):
                return self._told(responses, status)
        return None

    def _told(self, responses: Document, status: int) -> Told:
        own, other = responses.get(str(status)), responses["default"]
        if own is None and status < 400:
            raise BrokenContract(f"{status} is not documented: {[*responses]}")
        answer = own or other
        schemas = {
            kind: self._compile(json.dumps(content["schema"])) if content.get("schema") else None
            for kind, content in answer.get("content", {}).items()
        }
        anywhere = re.findall(rf"{status} ``([a-z_]+)``", other["description"])
        codes = frozenset([*CODE.findall(answer["description"] if own else ""), *anywhere])
        return Told(schemas, tuple(answer.get("headers", ())), codes)

    def _compiled(self, schema: str) -> Validator:
        named = json.loads(schema.replace("#/", f"{NAME}#/"))
        return validator_for(named, registry=self._registry, validate_formats=True)


def _closed(part: Any) -> Any:
    """The same with each object closed: an answer has nothing that is not documented."""
    if isinstance(part, list):
        return [_closed(each) for each in part]
    if not isinstance(part, dict):
        return part
    closed = {name: _closed(each) for name, each in part.items()}
    if isinstance(part.get("properties"), dict) and part.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


def _headers(told: Told, response: httpx.Response) -> Iterator[str]:
    for name in told.headers:
        if name not in response.headers:
            yield f"the header {name} is missing"


def _body(told: Told, response: httpx.Response) -> Iterator[str]:
    if not told.schemas and not response.content:
        return
    kind = response.headers.get("content-type", "").partition(";")[0]
    if kind not in told.schemas:
        yield f"{kind or 'a body without a type'} is not documented: {[*told.schemas]}"
        return
    schema = told.schemas[kind]
    if schema is None or not kind.endswith("json"):
        return
    body = response.json()
    for error in schema.iter_errors(body):
        yield f"{'.'.join(map(str, error.instance_path))}: {error.message}"
    if kind == PROBLEM and body.get("code") not in told.codes:
        yield f"the code {body.get('code')} is not documented: {sorted(told.codes)}"


class HeldToContract(httpx.ASGITransport):
    """Calls an app in this process, and checks what it answers."""

    def __init__(self, contract: Contract, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self._contract = contract

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if self._contract.knows(request):
            await response.aread()
            self._contract.check(request, response)
        return response
