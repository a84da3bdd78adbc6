"""A picture of a page, taken a second time where a busy browser could not take the first."""

import asyncio
from typing import Any

from playwright.async_api import Error, Locator, Page


async def picture(of: Page | Locator, **options: Any) -> bytes:
    """A PNG; ``options`` are Playwright's. Raises its Error when it fails twice."""
    try:
        return await of.screenshot(**options)
    except Error:
        await asyncio.sleep(1)
        return await of.screenshot(**options)
