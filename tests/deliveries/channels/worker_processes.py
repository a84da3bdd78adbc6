"""Real worker processes that deliver to the stand-in for the House.

Run as ``python -m tests.deliveries.channels.worker_processes NUMBER EACH`` with the settings of
a worker in its environment: it reads the campaigns once, becomes as many processes, prints
their pids and ends them when its standard input ends; without it they end by themselves. Each
process claims up to EACH letters at a time, and logs what a worker logs.
"""

import asyncio
import os
import signal
import sys

import structlog

from api import logs
from api.database.engine import create_engine
from api.deliveries.routing import make_router
from api.deliveries.schedule import Deliverer
from api.deliveries.turnover import Seats
from api.security.keys import KeyRing
from api.services import Published, load_published, now
from api.settings import ChamberSettings, Settings
from api.supporters.vault import Vault
from tests.waiting import pause

log = structlog.get_logger()

IDLE_SECONDS = 0.25  # as a worker


async def work(settings: Settings, published: Published, each: int) -> None:
    assert settings.database_url is not None
    engine = create_engine(settings.database_url.get_secret_value(), size=2)
    router = make_router(settings, engine, now)
    vault = Vault(KeyRing.load(settings.key_ring_file))
    deliverer = Deliverer(engine, router, vault, Seats(lambda: published.directory, now))
    await router.start()
    parent = os.getppid()
    while os.getppid() == parent:
        if not await deliverer.deliver("cwc_house", each):
            log.warning("worker.idle")
            await pause(IDLE_SECONDS)


def main(number: int, each: int) -> None:
    logs.configure("warning", json=False)
    # As in conftest.py: the sandbox stands in for the real systems.
    ChamberSettings.system = property(lambda own: own.environment)  # type: ignore[assignment,method-assign]
    settings = Settings()
    published = load_published(settings)
    children = []
    for _ in range(number):
        child = os.fork()
        if child == 0:
            asyncio.run(work(settings, published, each))
            os._exit(0)
        children.append(child)
    print(*children, flush=True)  # noqa: T201
    sys.stdin.read()
    for child in children:
        os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
