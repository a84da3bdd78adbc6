"""A worker's deliveries: several lanes per channel, so that a slow answer delays little."""

import asyncio
from collections import defaultdict

import structlog

from api.deliveries.schedule import Deliverer
from api.logs import places

log = structlog.get_logger()

LANES = 4
GRACE_SECONDS = 4.0
FAILURE_SECONDS = 1.0


class Lanes:
    """Each lane claims, sends and records one batch after the other until nothing is due."""

    def __init__(self, deliverer: Deliverer) -> None:
        self._deliverer = deliverer
        self._running: dict[str, set[asyncio.Task[None]]] = defaultdict(set)

    async def open(self) -> int:
        """Open one more lane for each channel that has something to send and lanes left."""
        for name in await self._deliverer.ready():
            running = self._running[name]
            if len(running) < LANES:
                lane = asyncio.create_task(self._work(name))
                running.add(lane)
                lane.add_done_callback(running.discard)
        return 0

    async def close(self) -> None:
        """Finish sending and recording, within some seconds: a worker that is told to exit leaves
        no letter with an unknown result."""
        self._deliverer.ending = True
        left = [lane for running in self._running.values() for lane in running]
        if left:
            await asyncio.wait(left, timeout=GRACE_SECONDS)
        for lane in left:
            lane.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _work(self, name: str) -> None:
        try:
            while await self._deliverer.deliver(name):
                pass
        except Exception as error:  # noqa: BLE001 (a worker outlives what it meets)
            log.error(
                "worker.step_failed",
                step="deliveries",
                channel=name,
                error=type(error).__name__,
                at=places(error),
            )
            await asyncio.sleep(FAILURE_SECONDS)
