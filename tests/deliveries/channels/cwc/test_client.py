"""The client of one chamber, against the stand-in over HTTP."""

import asyncio

from api.deliveries.channels.cwc.chambers import HOUSE, Endpoints
from api.deliveries.channels.cwc.client import CwcClient, End
from tests.deliveries.channels.sandboxed import running


async def test_many_who_gave_up_waiting_leave_it_in_order() -> None:
    """What is cancelled while it waits for a connection must not keep one for ever."""
    async with running() as congress:
        settings = congress.house(timeout=0.3)
        client = CwcClient(Endpoints.of(HOUSE, settings, production=False), settings)
        congress.play("house", rules=[{"act": "hang"}])

        async def post_after(seconds: float) -> End:
            await asyncio.sleep(seconds)
            return (await client.post(b"<CWC/>")).end

        posts = (post_after(number / 400) for number in range(500))
        assert set(await asyncio.gather(*posts)) == {End.BROKEN}
        congress.play("house")
        assert await post_after(0) is End.ANSWERED
        await client.close()
