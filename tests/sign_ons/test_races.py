"""Everything at once from 32 clients: the counts never lie, and add up at the end."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.counts import ledger
from api.database.session import transaction
from api.errors import NumberChanged
from api.services import Services
from api.settings import Settings
from api.sign_ons import invalidation
from api.sign_ons.invalidation import Criteria
from api.sign_ons.numbering import give_numbers
from api.supporters import tokens
from api.supporters.tokens import Purpose
from tests.sign_ons.signing import LETTER, URL, person
from tests.sign_ons.sizes import size, tell
from tests.times import Stopwatch
from tests.waiting import until

CLIENTS = 32
OPERATIONS = size(400, 50_000)
BATCH = 200
DISPLAYS = ("hidden", "initials", "name")
STATES = ("02138", "91204", "10001", "60601")

RECOUNT = text("""
    SELECT
        (SELECT count(*) FROM sign_ons g JOIN persons p ON p.id = g.person_id
         WHERE g.campaign = :campaign AND g.status = 'confirmed' AND p.standing = 'counted'
        ) AS persons,
        (SELECT count(*) FROM persons p WHERE p.campaign = :campaign AND p.standing = 'counted'
            AND EXISTS (SELECT FROM supporters s WHERE s.person_id = p.id
                        AND s.status = 'confirmed')) AS supporters,
        (SELECT count(*) FROM supporters WHERE campaign = :campaign) AS forms
""")
SUPPORTER = text("SELECT supporter_id FROM submissions WHERE id = :id")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """All of these clients have one address."""
    return settings.model_copy(update={"suspect_per_client": 10**9, "log_level": "warning"})


@dataclass
class Crowd:
    """What the clients have done so far. ``backward``: how far the counts may have gone back."""

    services: Services
    engine: AsyncEngine
    client: httpx.AsyncClient
    chance: random.Random
    done: dict[str, int] = field(default_factory=dict)
    backward: int = 0
    left: int = OPERATIONS

    async def run(self) -> None:
        """One client, until all operations are done; it knows only its own forms and pages."""
        pending: list[str] = []
        pages: list[str] = []
        while self.left > 0:
            self.left -= 1
            wish = self.chance.random()
            if pages and wish < 0.06:
                await self.withdraw(pages.pop(self.chance.randrange(len(pages))))
            elif pages and wish < 0.14:
                await self.display(self.chance.choice(pages))
            elif pending and wish < 0.55:
                page = await self.confirm(pending.pop(self.chance.randrange(len(pending))))
                pages += [page] if page else []
            else:
                pending.append(await self.sign())

    async def sign(self) -> str:
        number = self.chance.randrange(OPERATIONS // 2)
        body = person(
            {"sign_on": {"display": self.chance.choice(DISPLAYS)}},
            email=f"p{number}@example.org",
            given_name=f"N{self.chance.randrange(10**6)}",
            zip=self.chance.choice(STATES),
        )
        answer = await self.post(f"{URL}/{LETTER}/sign-ons", body)
        assert answer.status_code == 202, answer.text
        self.count("signed")
        return str(answer.json()["id"])

    async def confirm(self, submission_id: str) -> str | None:
        """Confirm by a token like the mailed one; returns a token for the own data, or None where
        somebody else's form won."""
        async with transaction(self.engine) as session:
            supporter = await session.scalar(SUPPORTER, {"id": submission_id})
            token = await tokens.mint(session, supporter, Purpose.CONFIRM)
        body: dict[str, object] = {"token": token}
        answer = await self.post("/api/v1/confirmations", body)
        if answer.status_code == 409:
            people = [one["person"] for one in answer.json()["people"]]
            who = self.chance.choice([*people, "another"] if len(people) == 1 else people)
            answer = await self.post("/api/v1/confirmations", {**body, "person": who})
        assert answer.status_code in {200, 409, 410}, answer.text
        self.count("confirmed" if answer.status_code == 200 else "too late")
        if answer.status_code != 200:
            return None
        async with transaction(self.engine) as session:
            return await tokens.mint(session, supporter, Purpose.OWN_DATA, timedelta(hours=3))

    async def display(self, page: str) -> None:
        body: dict[str, object] = {"token": page, "display": self.chance.choice(DISPLAYS)}
        answer = await self.post("/api/v1/self-service/display", body)
        assert answer.status_code == 200, answer.text
        self.count("changed")

    async def withdraw(self, page: str) -> None:
        self.backward += 1
        answer = await self.post("/api/v1/self-service/withdraw", {"token": page})
        assert answer.status_code == 200, answer.text
        self.count("withdrawn")

    async def post(self, url: str, json: dict[str, object]) -> httpx.Response:
        """As a program does that was told to come again: the machine may be a small one."""
        answers: list[httpx.Response] = []

        async def answered() -> bool:
            answers.append(await self.client.post(url, json=json))
            return answers[-1].status_code != 503

        await until(answered)
        return answers[-1]

    async def goes_on(self, operations: int) -> None:
        """Return after as many more, or at the end."""
        left = max(self.left - operations, 0)
        await until(lambda: self.left <= left, 3600)

    def count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1


