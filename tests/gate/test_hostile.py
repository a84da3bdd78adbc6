"""Garbage is the sender's fault: it is refused, and never reported as an outage of ours."""

import re

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.database.session import is_outage, transaction
from api.organizers.tokens import Scope
from api.services import Services
from tests.app_fixtures import CAMPAIGN
from tests.gate.test_senders import TOKEN, changing, paths
from tests.organizers.tokens import bearer

NUL = "%00"
# What oEmbed answers to a format that is not offered, as its specification says.
OTHER_FORMAT = 501
# What the gate refuses before any route sees it: each is sent to some of the paths and each path
# gets some, since no path can make a difference. Everything else is sent to all.
REFUSED = ["%00", "a%00b", "%1b", "%7F", "%0B"]
GARBAGE = [
    "9" * 5000,
    "-1",
    "0",
    "99999999999999999999",
    "1e400",
    "%D9%A3",
    "NaN",
    "%2F%2Fx",
    "..%2F..",
    "'",
    "%ED%A0%80",
    "%FF",
    "%F0%9F",
]
GARBAGE += ["0001-01-01", "9999-12-31T23:59:60Z", "10000-01-01", "%C2%80", "%EF%BF%BF"]
PARAMETERS = ["cursor", "limit", "after", "zip", "district", "state", "lang", "partner", "ref", "q"]
PARAMETERS += [
    "page",
    "campaign",
    "channel",
    "seat",
    "reason",
    "status",
    "party",
    "url",
    "maxwidth",
]
JSON = [b'{"a": "\\u0000"}', b'{"a": "\\ud800"}', b'{"a":' * 2000, b"[" * 5000, b"1e999", b"null"]
JSON += [
    b'"\x00"',
    b"\xff\xfe",
    b"NaN",
    b'{"token": "\\u0000"}',
    b'{"limit": ' + b"9" * 5000 + b"}",
]


def filled(app: FastAPI, value: str) -> list[str]:
    """The address of each route, its parameters filled in."""
    written = {*app.openapi()["paths"], *paths(app)}
    whole = [re.sub(r"\{(\w+)(?::\w+)?\}", value, path) for path in written]
    return sorted({*whole, *known(app, value)})


def known(app: FastAPI, value: str) -> list[str]:
    """Those of a campaign that there is: of another, no route gets as far as its query."""
    written = {*app.openapi()["paths"], *paths(app)}
    return sorted(
        {re.sub(r"\{(\w+)(?::\w+)?\}", value, path.replace("{slug}", CAMPAIGN)) for path in written}
    )


async def send(client: httpx.AsyncClient, method: str, target: str, **more: object) -> int:
    request = client.build_request(method, "http://test/", **more)  # type: ignore[arg-type]
    request.url = request.url.copy_with(raw_path=target.encode("ascii"))
    answer = await client.send(request)
    refused = answer.status_code < 500 or answer.status_code == OTHER_FORMAT
    assert refused, (method, target[:200], answer.text[:500])
    return answer.status_code


def share(number: int, paths: list[str]) -> list[str]:
    """The paths that one of the refused values is sent to."""
    return paths[number :: len(REFUSED)]


async def refused(client: httpx.AsyncClient, method: str, target: str) -> None:
    request = client.build_request(method, "http://test/")
    request.url = request.url.copy_with(raw_path=target.encode("ascii"))
    answer = await client.send(request)
    assert answer.status_code == 400, (method, target[:200], answer.text[:500])
    assert (
        b"malformed_request" in answer.content or answer.headers["content-type"][:9] == "text/html"
    )


