"""Printing for people who wait: bounded in number and in time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from api.printing import queue
from api.printing import workshop as module
from api.printing.child import Job
from api.printing.press import Unprintable
from api.printing.workshop import Busy, TooLongToPrint, Workshop
from api.settings import Settings
from tests.printing.conftest import Letters
from tests.printing.pdf import Pdf

# What typst works at for hours; a letter whose sender is "quick" is done at once.
ENDLESS = """
#let letter = json(bytes(sys.inputs.letters)).letters.first()
#let n = if letter.sender == "quick" { 1 } else { 90000 }
#for a in range(n) { for b in range(n) { let c = a * b } }
#set document(title: "A letter")
#letter.sender
"""


@pytest.fixture
async def workshop() -> AsyncIterator[Workshop]:
    made = Workshop(Settings().templates_dir / "print")
    yield made
    await made.close()


@pytest.fixture
async def endless(tmp_path: Path) -> AsyncIterator[Workshop]:
    (tmp_path / "letter.typ").write_text(ENDLESS)
    made = Workshop(tmp_path, lanes=2, queue_limit=1)
    yield made
    await made.close()


async def test_a_letter_is_printed(workshop: Workshop, letter: Letters) -> None:
    made = await asyncio.gather(*(workshop.print(letter(sender=f"Ani {n}")) for n in range(3)))
    assert [f"Ani{n}" in Pdf(pdf).squeezed for n, pdf in enumerate(made)] == [True] * 3


async def test_what_cannot_be_printed_says_so(workshop: Workshop, letter: Letters) -> None:
    with pytest.raises(Unprintable, match="character"):
        await workshop.print(letter(own_words="A control character: \u0001."))
    assert await workshop.print(letter())


async def test_one_that_takes_too_long_is_ended_and_stops_nobody(
    endless: Workshop, letter: Letters
) -> None:
    long = asyncio.create_task(endless.print(letter(sender="slow"), seconds=5))
    assert (await endless.print(letter(sender="quick"), seconds=60)).startswith(b"%PDF")
    assert not long.done(), "the others did not wait for it"
    with pytest.raises(TooLongToPrint):
        await long
    for _ in range(3):
        assert (await endless.print(letter(sender="quick"), seconds=60)).startswith(b"%PDF")


async def test_more_than_can_be_done_is_refused_at_once(endless: Workshop, letter: Letters) -> None:
    slow = [asyncio.create_task(endless.print(letter(sender=f"slow {n}"), 60)) for n in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(Busy) as refused:
        await endless.print(letter(sender="one more"))
    assert refused.value.headers["Retry-After"] == "10"
    await endless.close()
    assert all(
        isinstance(each, BaseException)
        for each in await asyncio.gather(*slow, return_exceptions=True)
    )


async def test_one_client_leaves_a_lane_and_places_for_the_others(
    tmp_path: Path, letter: Letters
) -> None:
    (tmp_path / "letter.typ").write_text(ENDLESS)
    shop = Workshop(tmp_path, lanes=2, queue_limit=4)
    jobs = [letter(sender=f"slow {n}") for n in range(3)]
    slow = [asyncio.create_task(shop.print(job, 60, client="192.0.2.1")) for job in jobs]
    try:
        for n in range(3):
            job = letter(sender="quick", subject=f"Number {n}")
            assert (await shop.print(job, 60, client="192.0.2.2")).startswith(b"%PDF")
        with pytest.raises(Busy):
            await shop.print(letter(sender="slow 3"), client="192.0.2.1")
        assert not any(each.done() for each in slow)
    finally:
        await shop.close()
        await asyncio.gather(*slow, return_exceptions=True)
    assert not shop._queue._own


async def test_what_many_want_at_once_is_made_once_and_kept(
    workshop: Workshop, letter: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = 0
    work = workshop._make

    async def count(key: bytes, job: Job, seconds: float, client: str | None) -> bytes:
        nonlocal made
        made += 1
        return await work(key, job, seconds, client)

    monkeypatch.setattr(workshop, "_make", count)
    everybody = await asyncio.gather(*(workshop.print(letter()) for _ in range(60)))
    assert len({*everybody, await workshop.print(letter())}) == made == 1
    for n in range(module.KEPT):
        workshop._keep(bytes([n]), b"%PDF")
    assert len(workshop._kept) == module.KEPT
    await workshop.print(letter())
    assert made == 2, "the oldest is forgotten"


async def test_a_place_in_the_queue_ends(
    endless: Workshop, letter: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = [asyncio.create_task(endless.print(letter(sender=f"slow {n}"), 60)) for n in range(2)]
    await asyncio.sleep(0)
    monkeypatch.setattr(queue, "PATIENCE", 0.0)
    with pytest.raises(Busy):
        await endless.print(letter())
    await endless.close()
    await asyncio.gather(*slow, return_exceptions=True)


async def test_a_child_knows_no_secret_and_ends_with_its_parent(
    workshop: Workshop, letter: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNDERSIGNED_SMTP_URL", "smtp://user:secret@example.org")
    before = set(psutil.Process().children())
    await workshop.print(letter())
    (child,) = set(psutil.Process().children()) - before
    assert set(child.environ()) <= {"PATH", "PYTHONPATH", "LC_CTYPE"}
    lane = next(lane for lane in workshop._lanes if lane._child)
    assert lane._child
    assert lane._child.stdin
    lane._child.stdin.close()  # as when the parent has been killed
    await lane._child.wait()
    assert await workshop.print(letter()), "a new one is started"
