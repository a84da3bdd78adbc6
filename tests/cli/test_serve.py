"""``serve`` starts everything, keeps it running whatever is killed, and leaves nothing behind."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import httpx
import psutil
import pytest

from tests.cli.running import Serve
from tests.times import Stopwatch, quick
from tests.waiting import PATIENCE, pause, wait_until

Start = Callable[..., Serve]
TWO = ("--port", "0", "--workers", "2")


async def under_load(serve: Serve, act: Callable[[], Any]) -> list[tuple[float, int]]:
    """Return when each of many requests was answered and how, while ``act`` happens in between.

    It ends when a hundred requests in a row were answered well after it.
    """
    answers: list[tuple[float, int]] = []
    watch = Stopwatch()
    visited, ending = asyncio.Event(), asyncio.Event()

    async def visit(client: httpx.AsyncClient) -> None:
        while not ending.is_set():
            try:
                status = (await client.get(serve.url)).status_code
            except httpx.TransportError:
                status = 0
            answers.append((watch.wall, status))
            visited.set()
            await pause(0.01)

    async def well(since: int) -> None:
        while len(answers) < since + 100 or any(status != 200 for _, status in answers[-100:]):
            visited.clear()
            await visited.wait()

    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        visits = [asyncio.create_task(visit(client)) for _ in range(8)]
        await well(0)
        await asyncio.to_thread(act)
        await well(len(answers))
        ending.set()
        await asyncio.gather(*visits)
    return answers


def longest_gap(answers: list[tuple[float, int]]) -> float:
    """Return the longest time in seconds without a single good answer."""
    good = [moment for moment, status in answers if status == 200]
    return max(later - sooner for sooner, later in pairwise(good))


def test_it_serves_alone_on_its_state_folder_and_leaves_nothing_behind(serve: Start) -> None:
    one = serve(*TWO, PATTERN="").ready()
    answer = one.get().json()
    assert answer["role"] == "undersigned_app"
    assert answer["url"] == one.url
    assert "sends nothing to anyone" in one.said
    assert str(one.state / "outbox") in one.said
    assert len(one.children("api")) == 2
    assert len(one.children("worker")) == 1
    other = serve()
    assert other.process.wait(PATIENCE) == 1
    assert "Another `undersigned serve` runs" in other.said
    assert one.get().status_code == 200
    family = psutil.Process(one.process.pid).children(recursive=True)
    assert one.stop() == 0
    assert not [process for process in family if process.is_running()]
    assert one.postgres() is None
    with pytest.raises(httpx.ConnectError):
        one.get()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_other_signals_end_it_too(serve: Start, number: signal.Signals) -> None:
    one = serve().ready()
    one.process.send_signal(number)
    assert one.process.wait(PATIENCE) == 0
    assert one.postgres() is None


def test_a_signal_during_the_start_leaves_nothing_behind(serve: Start) -> None:
    one = serve()
    wait_until(lambda: (one.state / "postgres").exists() and one.postgres())
    one.stop()
    assert one.postgres() is None


def test_signals_again_and_again_do_not_cut_the_end_short(serve: Start) -> None:
    """As from a shell or ``make`` that passes on what the whole process group was sent."""
    one = serve().ready()

    def ended() -> bool:
        one.process.send_signal(signal.SIGTERM)
        return one.process.poll() is not None

    wait_until(ended)
    assert one.process.returncode == 0
    assert one.postgres() is None


async def test_a_killed_child_is_back_within_seconds(serve: Start) -> None:
    one = (await asyncio.to_thread(serve, *TWO)).ready()
    for kind in ("api", "worker", "postgres"):
        before = {child.pid for child in one.children(kind)}
        answers = await under_load(one, partial(kill_all, one, kind))
        assert answers[-1][1] == 200
        assert quick(longest_gap(answers), 4)
        if kind == "worker":
            assert {status for _, status in answers} == {200}
            wait_until(partial(noted_another, one, before))
    answers = await under_load(one, partial(kill_in_turn, one))
    assert answers[-1][1] == 200
    assert quick(longest_gap(answers), 10), "the promise"


def kill_all(one: Serve, kind: str) -> None:
    """Kill the children of a kind, and see as many others come."""
    before = {child.pid for child in one.children(kind)}
    for pid in before:
        os.kill(pid, signal.SIGKILL)

    def are_back() -> bool:
        now = {child.pid for child in one.children(kind)}
        return len(now) == len(before) and not now & before

    wait_until(are_back)


def kill_in_turn(one: Serve) -> None:
    """Kill one of each kind as soon as there is one, twice."""
    for kind in 2 * ("api", "worker", "postgres"):
        wait_until(partial(one.children, kind))
        one.children(kind)[0].kill()


def noted_another(one: Serve, before: set[int]) -> bool:
    """Whether a new worker has begun to work."""
    return int((one.state / "worker.pid").read_text()) not in before


def test_a_killed_supervisor_takes_its_children_along_and_a_new_one_adopts(serve: Start) -> None:
    one = serve().ready()
    port = one.url.rpartition(":")[2]
    children = one.children("api") + one.children("worker")
    database = one.postgres()
    one.process.kill()
    one.process.wait()
    again = serve("--port", port, "--workers", "1").ready()
    assert again.postgres() == database, "the running PostgreSQL is adopted"
    assert again.get().status_code == 200
    wait_until(lambda: not any(child.is_running() for child in children))
    assert database is not None
    os.kill(database, signal.SIGKILL)
    wait_until(lambda: again.postgres() not in {database, None})
    wait_until(lambda: again.get().status_code == 200)
    assert again.stop() == 0
    assert again.postgres() is None


def test_a_taken_port_is_said_so(serve: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        one = serve("--port", str(taken.getsockname()[1]))
        assert one.process.wait(PATIENCE) == 1
    assert "is taken by another program" in one.said
    assert not (one.state / "postgres").exists()


def test_what_a_child_cannot_start_with_ends_everything(serve: Start) -> None:
    one = serve(STAND_IN="misconfigured")
    assert one.process.wait(PATIENCE) == 1
    assert one.said == "undersigned: A key is missing.\n"
    assert one.postgres() is None


def test_a_child_that_never_starts_ends_everything(serve: Start) -> None:
    one = serve("--port", "0", "--workers", "1", STAND_IN="broken")
    assert one.process.wait(PATIENCE) == 1
    assert "ZeroDivisionError" in one.said
    assert one.postgres() is None


def test_it_uses_the_database_that_is_set(serve: Start, database_url: str) -> None:
    one = serve("--port", "0", "--workers", "1", DATABASE_URL=database_url).ready()
    assert one.get().json()["role"] == "undersigned_app"
    assert not (one.state / "postgres").exists()


def test_an_unreachable_database_is_said_so(serve: Start) -> None:
    one = serve("--port", "0", DATABASE_URL="postgresql://someone:secret-word@127.0.0.1:1/none")
    assert one.process.wait(PATIENCE) == 1
    assert "does not answer" in one.said
    assert "Traceback" not in one.said
    assert "secret-word" not in one.said


def test_production_wants_an_encrypted_database(serve: Start) -> None:
    one = serve(
        "--port", "0",
        DATABASE_URL="postgresql://u@db.example.org/x",
        UNDERSIGNED_ENV="production",
        UNDERSIGNED_SMTP_URL="smtp://127.0.0.1:25",
        UNDERSIGNED_MAIL_FROM="Undersigned <letters@example.org>",
    )  # fmt: skip
    assert one.process.wait(PATIENCE) == 1
    assert "sslmode" in one.said


def test_wrong_use_ends_with_two(serve: Start) -> None:
    assert serve("--no-such-option").process.wait(PATIENCE) == 2


def test_a_wrong_setting_is_named_without_its_value(serve: Start) -> None:
    one = serve(UNDERSIGNED_ENV="secret-word")
    assert one.process.wait(PATIENCE) == 1
    assert "env" in one.said
    assert "secret-word" not in one.said