async def fold(engine: AsyncEngine) -> dict[str, int]:
    async with transaction(engine) as session:
        await give_numbers(session)
        while await ledger.fold(session):
            pass
        return await ledger.totals(session, LETTER)


async def watch(crowd: Crowd) -> int:
    """Read the counts all along: whatever goes back was taken back before. How many reads."""
    last, gone_back, reads = 0, 0, 0
    while crowd.left > 0:
        persons = (await fold(crowd.engine)).get("persons", 0)
        gone_back += max(last - persons, 0)
        assert gone_back <= crowd.backward, "nobody took that many back"
        last, reads = persons, reads + 1
        await crowd.goes_on(OPERATIONS // 100)
    return reads


async def organize(crowd: Crowd) -> int:
    """An organizer who invalidates a whole state and undoes it, in the middle of it all."""
    services, times = crowd.services, 0
    engine = crowd.engine
    while crowd.left > 0:
        await crowd.goes_on(OPERATIONS // 8)
        criteria = Criteria(LETTER, state="NY")
        async with transaction(engine) as session:
            people = await invalidation.preview(session, services.keys, criteria)
            try:
                made = await invalidation.begin(
                    session, services.keys, criteria, expected=people, actor="test"
                )
            except NumberChanged:
                continue
        await work(crowd, made, taken=1)
        async with transaction(engine) as session:
            await invalidation.undo(session, made, actor="test")
        await work(crowd, made, taken=0)
        times += 1
    return times


async def work(crowd: Crowd, made: UUID, taken: int) -> None:
    """What a worker does; while a batch is under way all of it may be gone already."""
    done = 1
    while done:
        crowd.backward += taken * BATCH
        async with transaction(crowd.engine) as session:
            done = await invalidation.step(session, made, BATCH)
        crowd.backward -= taken * (BATCH - done)


async def test_counts_equal_a_recount_and_never_run_back_by_themselves(
    client: httpx.AsyncClient, services: Services, engine: AsyncEngine
) -> None:
    """``engine`` is the workers' and organizers' own, besides the one that the API has."""
    crowd = Crowd(services, engine, client, random.Random(50))
    stopwatch = Stopwatch()
    watching = asyncio.create_task(watch(crowd))
    organizing = asyncio.create_task(organize(crowd))
    await asyncio.gather(*(crowd.run() for _ in range(CLIENTS)))
    reads, times = await watching, await organizing
    took = stopwatch.wall
    totals = await fold(engine)
    async with transaction(engine) as session:
        recount = (await session.execute(RECOUNT, {"campaign": LETTER})).mappings().one()
    told = {name: totals[name] for name in ("persons", "supporters", "forms")}
    tell(f"\n{sum(crowd.done.values()):,} operations in {took:.0f} s: {crowd.done}")
    tell(f"{reads:,} reads meanwhile, {times} invalidations undone; counts {told}")
    assert told == dict(recount)
    assert {"signed", "confirmed", "withdrawn", "changed"} <= set(crowd.done)
    assert sum(crowd.done.values()) >= OPERATIONS
