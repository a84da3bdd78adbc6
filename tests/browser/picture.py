"""A picture of a page, taken again where a busy browser could not take the first."""

from contextlib import suppress
from typing import Any

from playwright.async_api import Error, Locator, Page

from tests.waiting import until


async def picture(of: Page | Locator, **options: Any) -> bytes:
    """A PNG; ``options`` are Playwright's."""
    taken: list[bytes] = []

    async def take() -> bool:
        with suppress(Error):
            taken.append(await of.screenshot(**options))
        return taken != []

    await until(take)
    return taken[0]
