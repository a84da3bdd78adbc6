"""What Prometheus gets, and who may ask for it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from api import metrics
from api.database import connection as database
from api.database.engine import create_engine
from api.database.session import transaction
from api.deliveries import controls, recording
from api.deliveries.controls import Kind
from api.deliveries.gates import Held
from api.deliveries.models import DeliveryStatus
from api.deliveries.sending import Kept
from api.outbox.lease import Claim
from api.security.identifiers import new_id
from api.services import Services
from tests.app_fixtures import CAMPAIGN, Outbox
from tests.deliveries.queued import change, queue
from tests.privacy.rows import Rows, make_vault

Form = Callable[..., dict[str, Any]]
SUBMISSIONS = f"/api/v1/campaigns/{CAMPAIGN}/submissions"
PATTERN = "/api/v1/campaigns/{slug}/submissions"


def read(body: str) -> dict[tuple[str, frozenset[str]], float]:
    """Samples by name and label values."""
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


async def scrape(client: httpx.AsyncClient) -> dict[tuple[str, frozenset[str]], float]:
    return read(await scrape_text(client))


async def scrape_text(client: httpx.AsyncClient) -> str:
    await asyncio.sleep(0)  # requests are counted at the end of a turn of the event loop
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


def key(name: str, *labels: str) -> tuple[str, frozenset[str]]:
    return (f"undersigned_{name}", frozenset(labels))


async def test_the_way_of_a_form_is_counted(
    client: httpx.AsyncClient, form: Form, outbox: Outbox
) -> None:
    before = await scrape(client)
    assert (await client.post(SUBMISSIONS, json=form())).status_code == 202
    waiting = await scrape(client)
    assert waiting[key("outbox_rows", "mails")] == 1
    await outbox.work()
    token = outbox.tokens("confirm")[0]
    await client.post("/api/v1/confirmations", json={"token": token})
    await outbox.work()
    after = await scrape(client)

    def grown(*name: str) -> float:
        return after[key(*name)] - before.get(key(*name), 0.0)

    assert grown("request_seconds_count", PATTERN, "POST", "202") == 1
    assert grown("forms_accepted_total") == 1
    assert grown("intake_batch_forms_count") == 1
    assert grown("intake_waiting_forms_count") == 1
    assert grown("mails_total", "sent") == 2
    assert grown("deliveries_total", "folder", "written") == len(outbox.letters) > 0
    assert after[key("outbox_rows", "mails")] == after[key("outbox_rows", "deliveries")] == 0
    assert after[key("database_up")] == 1


async def test_labels_hold_nothing_that_somebody_typed(
    client: httpx.AsyncClient, form: Form
) -> None:
    await client.get("/me/token-of-ani@example.org")
    await client.get("/nowhere/petrosyan")
    await client.request("PETROSYAN", "/healthz")
    await client.post(SUBMISSIONS, json=form(email="nobody"))
    body = await scrape_text(client)
    for typed in ("ani@", "petrosyan", "PETROSYAN", "Petrosyan", "example.org", "token-of"):
        assert typed not in body
    found = read(body)
    assert found[key("request_seconds_count", PATTERN, "POST", "422")] >= 1
    assert any("other" in labels for name, labels in found if name.endswith("seconds_count"))


async def test_the_age_of_the_oldest_due_row_is_told(
    client: httpx.AsyncClient, services: Services, tmp_path: Path
) -> None:
    rows = Rows(services.engine, make_vault(tmp_path))
    await rows.mail(await rows.supporter(), at=datetime.now(UTC) - timedelta(seconds=90))
    await rows.mail(await rows.supporter(), at=datetime.now(UTC) + timedelta(hours=5))
    found = await scrape(client)
    assert found[key("outbox_rows", "mails")] == 2
    assert 90 <= found[key("outbox_oldest_due_seconds", "mails")] < 100
    assert found[key("outbox_oldest_due_seconds", "deliveries")] == 0


async def test_letters_that_wait_or_are_in_trouble_and_stops_are_figures(
    client: httpx.AsyncClient, services: Services
) -> None:
    await queue(services.engine, services.vault, 3, "cwc_house")
    await queue(services.engine, services.vault, 2, "email")
    await change(
        services.engine, "UPDATE deliveries SET status = 'uncertain' WHERE channel = 'email'"
    )
    await change(services.engine, "UPDATE deliveries SET opened_at = now() - interval '1 hour'")
    async with transaction(services.engine) as session:
        await controls.stop(session, Kind.CHANNEL, "cwc_house", reason="x", actor="test")
    found = await scrape(client)
    assert found[key("letters_waiting", "cwc_house")] == 3
    assert 3600 <= found[key("letters_oldest_seconds", "cwc_house")] < 3700
    assert found[key("letters_troubled", "email", "uncertain")] == 2
    assert found[key("letters_stops", "channel")] == 1
    assert found[key("letters_stops", "seat")] == 0
    assert found[key("deliveries_stopped_total", "channel", "by_hand")] >= 1


async def test_a_worker_alone_shows_its_own_figures() -> None:
    with metrics.listening(0) as port:
        async with httpx.AsyncClient(trust_env=False) as asking:
            answer = await asking.get(f"http://127.0.0.1:{port}/metrics")
    assert "undersigned_mails_total" in answer.text


async def test_without_a_database_the_other_figures_stand(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0)
    await client.get("/healthz")
    away = create_engine("postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(app.state.services, "engine", away)
    found = await scrape(client)
    assert found[key("database_up")] == 0
    assert found[key("request_seconds_count", "/healthz", "GET", "200")] >= 1
    assert key("outbox_rows", "mails") not in found


async def test_a_lost_lease_is_counted(services: Services) -> None:
    async with transaction(services.engine) as session:
        claim = Claim(new_id(), 1, 1, datetime.now(UTC))
        kept = Kept(claim, Held(DeliveryStatus.PAUSED, "no_consent"))
        await recording.write(session, [], [kept])
    found = read(metrics.exposition().decode())
    assert found[key("leases_lost_total", "deliveries")] >= 1


ASKED: dict[str, tuple[str, Any, str | None, int]] = {
    "on this machine": ("127.0.0.1", {}, None, 200),
    "on this machine, IPv6": ("::1", {}, None, 200),
    "a stranger": ("203.0.113.9", {}, None, 403),
    "through a proxy on this machine": (
        "127.0.0.1",
        {"X-Forwarded-For": "203.0.113.9"},
        None,
        403,
    ),
    "through a proxy that says nothing of itself": (
        "127.0.0.1",
        {"Host": "act.example.org:443"},
        None,
        403,
    ),
    "a stranger who says where they are": (
        "203.0.113.9",
        {"X-Forwarded-For": "127.0.0.1"},
        None,
        403,
    ),
    "a stranger with the token": ("203.0.113.9", {"Authorization": "Bearer s3cret"}, "s3cret", 200),
    "a wrong token": ("127.0.0.1", {"Authorization": "Bearer s3cre"}, "s3cret", 401),
    "a token that is no ASCII": ("127.0.0.1", {"Authorization": b"Bearer \xe9"}, "s3cret", 401),
    "no token": ("127.0.0.1", {}, "s3cret", 401),
}


@pytest.mark.parametrize("name", ASKED)
async def test_who_may_ask(app: FastAPI, services: Services, name: str) -> None:
    host, headers, token, status = ASKED[name]
    site = "https://act.example.org"
    changed = {"metrics_token": SecretStr(token) if token else None, "public_url": site}
    services.settings = services.settings.model_copy(update=changed)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(host, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("undersigned_" in answer.text) == (status == 200)


COUNT = "from api import metrics; metrics.mails(['sent', 'sent', 'failed'])"
SHOW = "from api import metrics; print(metrics.exposition().decode())"


def test_the_processes_of_one_server_are_added_up(tmp_path: Path) -> None:
    """Processes that are gone count as well."""
    environment = {**os.environ, metrics.FOLDER_VARIABLE: str(tmp_path)}

    def python(code: str) -> str:
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return done.stdout

    for _ in range(2):
        python(COUNT)
    found = read(python(SHOW))
    assert found[key("mails_total", "sent")] == 4
    assert found[key("mails_total", "failed")] == 2
