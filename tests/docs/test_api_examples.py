"""The API's page and the README's: every example runs, and answers as is written."""

import ast
import importlib
import json
import pkgutil
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import api
from api.cli.http import ANSWERS as PROTOCOL_ANSWERS
from api.errors import DomainError
from api.settings import ROOT
from tests.app_fixtures import CAMPAIGN, Outbox
from tests.docs.reading import DOCS, codes, fenced

PAGE = DOCS / "api.md"
BASE = "http://127.0.0.1:8000"
LEFT_OUT = "…"
DISCARD, RESEND = "/confirmations/discard", "/confirmations/resend"
ADDRESS = "else@example.org"


class Reader:
    """Somebody who types the commands of a page, one after the other.

    Where a command says ``…``, they put in what an earlier answer or mail told them.
    """

    def __init__(self, client: httpx.AsyncClient, outbox: Outbox) -> None:
        self.client, self.outbox = client, outbox
        self.variables: dict[str, str] = {}
        self.known: dict[str, str] = {}
        self.used: set[str] = set()

    async def type(self, commands: str) -> httpx.Response | None:
        """The answer to the last of these commands."""
        answer = None
        for words in lines(commands):
            name, is_assignment, value = words[0].partition("=")
            if is_assignment:
                self.variables[name] = value
            elif words[0] == "curl":
                answer = await self.curl(words[1:])
        return answer

    async def curl(self, words: list[str]) -> httpx.Response:
        url, body, headers = "", None, {}
        rest = iter(words)
        for word in rest:
            if word == "-d":
                body = next(rest)
            elif word == "-H":
                name, _, value = next(rest).partition(": ")
                headers[name] = value.replace(LEFT_OUT, self.known.get("etag", LEFT_OUT))
            elif not word.startswith("-"):
                url = re.sub(r"\$(\w+)", lambda match: self.variables[match[1]], word)
        path = url.removeprefix(BASE)
        assert path.startswith("/"), url
        content = None if body is None else json.dumps(await self.fill(json.loads(body), path))
        method = "GET" if body is None else "POST"
        answer = await self.client.request(method, path, content=content, headers=headers)
        self.remember(answer)
        return answer

    async def fill(self, body: dict[str, Any], path: str) -> dict[str, Any]:
        if body.get("token") == LEFT_OUT:
            body["token"] = await self.token(path)
        for name in ("approval", "id"):
            if body.get(name) == LEFT_OUT:
                body[name] = self.known[name]
        return body

    async def token(self, path: str) -> str:
        """Of the newest mail; a form of somebody else is sent first where it is to be deleted."""
        if path.endswith(DISCARD):
            person = {"given_name": "Ara", "family_name": "Else", "email": ADDRESS, "zip": "91204"}
            url = f"/api/v1/campaigns/{CAMPAIGN}/submissions"
            sent = await self.client.post(url, json={"supporter": person})
            assert sent.status_code == 202, sent.text
        await self.outbox.work()
        token = next(t for t in reversed(self.outbox.tokens("confirm")) if t not in self.used)
        self.used.add(token)
        return token

    def remember(self, answer: httpx.Response) -> None:
        if "etag" in answer.headers:
            self.known["etag"] = answer.headers["etag"].strip('"')
        if answer.content and "json" in answer.headers.get("content-type", ""):
            body = answer.json()
            self.known |= {name: body[name] for name in ("approval", "id") if name in body}


def lines(commands: str) -> Iterator[list[str]]:
    """The commands of a block, each as its words."""
    joined = re.sub(r"\\\n\s*", " ", commands)
    lexer = shlex.shlex(joined, posix=True, punctuation_chars="\n")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, "#"
    words: list[str] = []
    for word in lexer:
        if word.strip("\n"):
            words.append(word)
        elif words:
            yield words
            words = []
    if words:
        yield words


def differing(written: Any, real: Any, at: str = "") -> list[str]:
    """Where an answer is not as it is written: ``…`` stands for anything."""
    if written == LEFT_OUT:
        return []
    if isinstance(written, dict) and isinstance(real, dict):
        wanted = set(written) - {LEFT_OUT}
        lacking = wanted - set(real)
        untold = set() if LEFT_OUT in written else set(real) - wanted
        found = [f"{at}.{key} is not there" for key in lacking]
        found += [f"{at}.{key} is not written" for key in untold]
        for key in wanted & set(real):
            found += differing(written[key], real[key], f"{at}.{key}")
        return found
    if isinstance(written, list) and isinstance(real, list):
        if not written:
            return []
        return differing(written[0], real[0], f"{at}[0]") if real else [f"{at} is empty"]
    same = isinstance(written, str | int) and type(written) is type(real)
    return [] if same or written is real else [f"{at} is {real!r}"]


@pytest.mark.parametrize("page", [PAGE, ROOT / "README.md"], ids=lambda page: page.name)
async def test_every_example_runs_and_answers_as_written(
    page: Path, client: httpx.AsyncClient, outbox: Outbox
) -> None:
    reader, answer, compared = Reader(client, outbox), None, 0
    for block in fenced(page):
        if block.language == "console" and ("curl" in block.text or "API=" in block.text):
            answer = await reader.type(block.text)
            assert answer is None or answer.status_code < 500, block.text
            refused = answer is not None and answer.status_code >= 400
            assert not refused or '"ani"' in block.text, answer and answer.text
        elif block.language == "json":
            assert answer is not None
            found = differing(json.loads(block.text), answer.json())
            assert found == [], block.text
            compared += 1
    assert reader.used, "a form was confirmed"
    assert compared == len([b for b in fenced(page) if b.language == "json"])


async def test_the_caching_example_is_answered_without_a_body(
    client: httpx.AsyncClient, outbox: Outbox
) -> None:
    reader = Reader(client, outbox)
    url = f"{BASE}/api/v1/campaigns/{CAMPAIGN}/counts"
    await reader.type(f"curl {url}")
    answer = await reader.type(f"curl {url} -H 'If-None-Match: \"{LEFT_OUT}\"'")
    assert answer is not None
    assert (answer.status_code, answer.content) == (304, b"")


async def test_every_call_of_the_contract_is_on_the_page(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    text = PAGE.read_text("utf-8")
    calls = [
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in paths.items()
        for method in methods
        if path.startswith("/api/") or path.endswith("z")
    ]
    assert [call for call in calls if f"`{call}" not in text] == []


def errors(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from errors(narrower)


def test_every_code_of_an_error_is_on_the_page() -> None:
    for module in pkgutil.walk_packages(api.__path__, "api."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    ours = [kind for kind in errors(DomainError) if kind.__module__.startswith("api.")]
    statuses = {(str(kind.status), kind.code) for kind in ours}
    statuses |= {(str(status), code) for status, (code, _) in PROTOCOL_ANSWERS.items()}
    assert sorted({code for _, code in statuses} - codes(PAGE)) == []
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert sorted(set(rows) - statuses) == []


def field_codes(source: str) -> Iterator[str]:
    """The codes that this module refuses fields with, where they stand in the call itself."""
    place = {"FieldError": 1, "refuse": 1, "TextRefused": 0, "_refused": 0}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            index = place.get(node.func.id)
            found = node.args[index] if index is not None and len(node.args) > index else None
            if isinstance(found, ast.Constant) and isinstance(found.value, str):
                yield found.value


def test_every_code_of_a_field_is_on_the_page() -> None:
    from api.submissions.parsing import SENTENCES

    found = {code for code, _ in SENTENCES.values()}
    for file in (ROOT / "api").rglob("*.py"):
        found |= set(field_codes(file.read_text("utf-8")))
    assert sorted(found - codes(PAGE)) == []
