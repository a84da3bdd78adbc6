"""Printing for people who wait: bounded in number and in time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from api.printing import workshop as module
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


async def test_more_than_can_be_done_is_refused_at_once(
    endless: Workshop, letter: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = [asyncio.create_task(endless.print(letter(sender="slow"), 60)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Busy) as refused:
        await endless.print(letter())
    assert refused.value.headers["Retry-After"] == "10"
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    slow.pop().cancel()  # who waited in the queue has gone: there is a place again
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await endless.print(letter())
    for task in slow:
        task.cancel()
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
