"""The API's contract as a page."""

import httpx

from api.pages.reference import groups, prose
from tests.pages.browserless import get


async def test_it_has_every_call_with_fields_and_answers(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    page = await get(client, "/docs")
    assert page.answer.status_code == 200
    assert page.answer.headers["cache-control"] == "public, max-age=300"
    text = page.answer.text
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in text
    for words in ("supporter.given_name", "letters[].seat", "Idempotency-Key", "needs_district"):
        assert f"<code>{words}</code>" in text


async def test_it_runs_nothing_and_asks_nobody(client: httpx.AsyncClient) -> None:
    page = await get(client, "/docs")
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "style", "iframe", "img"}
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = page.links()
    assert all(link.startswith(("/", "#")) for link in links)
    assert all(link[1:] in ids for link in links if link.startswith("#"))


def test_fields_are_told_by_their_whole_path() -> None:
    document = {
        "paths": {
            "/things": {
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/x/A"}}}},
                    "responses": {"200": {"description": "Done."}},
                }
            }
        },
        "components": {
            "schemas": {
                "A": {
                    "required": ["parts"],
                    "properties": {
                        "parts": {"type": "array", "items": {"$ref": "#/x/B"}},
                        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    },
                },
                "B": {"properties": {"kind": {"enum": ["one", "two"]}, "next": {"$ref": "#/x/B"}}},
            }
        },
    }
    (group,) = groups(document)
    rows = [(row.name, row.kind, row.needed) for row in group.calls[0].body]
    assert rows[0] == ("parts", "list of any", True)
    assert ("parts[].kind", "“one” or “two”", False) in rows
    assert ("note", "string or null", False) in rows
    assert len(rows) < 20, "what holds itself comes to an end"


def test_code_in_a_docstring_is_told_apart() -> None:
    assert prose("The\n ``zip`` code.") == [(False, "The "), (True, "zip"), (False, " code.")]
