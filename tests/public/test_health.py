"""What monitoring gets: health and readiness."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from api.campaigns.catalog import Catalog
from api.campaigns.problems import Problem
from api.database import connection as database
from api.database.engine import create_engine
from api.database.probe import Probe
from api.public import health
from api.services import Services


async def test_a_process_answers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


async def test_ready_with_everything_there(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "ready"
    assert body["checks"] == {"database": True, "migrations": True, "campaigns": True}


async def test_old_facts_and_ended_terms_are_warnings(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    fact = Problem("dossier/facts.yaml", 3, 1, "facts.x.reviewed", "look at it again", "warning")
    old = Problem("data", 1, 1, "as_of", "said when the campaigns were read", "warning")
    catalog = Catalog(services.published.catalog.campaigns, (fact, old))
    services.published = replace(services.published, catalog=catalog)
    monkeypatch.setattr(health, "now", lambda: datetime(2027, 1, 10, tzinfo=UTC))
    body = (await client.get("/readyz")).json()
    assert body["status"] == "ready"
    first, *others = body["warnings"]
    assert first == "facts.x.reviewed: look at it again"
    assert [warning.split(":")[0] for warning in others] == ["as_of", "terms"]
    assert "said when" not in str(others)


async def test_fresh_data_warns_of_nothing(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.published = replace(
        services.published, catalog=Catalog(services.published.catalog.campaigns)
    )
    as_of = services.published.directory.as_of
    day = datetime.combine(as_of, datetime.min.time(), UTC) + timedelta(days=2)
    monkeypatch.setattr(health, "now", lambda: day)
    assert (await client.get("/readyz")).json()["warnings"] == []


async def test_without_a_database_it_is_not_ready(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0)
    away = create_engine("postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(app.state.services, "probe", Probe(away))
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": False, "migrations": False, "campaigns": True}
    assert (await client.get("/healthz")).status_code == 200
