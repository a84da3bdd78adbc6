"""A changed version offers its source to whoever uses it (AGPL, section 13)."""

import httpx
import pytest
from fastapi import FastAPI

from api.services import Published
from api.settings import Settings
from tests.app_fixtures import CAMPAIGN, make_app

SOURCE = "https://code.example.org/ours"
PAGES = ["/", "/about", "/privacy", f"/c/{CAMPAIGN}", "/self-service", "/nothing"]


@pytest.fixture
async def changed(settings: Settings, published: Published) -> FastAPI:
    """The app of an operator who changed it."""
    return make_app(settings.model_copy(update={"source_url": SOURCE}), published)


async def test_every_page_links_to_the_source_of_a_changed_version(changed: FastAPI) -> None:
    transport = httpx.ASGITransport(changed)
    async with (
        changed.router.lifespan_context(changed),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        for path in PAGES:
            text = (await client.get(path)).text
            assert f'<a href="{SOURCE}">Source code</a>' in text, path


async def test_an_unchanged_version_has_no_such_link(client: httpx.AsyncClient) -> None:
    assert "Source code" not in (await client.get("/about")).text


async def test_the_contract_names_the_license(client: httpx.AsyncClient) -> None:
    told = (await client.get("/openapi.json")).json()["info"]["license"]
    assert told["identifier"] == "AGPL-3.0-or-later"
