"""Whose form it is: what is stored of the client behind a proxy."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from api import metrics
from api.database.session import transaction
from api.security.clients import Trouble
from api.security.proxies import noted
from api.services import Published, Services
from api.settings import Settings
from tests.app_fixtures import CAMPAIGN, Body, make_app

FORM = f"/api/v1/campaigns/{CAMPAIGN}/submissions"


@pytest.fixture
def settings(tmp_path: Path, owner_url: str) -> Settings:
    trusted = ("127.0.0.1",)
    url = SecretStr(owner_url)
    return Settings(state_dir=tmp_path / "var", DATABASE_URL=url, trusted_proxies=trusted)


@pytest.fixture
async def app(settings: Settings, published: Published) -> AsyncIterator[FastAPI]:
    made = make_app(settings, published)
    async with made.router.lifespan_context(made):
        yield made


async def clients(services: Services) -> int:
    async with transaction(services.engine) as session:
        counted = text("SELECT count(DISTINCT client_hash) FROM supporters")
        return int((await session.execute(counted)).scalar_one())


async def send(client: httpx.AsyncClient, body: Body, *lines: str) -> None:
    headers = [("X-Forwarded-For", line) for line in lines]
    answer = await client.post(FORM, json=body, headers=headers)
    assert answer.status_code == 202, answer.text


async def test_people_behind_a_proxy_are_told_apart(
    client: httpx.AsyncClient, services: Services, form: Callable[..., Body]
) -> None:
    for number in range(1, 9):
        await send(client, form(), "6.6.6.6", f"203.0.113.{number}:5000{number}")
    assert await clients(services) == 8


async def test_one_client_is_one_however_it_is_written(
    client: httpx.AsyncClient, services: Services, form: Callable[..., Body]
) -> None:
    for written in ("203.0.113.9", "203.0.113.9:1", "[::ffff:203.0.113.9]:2", "2002:cb00:7109::1"):
        await send(client, form(), written)
    assert await clients(services) == 1
    for host in range(8):
        await send(client, form(), f"[2001:db8:1:2::{host}]:443")
    assert await clients(services) == 2


async def test_a_proxy_that_names_nobody_is_counted(
    client: httpx.AsyncClient, services: Services, form: Callable[..., Body]
) -> None:
    def troubles() -> float:
        name, labels = "undersigned_forwarding_troubles_total", {"kind": "malformed_forwarding"}
        return metrics.OWN.get_sample_value(name, labels) or 0.0

    before: Any = troubles()
    await send(client, form(), "203.0.113.9, unknown")
    assert troubles() == before + 1
    (told,) = noted(services.settings.state_dir, datetime.now(UTC))
    assert (told.proxy, told.why) == ("127.0.0.1", Trouble.MALFORMED)


async def test_people_whom_a_proxy_hides_are_not_taken_for_one(
    client: httpx.AsyncClient, services: Services, form: Callable[..., Body]
) -> None:
    """An address that all its visitors share makes none of them a suspect."""
    for hidden in ("unknown", "_x", "203.0.113.9, -"):
        await send(client, form(), hidden)
    async with transaction(services.engine) as session:
        kept = text("SELECT count(*) FROM supporters WHERE client_hash IS NULL")
        assert (await session.execute(kept)).scalar_one() == 3