async def test_what_no_route_sees_is_refused_in_every_path_and_query(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    for number, value in enumerate(REFUSED):
        for path in share(number, [path for path in filled(app, value) if value in path]):
            await refused(client, "GET", path)
        for path in share(number, filled(app, TOKEN)):
            await refused(client, "GET", f"{path}?{PARAMETERS[number]}={value}")
        for method, path in changing(app)[number :: len(REFUSED)]:
            if TOKEN in path:
                await refused(client, method, path.replace(TOKEN, value))


@pytest.mark.parametrize("value", GARBAGE, ids=range(len(GARBAGE)))
async def test_garbage_in_every_path(
    app: FastAPI, client: httpx.AsyncClient, services: Services, value: str
) -> None:
    everything, number = await bearer(services, *Scope), GARBAGE.index(value)
    # As the name of a campaign, which all routes look up in one way, each goes to some of them.
    as_name = sorted({*filled(app, value)} - {*known(app, value)})[number % 3 :: 3]
    for path in (*as_name, *known(app, value)):
        if value in path:
            await send(client, "GET", path, headers=everything)
    for method, path in changing(app):
        if TOKEN in path:
            await send(client, method, path.replace(TOKEN, value), headers=everything)


async def test_garbage_in_every_query(
    app: FastAPI, client: httpx.AsyncClient, services: Services
) -> None:
    everything = await bearer(services, *Scope)
    for value in GARBAGE:
        for path in known(app, TOKEN):
            query = "&".join(f"{name}={value}" for name in PARAMETERS)
            if len(value) < 1000 and ".p" not in path:  # no pictures, no PDFs; httpx takes no more
                await send(client, "GET", f"{path}?{query}", headers=everything)


async def test_each_parameter_alone(
    app: FastAPI, client: httpx.AsyncClient, services: Services
) -> None:
    """So that no other refuses the request before."""
    everything = await bearer(services, *Scope)
    values = ("9" * 5000, "%C2%80", "%EF%BF%BF", "99999999999999999999", "-1", "a%0Ab")
    for path, methods in app.openapi()["paths"].items():
        for given in methods.get("get", {}).get("parameters", []):
            if given["in"] == "query":
                target = re.sub(r"\{\w+\}", TOKEN, path.replace("{slug}", CAMPAIGN))
                for value in values:
                    await send(
                        client, "GET", f"{target}?{given['name']}={value}", headers=everything
                    )


@pytest.mark.parametrize("body", range(len(JSON)))
async def test_garbage_in_every_body(
    app: FastAPI, client: httpx.AsyncClient, services: Services, body: int
) -> None:
    """Each route gets each body and each type, and each body comes as each type."""
    everything = await bearer(services, *Scope)
    kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
    for number, (method, path) in enumerate(changing(app)):
        kind = kinds[(number + body) % len(kinds)]
        headers = {**everything, "Content-Type": kind, "Idempotency-Key": "a-key-for-this-test"}
        await send(client, method, path, headers=headers, content=JSON[body])


async def test_a_nul_in_every_text_of_every_json_body(
    app: FastAPI, client: httpx.AsyncClient, services: Services
) -> None:
    """By the document of the API, so that future fields are among them."""
    everything = {**await bearer(services, *Scope), "Content-Type": "application/json"}
    schemas = app.openapi()["components"]["schemas"]
    fields = {name for schema in schemas.values() for name in schema.get("properties", {})}
    for method, path in changing(app):
        if path.startswith("/api/"):
            for value in ("\x00", "a\x00b", 2**63, -(2**63) - 1, 10**400):
                body = _encoded(dict.fromkeys(fields, value))
                await send(client, method, path, headers=everything, content=body)


def _encoded(document: dict[str, object]) -> bytes:
    import json

    return json.dumps(document).encode()


async def test_a_nul_in_every_field_of_every_form(app: FastAPI, client: httpx.AsyncClient) -> None:
    names = ["given_name", "family_name", "email", "zip", "district", "state", "street", "city"]
    names += ["phone", "story", "approval", "key", "partner", "ref", "lang", "token", "campaign"]
    names += ["display", "comment", "name", "website", "country", "role", "kind", "digest", "do"]
    names += [f"demand:{CAMPAIGN}", "subject:house:CA-30", "own_words:house:CA-30"]
    for method, path in changing(app):
        if not path.startswith("/api/"):
            for value in (NUL, "a%00b", "%ED%A0%80"):
                body = "&".join(f"{name}={value}" for name in names).encode()
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                await send(client, method, path, headers=kind, content=body)


async def test_the_field_with_the_control_character_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/api/v1/campaigns/{CAMPAIGN}/targets?zip=9%001")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert answer.json()["errors"][0]["field"] == "zip"
    request = client.build_request("GET", "http://test/")
    request.url = request.url.copy_with(raw_path=b"/api/v1/campaigns/a%00b")
    answer = await client.send(request)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "path")


@pytest.mark.parametrize("length", ["0" * 4300, "-5", "+5", "five", "\u00b2", ""])
async def test_an_invalid_content_length(client: httpx.AsyncClient, length: str) -> None:
    """Where a server lets it through to the app."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", length.encode("latin-1")),
    ]
    answer = await client.post("/api/v1/confirmations", headers=headers, content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


async def test_an_address_that_is_too_long(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/campaigns?lang=" + "e" * 9000)
    assert (answer.status_code, answer.json()["code"]) == (414, "address_too_long")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "BREW"])
async def test_other_methods(app: FastAPI, client: httpx.AsyncClient, method: str) -> None:
    for path in filled(app, TOKEN):
        await send(client, method, path)


async def test_a_hundred_hostile_headers(app: FastAPI, client: httpx.AsyncClient) -> None:
    values = ["\xff", "a" * 5000, "=?utf-8?q?x?=", ";,;,", "*/*;q=9e999", "en;q=NaN", 'W/"\xe9"']
    names = ["Accept-Language", "Accept", "Accept-Encoding", "If-None-Match", "Range", "Cookie"]
    names += ["Authorization", "Idempotency-Key", "X-Request-ID", "If-Modified-Since", "Expect"]
    for value in values:
        headers = [(name.encode(), value.encode("latin-1")) for name in names]
        for path in ("/", f"/c/{CAMPAIGN}", "/api/v1/campaigns", f"/card/{CAMPAIGN}.png"):
            assert (await client.get(path, headers=headers)).status_code < 500


async def test_an_outage_is_said_only_of_an_outage(services: Services) -> None:
    for statement, value in (("SELECT CAST(:v AS text)", "\x00"), ("SELECT CAST(:v AS int8)", "x")):
        with pytest.raises(DBAPIError) as refused:
            async with transaction(services.engine) as session:
                await session.execute(text(statement), {"v": value})
        assert not is_outage(refused.value)
