"""Every cacheable answer has an ETag, and is not sent again to a client that has it."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.campaigns.fields import Text
from api.pages import cards
from tests.app_fixtures import CAMPAIGN

LETTER = "suspend-security-aid"
QUERIES = {
    "/api/v1/campaigns/{slug}/targets": "?zip=91204",
    "/oembed": f"?url=http://127.0.0.1:8000/c/{LETTER}",
}
PICTURES = (f"/card/{LETTER}.png", "/card/pages/about.png")


def documented(app: FastAPI) -> dict[str, dict[str, Any]]:
    """The operations that may answer 304, by an address of each; printing waits for a worker."""
    return {
        path.replace("{slug}", LETTER if "sign" in path or "statement" in path else CAMPAIGN)
        + QUERIES.get(path, ""): methods["get"]
        for path, methods in app.openapi()["paths"].items()
        if "304" in methods.get("get", {}).get("responses", {}) and not path.endswith(".pdf")
    }


def test_every_public_answer_to_get_is_cacheable(app: FastAPI) -> None:
    gets = {p: m["get"]["responses"] for p, m in app.openapi()["paths"].items() if "get" in m}
    private = ("/api/v1/organizer", "/healthz", "/readyz")
    assert {path for path, answers in gets.items() if "304" not in answers} == {
        path for path in gets if path.startswith(private)
    }


async def test_a_client_that_has_an_answer_gets_no_body_again(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    for address in (*documented(app), *PICTURES):
        first = await client.get(address)
        assert first.status_code == 200, first.text
        assert first.headers["cache-control"].startswith("public, max-age="), address
        etag = first.headers["etag"]
        weak, listed = f"W/{etag}", f'"another", W/{etag}, "third"'
        for known in (etag, weak, listed, "*"):
            for method in ("GET", "HEAD"):
                again = await client.request(method, address, headers={"If-None-Match": known})
                if again.headers["etag"] != etag:
                    continue  # the counts in it are newer
                assert (again.status_code, again.content) == (304, b""), (address, known)
                for name in ("vary", "access-control-allow-origin"):
                    assert again.headers.get(name) == first.headers.get(name), (address, name)
                assert "content-type" not in again.headers
        other = await client.get(address, headers={"If-None-Match": '"another"'})
        assert (other.status_code, bool(other.content)) == (200, True)


def test_the_tag_and_the_condition_are_documented(app: FastAPI) -> None:
    for address, operation in documented(app).items():
        for status in ("200", "304"):
            headers = operation["responses"][status]["headers"]
            assert set(headers) == {"ETag", "Cache-Control"}, address
        assert "content" not in operation["responses"]["304"], address
        assert "If-None-Match" in {one["name"] for one in operation["parameters"]}, address


async def test_a_picture_that_the_client_has_is_not_drawn(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = (await client.get(PICTURES[1])).headers["etag"]
    drawn: list[object] = []
    monkeypatch.setattr(cards, "to_thread", lambda *work: drawn.append(work))
    again = await client.get(PICTURES[1], headers={"If-None-Match": etag})
    assert (again.status_code, drawn) == (304, [])


@pytest.mark.parametrize("lang", ["en", "xx", "get", "copy", "missing"])
async def test_an_unknown_language_is_english(client: httpx.AsyncClient, lang: str) -> None:
    english = (await client.get("/api/v1/campaigns")).json()
    answer = await client.get(f"/api/v1/campaigns?lang={lang}")
    assert (answer.status_code, answer.json()) == (200, english)
    assert Text(en="A text").get(lang) == "A text"
