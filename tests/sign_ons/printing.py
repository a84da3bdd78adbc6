"""Open letters printed, as the worker does."""

import asyncio
from collections.abc import Awaitable

import httpx

from api.services import Services, make_printing


async def printed(services: Services, asked: Awaitable[httpx.Response]) -> httpx.Response:
    """The answer, while a worker prints what is wanted."""
    task = asyncio.ensure_future(asked)
    while not task.done():
        if not await make_printing(services).print_wanted():
            await asyncio.sleep(0.01)
    return await task
