"""Names, addresses, stories and links are nowhere in the clear but in the development outbox.

The real ``serve`` takes forms with planted words, good ones and bad ones, over both ways in;
letters go out; errors are provoked in PostgreSQL. Then the state folder, the database's files
with its WAL and log, everything that was printed at debug level, and a dump are searched.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from api.database.binaries import programs
from api.database.connection import connect_kwargs
from api.database.embedded import EmbeddedPostgres
from tests.app_fixtures import CAMPAIGN
from tests.cli.running import Serve
from tests.crash.ledgers import LINK
from tests.pages.browserless import get
from tests.promises.searching import files_under, search
from tests.waiting import wait_until

FORMS = f"/api/v1/campaigns/{CAMPAIGN}/submissions"
SIGN_ONS = "/api/v1/campaigns/suspend-security-aid/sign-ons"
CONFIRMATIONS = "/api/v1/confirmations"
PLANTED = {
    "given_name": "Zoëquill",
    "family_name": "Featherstonehaugh-Vex",
    "email": "planted.mailbox.one@example.org",
    "phone": "+1 213 555 0147",
    "street": "7431 Xylophone Brandywine Lane",
    "city": "Quibblesworth",
    "story": "My grandmother hid a samovar in Shushi.",
    "subject": "Please hear the samovar story",
    "statement": "This paragraph was rewritten by zebrafinches.",
    "organization": "Society of the Umbral Wombats",
    "website": "https://umbral-wombats.example.org",
    "role": "Keeper of the Burrows",
    "director": "planted.director@umbral-wombats.example.org",
}
# Its own way in each: a word in a refused input must not be found more than in a good one.
REFUSED = {
    "malformed": "Malformedjane brackets",
    "unknown field": "Unknownfield wordsmith",
    "bad email": "not an address vexingly",
    "control": "Controlling nulbyte",
    "too long": "Endless ramblings ",
    "query": "queried.person@example.org",
    "path": "Pathological-Person",
    "header": "Headerman Useragentson",
    "conflict": "Conflicting twinstory",
    "page": "Pageful Formwriter",
    "sql": "Sequel literalson",
    "refused by the database": "Databased rejectson",
}
KEY = "idempotent-key-of-planted-mailbox"
# Plain by design: it has to be found, or the search is blind.
REFERRAL = "plain-and-public-code"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    one = Serve(
        tmp_path / "var",
        tmp_path / "printed",
        *("--port", "0", "--workers", "1"),
        PYTHONPATH="",
        UNDERSIGNED_LOG_LEVEL="debug",
    )
    yield one
    if one.process.poll() is None:
        one.stop()
    server = EmbeddedPostgres(one.state).locate()
    server.stop()
    shutil.rmtree(server.place.home, ignore_errors=True)


@pytest.fixture
async def client(serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    await asyncio.to_thread(serve.ready)
    async with httpx.AsyncClient(base_url=serve.url, trust_env=False, timeout=30) as made:
        yield made


def form(**supporter: str) -> dict[str, Any]:
    fields = ("given_name", "family_name", "email", "phone", "street", "city")
    person = {name: PLANTED[name] for name in fields}
    edit = {"seat": "house:WY-0", "subject": PLANTED["subject"], "statement": PLANTED["statement"]}
    return {
        "supporter": {**person, "zip": "82001", **supporter},
        "story": PLANTED["story"],
        "letters": [edit],
        "referral": REFERRAL,
    }


async def good_forms(client: httpx.AsyncClient) -> None:
    for key in ({"Idempotency-Key": KEY}, {}):
        answer = await client.post(FORMS, json=form(), headers=key)
        assert answer.status_code == 202, answer.text
    page = await get(client, f"/c/{CAMPAIGN}")
    person = {name: PLANTED[name] for name in ("family_name", "email")}
    page = await page.submit(client, {**person, "zip": "82001", "given_name": REFUSED["page"]})
    assert (await page.submit(client)).titles["h1"] == "Check your email"
    who = {name: PLANTED[name] for name in ("given_name", "family_name", "role")}
    who |= {"email": PLANTED["director"]}
    organization = {"name": PLANTED["organization"], "website": PLANTED["website"]}
    body = {"kind": "organization", "organization": organization, "representative": who}
    assert (await client.post(SIGN_ONS, json=body)).status_code == 202


async def bad_forms(client: httpx.AsyncClient) -> None:
    json = {"Content-Type": "application/json"}
    post = client.post
    answers = [
        await post(FORMS, content=f'{{"story": "{REFUSED["malformed"]}', headers=json),
        await post(FORMS, json={**form(), REFUSED["unknown field"]: REFUSED["unknown field"]}),
        await post(FORMS, json=form(email=REFUSED["bad email"])),
        await post(FORMS, json=form(given_name=f"{REFUSED['control']}\x00")),
        await post(FORMS, json={**form(), "story": REFUSED["too long"] * 1000}),
        await post(FORMS, json={**form(), "story": REFUSED["too long"] * 9000}),
        await post(FORMS, json=form(zip="00000")),
        await post(
            FORMS, json={**form(), "story": REFUSED["conflict"]}, headers={"Idempotency-Key": KEY}
        ),
        await post(
            FORMS, json=form(), headers={"Idempotency-Key": f"{REFUSED['header']} and " * 20 + "on"}
        ),
        await client.get(f"{FORMS}?email={REFUSED['query']}"),
        await client.get(f"/c/{REFUSED['path']}?name={REFUSED['query']}"),
        await client.get("/", headers={"User-Agent": REFUSED["header"], "Cookie": f"a={KEY}"}),
        await post(CONFIRMATIONS, json={"token": REFUSED["path"]}),
        await client.get(f"/confirm/{REFUSED['path']}"),
        await client.get(f"/me/{REFUSED['path']}"),
    ]
    assert {answer.status_code for answer in answers} <= {200, 400, 404, 405, 409, 410, 413, 422}


async def errors_in_the_database(client: httpx.AsyncClient, url: str) -> None:
    """A statement that quotes a word, and a form that the database refuses and shows whole."""
    with psycopg.connect(**connect_kwargs(url), autocommit=True) as owner:
        with pytest.raises(psycopg.DataError):
            owner.execute(f"SELECT '{REFUSED['sql']}'::int")
        with pytest.raises(psycopg.DataError):
            owner.execute("SELECT %s::text::int", [REFUSED["sql"]])
        owner.execute("ALTER TABLE supporters ADD CHECK (language <> 'es') NOT VALID")
    body = {**form(given_name=REFUSED["refused by the database"]), "language": "es"}
    answer = await client.post(FORMS, json=body)
    assert answer.status_code == 503


def links(serve: Serve, page: str) -> list[str]:
    """The tokens of all mailed links of a kind."""
    found = []
    for file in (serve.state / "outbox" / "mail").glob("*.eml"):
        message: Any = message_from_bytes(file.read_bytes(), policy=policy.default)
        found += LINK.findall(message.get_body(("plain",)).get_content())
    return sorted({token for kind, token in found if kind == page})


async def confirm_and_look(client: httpx.AsyncClient, serve: Serve) -> list[str]:
    """Discard one form, confirm the others, see the letters; gives every token that was used."""
    await asyncio.to_thread(wait_until, lambda: len(links(serve, "confirm")) == 3)
    shown = {token: await client.get(f"/confirm/{token}") for token in links(serve, "confirm")}
    assert {page.status_code for page in shown.values()} == {200}
    # The one with the story in it, which the letters are searched for in the end.
    mine = next(token for token in shown if PLANTED["story"] in shown[token].text)
    theirs = next(token for token in shown if PLANTED["organization"] in shown[token].text)
    (other,) = shown.keys() - {mine, theirs}
    signed = await client.post(CONFIRMATIONS, json={"token": theirs})
    assert signed.json()["status"] == "confirmed"
    gone = await client.post(f"{CONFIRMATIONS}/discard", json={"token": other})
    assert gone.status_code == 204
    for key in ({"Idempotency-Key": KEY}, {"Idempotency-Key": KEY}, {}):
        answer = await client.post(CONFIRMATIONS, json={"token": mine}, headers=key)
        assert answer.status_code == (200 if key else 410)
    written = serve.state / "outbox" / "letters"
    await asyncio.to_thread(wait_until, lambda: len(links(serve, "me")) == 2)
    await asyncio.to_thread(wait_until, lambda: len(list(written.glob("*.txt"))) == 4)
    pages = links(serve, "me")
    for page in pages:
        assert (await client.get(f"/me/{page}")).status_code == 200
    return [mine, other, theirs, *pages]


def dump(url: str, to: Path) -> None:
    command: list[str | Path] = [programs() / "pg_dump", "--dbname", url, "--file", to]
    done = subprocess.run(
        command, capture_output=True, check=False, env={**os.environ, "LANG": "C"}
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(240)
async def test_nothing_is_in_the_clear(
    serve: Serve, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    server = EmbeddedPostgres(serve.state).start()
    await good_forms(client)
    await bad_forms(client)
    tokens = await confirm_and_look(client, serve)
    await errors_in_the_database(client, server.url)
    dump(server.url, tmp_path / "dump")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)  # what a crash leaves lying about, too
    await asyncio.to_thread(wait_until, lambda: b"starting it again" in printed(tmp_path))
    await asyncio.to_thread(wait_until, lambda: is_ready(serve))
    assert serve.stop() == 0

    outbox = serve.state / "outbox"
    kept = [file for file in files_under(serve.state) if outbox not in file.parents]
    database = list(files_under(server.place.data, server.place.settings))
    everywhere = [*kept, *database, server.place.log, tmp_path / "printed", tmp_path / "dump"]
    assert any("pg_wal" in file.parts for file in database)
    words = [*PLANTED.values(), *REFUSED.values(), KEY, *tokens]
    assert search(everywhere, words) == {}

    control = search(everywhere, [REFERRAL, "zebrafinches"])
    assert "dump" in control[REFERRAL], "the search is blind"
    assert len(control[REFERRAL]) > 2, "in the database's files, too"
    letters = search(files_under(outbox), [PLANTED["family_name"], PLANTED["story"]])
    assert letters.keys() >= {PLANTED["story"]}, "the outbox is the one exception"


def is_ready(serve: Serve) -> bool:
    """Only a database that is there again writes its tables down when it is stopped."""
    try:
        return httpx.get(f"{serve.url}/readyz", timeout=20, trust_env=False).is_success
    except httpx.TransportError:
        return False


def printed(folder: Path) -> bytes:
    return (folder / "printed").read_bytes()
