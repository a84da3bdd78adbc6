"""What the supervisor leaves behind where ``run`` itself fails."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator

import pytest

from api.cli.supervisor import Supervisor
from api.database.embedded import ENDING


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.timeout(10)  # else the loop waits for children that were half started
def test_a_failed_run_leaves_no_handler_of_its_loop_and_no_task() -> None:
    tasks: list[asyncio.Task[None]] = []

    def fails(_: Supervisor) -> list[asyncio.Task[None]]:
        tasks.extend(asyncio.all_tasks())
        raise RuntimeError("a test")

    async def run() -> list[bool]:
        with socket.socket() as listener, pytest.raises(RuntimeError):
            await Supervisor(listener, {}, workers=1, server=None, say=print).run(fails)
        return [task.done() for task in tasks if task is not asyncio.current_task()]

    assert asyncio.run(run()) == [True] * 3
    for number in ENDING:
        os.kill(os.getpid(), number)  # nothing comes of it: the end is bounded
