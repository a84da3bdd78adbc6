"""The stand-in over real HTTP: keys, scripts, outages, and a ledger that outlives it."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from api.deliveries.channels.cwc.chambers import HOUSE
from api.deliveries.channels.cwc.message import message_values, render
from api.sandbox.ledger import Ledger
from api.sandbox.script import ChamberScript, Playing
from tests.clocks import Clock
from tests.deliveries.channels.cwc.messages import content
from tests.deliveries.channels.sandboxed import KEY, Running, chamber_settings, running

XML = {"Content-Type": "application/xml"}
PATH = f"/v2/message?apikey={KEY}"


def message() -> bytes:
    return render(message_values(content(delivery_id=uuid4()), HOUSE, chamber_settings()))


@pytest.fixture
async def congress() -> AsyncIterator[Running]:
    async with running() as made:
        yield made


@pytest.fixture
async def browser(congress: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=congress.url, headers=XML, timeout=60) as client:
        yield client


async def test_keys_types_and_paths(browser: httpx.AsyncClient) -> None:
    body = message()
    assert (await browser.post("/v2/message?apikey=x", content=body)).status_code == 403
    assert (await browser.post("/v2/message", content=body)).status_code == 403
    other = {"Content-Type": "text/plain"}
    assert (await browser.post(PATH, content=body, headers=other)).status_code == 415
    assert (await browser.post(PATH, content=b"no")).status_code == 400
    assert (await browser.get("/v2/offices?apikey=x")).status_code == 403
    assert (await browser.get("/ledger")).json()["accepted"] == []


async def test_a_message_is_taken_once(browser: httpx.AsyncClient) -> None:
    body = message()
    validated = await browser.post(f"/v2/validate?apikey={KEY}", content=body)
    assert (validated.status_code, validated.text) == (200, "Validation Passed")
    assert [(await browser.post(PATH, content=body)).status_code for _ in range(3)] == [
        200,
        409,
        409,
    ]
    (entry,) = (await browser.get("/ledger")).json()["accepted"]
    assert (entry["chamber"], entry["office"], entry["campaign"]) == (
        "house",
        "HCA30",
        "reports-now",
    )
    assert "Petrosyan" not in str(entry)
    assert (await browser.delete("/ledger")).status_code == 204
    assert (await browser.get("/ledger")).json()["accepted"] == []


async def test_a_house_that_does_not_look_at_ids(browser: httpx.AsyncClient) -> None:
    script = {"keys": [KEY], "deduplicates": False}
    assert (await browser.post("/control/house", json=script)).status_code == 200
    body = message()
    assert [(await browser.post(PATH, content=body)).status_code for _ in range(2)] == [200, 200]
    assert len((await browser.get("/ledger")).json()["accepted"]) == 2


async def test_shares_and_times(browser: httpx.AsyncClient) -> None:
    busy = {"act": "status", "status": 429, "retry_after": 3, "share": 0.3}
    script = {"keys": [KEY], "rules": [busy, {"act": "status", "status": 500, "times": 4}]}
    await browser.post("/control/house", json=script)
    answers = [await browser.post(PATH, content=message()) for _ in range(60)]
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(500) == 4
    assert 8 < statuses.count(429) < 30
    assert {a.headers.get("retry-after") for a in answers if a.status_code == 429} == {"3"}
    shown = (await browser.get("/control")).json()
    assert shown["house"]["used"]["1"] == 4


async def test_an_outage_ends(browser: httpx.AsyncClient, congress: Running) -> None:
    await browser.post("/control/house", json={"keys": [KEY], "outage_seconds": 60})
    playing = congress.sandbox.playing["house"]
    playing.clock = clock = Clock(playing.down_until - 1)
    with pytest.raises(httpx.RemoteProtocolError):
        await browser.post(PATH, content=message())
    with pytest.raises(httpx.RemoteProtocolError):
        await browser.get(f"/v2/offices?apikey={KEY}")
    clock.go_on(1)
    assert (await browser.post(PATH, content=message())).status_code == 200


async def test_a_script_that_is_none(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/control/nobody", json={})).status_code == 404
    wrong = await browser.post("/control/house", json={"rules": [{"act": "explode"}]})
    assert wrong.status_code == 400


def test_a_spent_rule_gives_way() -> None:
    rules = [{"act": "hang", "times": 2}, {"act": "break", "times": 1}]
    playing = Playing(ChamberScript.model_validate({"rules": rules}))
    acts = [rule.act if (rule := playing.next_rule()) else None for _ in range(5)]
    assert acts == ["hang", "hang", "break", None, None]


def test_a_ledger_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    Ledger(file).add("house", "production", b"<CWC/>", id="a" * 32, office="HCA30")
    again = Ledger(file)
    assert again.has("house", "a" * 32)
    assert not again.has("senate", "a" * 32)
    assert len(again.entries) == 1
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_product_does_without_it() -> None:
    program = "import sys, api.main, api.worker; sys.exit('api.sandbox' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
