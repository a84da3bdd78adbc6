"""Open letters printed, as the worker does."""

import asyncio
from collections.abc import Awaitable

import httpx

from api.services import Services, make_printing
from tests.waiting import until


async def printed(services: Services, asked: Awaitable[httpx.Response]) -> httpx.Response:
    """The answer, while a worker prints what is wanted."""
    task = asyncio.ensure_future(asked)

    async def print_or_see_it_answered() -> bool:
        return not await make_printing(services).print_wanted() and task.done()

    await until(print_or_see_it_answered)
    return await task
