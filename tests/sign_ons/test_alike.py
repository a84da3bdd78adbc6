"""Whoever signs gets the same answer: status, bytes and work tell nobody who took part.

Time is measured at full size only (``make test-large``): among other tests on a busy machine it
tells of them. What costs time, a question to the database, is counted at every size.
"""

import random
import re
import statistics
from collections import Counter
from functools import reduce
from operator import and_
from typing import Any

import httpx
import psycopg
import pytest

from api.database.session import transaction
from api.mail import suppressions
from api.services import Services
from api.settings import Settings
from api.submissions.intake_sql import STORE
from tests.app_fixtures import Outbox
from tests.sign_ons.signing import LETTER, URL, confirm, person, sign
from tests.sign_ons.sizes import LARGE, size, tell
from tests.times import Stopwatch

ROUNDS = size(25, 400)
KINDS = {
    "new": "",
    "repeated": "repeated@example.org",
    "unconfirmed": "unconfirmed@example.org",
    "blocked": "blocked@example.org",
    "suspect": "",
}
SECRET = re.compile(rb'"id":"[0-9a-f-]{36}"|ref=[0-9a-f]{12}')


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"log_level": "warning"})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What this process asks the database, each statement as it is sent."""
    statements: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def remembering(cursor: Any, query: Any, *args: Any, **options: Any) -> Any:
        statements.append(str(query))
        return await execute(cursor, query, *args, **options)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", remembering)
    return statements


def body(kind: str, number: int) -> dict[str, object]:
    fresh = {"new": f"new{number:04}@example.org", "suspect": f"sus{number:04}@mailinator.com"}
    return person(email=KINDS[kind] or fresh[kind], given_name=f"Ani{number:04}")


async def test_five_kinds_of_signer_are_answered_alike(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, asked: list[str]
) -> None:
    await sign(client, person(email=KINDS["repeated"]))
    await confirm(client, outbox)
    await sign(client, person(email=KINDS["unconfirmed"]))
    async with transaction(services.engine) as session:
        blocked = suppressions.recipient(services.keys, KINDS["blocked"])
        await suppressions.suppress(session, blocked, "unsubscribed")
    answers: dict[str, set[tuple[int, bytes, tuple[str, ...]]]] = {kind: set() for kind in KINDS}
    work: dict[str, list[Counter[str]]] = {kind: [] for kind in KINDS}
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    chance = random.Random(3)
    for number in range(ROUNDS):
        for kind in chance.sample(list(KINDS), len(KINDS)):
            asked.clear()
            watch = Stopwatch()
            answer = await client.post(f"{URL}/{LETTER}/sign-ons", json=body(kind, number))
            took[kind].append(watch.wall)
            work[kind].append(Counter(asked))
            headers = tuple(sorted(set(answer.headers) - {"x-request-id"}))
            answers[kind].add((answer.status_code, SECRET.sub(b"", answer.content), headers))
    assert len(set.union(*answers.values())) == 1, "the same bytes but for ids"
    # What all requests of a kind asked; a look-up by address would be in one kind's. What the
    # process asks now and then by itself is in none.
    for kind, each in work.items():
        assert reduce(and_, each) == Counter([STORE]), kind
    medians = {kind: statistics.median(times) for kind, times in took.items()}
    figures = {kind: f"{median * 1000:.2f} ms" for kind, median in medians.items()}
    tell(f"\nmedians of {ROUNDS} interleaved rounds: {figures}")
    if LARGE:
        assert max(medians.values()) / min(medians.values()) < 1.1, medians
