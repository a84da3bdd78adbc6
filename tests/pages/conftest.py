"""Pages are tested on the app itself, without a browser: see ``browserless``."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.app_fixtures import CAMPAIGN
from tests.pages.browserless import Page, get

Go = Callable[..., Awaitable[Page]]
PERSON = {
    "given_name": "Ani",
    "family_name": "Petrosyan",
    "email": "ani@example.org",
    "zip": "82001",  # Cheyenne: one district for the whole state
}


@pytest.fixture
def start(client: httpx.AsyncClient) -> Go:
    """Fill in screen 1 and go on; keyword arguments replace fields."""

    async def go(slug: str = CAMPAIGN, lang: str = "en", **fields: str) -> Page:
        page = await get(client, f"/c/{slug}?lang={lang}")
        return await page.submit(client, {**PERSON, **fields})

    return go
