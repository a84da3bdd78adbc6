"""How many statements a request sends to the database: no more for many rows than for one, and no
more than when this test was written."""

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import httpx
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.session import transaction
from api.services import Services
from tests.app_fixtures import CAMPAIGN, Body, Outbox
from tests.organizers.test_organizations import BODY as SOCIETY
from tests.organizers.test_records import RECORD
from tests.organizers.tokens import URL, bearer
from tests.sign_ons.signing import LETTER, fold, person, sign

PUBLIC = "/api/v1"
SPEAKER: Any = SOCIETY["representative"]
# Statements a request, sessions included; the accept path writes beside SQLAlchemy, and the counts
# of a campaign are read once in five seconds for all requests: neither is counted.
MOST = {
    f"{PUBLIC}/campaigns": 0,
    f"{PUBLIC}/campaigns/{LETTER}": 0,
    f"{PUBLIC}/campaigns/{CAMPAIGN}/targets?zip=91204": 0,
    f"{PUBLIC}/campaigns/{LETTER}/sign-ons": 1,
    f"{PUBLIC}/campaigns/{LETTER}/statement": 2,
    f"{PUBLIC}/records": 0,
    f"/c/{CAMPAIGN}": 0,
    f"/c/{LETTER}": 0,
    f"/c/{LETTER}/statement": 3,
    "/records": 0,
    f"{URL}/deliveries": 2,
    f"{URL}/deliveries?limit=1": 2,
    f"{URL}/deliveries/overview": 4,
    f"{URL}/deliveries/…": 3,
    f"{URL}/records": 2,
    f"{URL}/campaigns/{LETTER}/sign-ons": 2,
    f"{URL}/campaigns/{LETTER}/moderation": 5,
    f"{URL}/campaigns/{LETTER}/organizations": 4,
    f"{URL}/campaigns/{LETTER}/organizations?status=approved": 4,
    f"{URL}/campaigns/{LETTER}/invalidations": 2,
    f"{URL}/campaigns/{LETTER}/handed-in": 2,
    f"{URL}/campaigns/{LETTER}/watchlist": 2,
    f"{URL}/campaigns/{LETTER}/stats": 5,
    f"{URL}/campaigns/{LETTER}/sign-ons.csv": 4,
    f"{URL}/campaigns/{LETTER}/reports/domains": 3,
    f"{URL}/campaigns/{LETTER}/reports/addresses": 3,
    f"{URL}/campaigns/{LETTER}/reports/clients": 3,
    f"{URL}/campaigns/{CAMPAIGN}/suspects": 2,
    f"{URL}/invalidations/…": 2,
    "/metrics": 6,
    "/me/…": 7,
    "/pending/…": 2,
    "/unsubscribe/…": 1,
    f"POST {PUBLIC}/self-service": 20,
    f"POST {PUBLIC}/self-service, letters": 18,
    "POST /own-data": 8,
    "POST /own-data, letters": 7,
    "POST /own-data/download": 20,
    "/confirm/…": 5,
    f"POST {PUBLIC}/confirmations": 21,
    f"POST {URL}/deliveries/stops": 5,
    f"POST {URL}/deliveries/resumes": 4,
    f"POST {URL}/deliveries/acts": 2,
}
# Requests whose answers are longer the second time, as everything read here should be.
LISTS = (
    f"{PUBLIC}/campaigns/{LETTER}/sign-ons",
    f"/c/{LETTER}/statement",
    "/me/…",
    "/pending/…",
    f"POST {PUBLIC}/self-service, letters",
    "POST /own-data/download",
    f"{URL}/deliveries",
    f"{URL}/deliveries/…",
    f"{URL}/records",
    f"{URL}/campaigns/{CAMPAIGN}/suspects",
    *(
        f"{URL}/campaigns/{LETTER}/{path}"
        for path in (
            *("sign-ons", "moderation", "organizations", "organizations?status=approved"),
            *("invalidations", "handed-in", "watchlist", "sign-ons.csv"),
            *("reports/addresses", "reports/domains"),
        )
    ),
)
COUNTS = re.compile("count_snapshot|count_totals|count_hours|count_deltas")

Ask = Callable[[], Awaitable[httpx.Response]]

_noted: ContextVar[list[str] | None] = ContextVar("noted", default=None)


class Told(NamedTuple):
    statements: int
    length: int


@contextmanager
def noting(engine: AsyncEngine) -> Iterator[None]:
    """Record the statements of this task; concurrent tasks have contexts of their own."""

    def note(_: Any, __: Any, statement: str, *rest: Any) -> None:
        noted = _noted.get()
        if noted is not None and not COUNTS.search(statement):
            noted.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


@dataclass
class World:
    """A campaign of each kind with everything that requests show, in any number."""

    client: httpx.AsyncClient
    services: Services
    outbox: Outbox
    form: Callable[..., Body]
    headers: dict[str, str]
    people: int = 0
    page: str = ""
    """The data of somebody who wrote letters."""

    async def grow(self, people: int) -> None:
        for number in range(self.people, self.people + people):
            await self._sign(f"p{number}@example.org", number)
        self.people += people
        await self._confirm_all()
        await fold(self.services)
        await self._organizers_work()
        await self._more_rows()

    async def _sign(self, email: str, number: int) -> None:
        """A signature, an organization, a form with letters, and one more at a full mailbox."""
        words = {"display": "name", "comment": f"Please. {number}"}
        given = f"Ani{'abcdefghij'[number]}"
        await sign(self.client, person({"sign_on": words}, email=email, given_name=given))
        entry = {"name": f"Society {number}", "website": f"https://o{number}.example.org"}
        speaker: Body = {**SPEAKER, "email": f"ani@o{number}.example.org"}
        await sign(self.client, {**SOCIETY, "organization": entry, "representative": speaker})
        for copy, address in enumerate((email, *3 * ["full@example.org"])):
            story = {"story": f"My story {number}, {copy}"}
            body = self.form(story, email=address, given_name=given)
            answer = await self.client.post(f"{PUBLIC}/campaigns/{CAMPAIGN}/submissions", json=body)
            assert answer.status_code == 202, answer.text

    async def _confirm_all(self) -> None:
        await self.outbox.work()
        for token in self.outbox.tokens("confirm"):
            answer = await self.client.post(f"{PUBLIC}/confirmations", json={"token": token})
            if not self.page and answer.is_success and answer.json()["letters"]:
                self.page = httpx.URL(answer.json()["page_url"]).path
        await self.outbox.work()

    async def _organizers_work(self) -> None:
        """One more of what organizers enter and decide; half of what waits is decided."""
        number = self.people

        async def post(path: str, **body: Any) -> Any:
            answer = await self.client.post(f"{URL}{path}", headers=self.headers, json=body)
            assert answer.is_success, (path, answer.text)
            return answer.json() if answer.content else None

        for each in range(number):
            await post(f"/campaigns/{LETTER}/watchlist", domain=f"d{number}-{each}.example.org")
            await post("/records", **{**RECORD, "on": f"hr-{number}{each}"})
            on = "2026-03-01"
            await post(f"/campaigns/{LETTER}/handed-in", to=f"The House {number}{each}", on=on)
            nobody = {"domain": f"none{each}.example.org", "expected": 0}
            await post(f"/campaigns/{LETTER}/invalidations", **nobody)
        found = await self.get(f"{URL}/campaigns/{LETTER}/organizations")
        for each in found.json()["items"][::2]:
            await post(f"/organizations/{each['id']}/approve")
        waiting = (await self.get(f"{URL}/campaigns/{LETTER}/moderation")).json()["items"]
        for each in waiting[::2]:
            decided = {"shown": True, "up_to": each["number"]}
            await post(f"/sign-ons/{each['id']}/decision", what="name", **decided)
        await fold(self.services)
        await bearer(self.services)

    async def _more_rows(self) -> None:
        """Give every person as many letters as there are people, with as many attempts each; some
        people become suspects."""
        statements = (
            """INSERT INTO letters (id, person_id, submission_id, seat, text, edited,
                    personal_share, status)
               SELECT gen_random_uuid(), person_id, submission_id, 'seat:' || n || seat, text,
                    edited, personal_share, status
               FROM letters, generate_series(2, CAST(:people AS int)) AS n
               WHERE seat NOT LIKE 'seat:%' ON CONFLICT DO NOTHING""",
            """INSERT INTO deliveries (id, letter_id, channel, environment, status, due_at,
                    epoch, attempts, payload)
               SELECT gen_random_uuid(), id, 'folder', 'development', 'queued', now(), 0, 0, 'x'
               FROM letters l WHERE NOT EXISTS (SELECT FROM deliveries WHERE letter_id = l.id)""",
            """INSERT INTO attempts (delivery_id, number, began, ended, outcome, unknown)
               SELECT id, 10 + n, now(), now(), 'retrying', false
               FROM deliveries, generate_series(1, CAST(:people AS int)) AS n
               ON CONFLICT DO NOTHING""",
            """UPDATE persons SET standing = 'suspect', suspect_reason = 'rate'
               WHERE campaign = 'reverse-907-waiver' AND id IN (
                   SELECT id FROM persons ORDER BY id OFFSET 1)""",
        )
        async with transaction(self.services.engine) as session:
            for statement in statements:
                await session.execute(text(statement), {"people": self.people})

    async def get(self, path: str) -> httpx.Response:
        answer = await self.client.get(path, headers=self.headers, follow_redirects=False)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer

    async def ask_all(self) -> dict[str, Told]:
        """Count each request by its name, after a first one has filled what the process caches."""
        told = {}
        for name, ask in (await self._requests()).items():
            await ask()
            told[name] = await asked(ask)
        for name, ask in (await self._acts()).items():
            told[name] = await asked(ask)
        return told

    async def _requests(self) -> dict[str, Ask]:
        own = {"token": await self.outbox.own_data(self.client, LETTER, "p0@example.org")}
        own_letters = {"token": await self.outbox.own_data(self.client, CAMPAIGN, "p0@example.org")}
        delivery = (await self.get(f"{URL}/deliveries")).json()["items"][0]["id"]
        invalidation = (await self.get(f"{URL}/campaigns/{LETTER}/invalidations")).json()["items"][
            0
        ]
        tokens = {page: self.outbox.tokens(page)[0] for page in ("pending", "unsubscribe")}
        paths = (
            f"{PUBLIC}/campaigns",
            f"{PUBLIC}/campaigns/{LETTER}",
            f"{PUBLIC}/campaigns/{CAMPAIGN}/targets?zip=91204",
            f"{PUBLIC}/campaigns/{LETTER}/sign-ons",
            f"{PUBLIC}/campaigns/{LETTER}/statement",
            f"{PUBLIC}/records",
            f"/c/{CAMPAIGN}",
            f"/c/{LETTER}",
            f"/c/{LETTER}/statement",
            "/records",
            f"{URL}/deliveries",
            f"{URL}/deliveries?limit=1",
            f"{URL}/deliveries/overview",
            f"{URL}/records",
            *(
                f"{URL}/campaigns/{LETTER}/{path}"
                for path in (
                    *("sign-ons", "moderation", "organizations", "organizations?status=approved"),
                    *("invalidations", "handed-in", "watchlist", "stats", "sign-ons.csv"),
                    *("reports/domains", "reports/addresses", "reports/clients"),
                )
            ),
            f"{URL}/campaigns/{CAMPAIGN}/suspects",
            "/metrics",
        )
        asks = {path: self._getting(path) for path in paths}
        asks |= {f"/{page}/…": self._getting(f"/{page}/{each}") for page, each in tokens.items()}
        asks["/me/…"] = self._getting(self.page)
        asks[f"{URL}/deliveries/…"] = self._getting(f"{URL}/deliveries/{delivery}")
        asks[f"{URL}/invalidations/…"] = self._getting(f"{URL}/invalidations/{invalidation['id']}")
        asks[f"POST {PUBLIC}/self-service"] = self._posting(f"{PUBLIC}/self-service", json=own)
        asks[f"POST {PUBLIC}/self-service, letters"] = self._posting(
            f"{PUBLIC}/self-service", json=own_letters
        )
        asks["POST /own-data"] = self._posting("/own-data", data=own)
        asks["POST /own-data, letters"] = self._posting("/own-data", data=own_letters)
        asks["POST /own-data/download"] = self._posting("/own-data/download", data=own)
        return asks

    async def _acts(self) -> dict[str, Ask]:
        """What can be done only once: fill in a form and confirm it."""
        body = self.form(email=f"new{self.people}@example.org")
        await self.client.post(f"{PUBLIC}/campaigns/{CAMPAIGN}/submissions", json=body)
        await self.outbox.send_mails()
        token = self.outbox.tokens("confirm")[-1]
        stop = {"kind": "campaign", "name": CAMPAIGN}
        release = {"act": "release", "campaign": CAMPAIGN}
        return {
            "/confirm/…": self._getting(f"/confirm/{token}"),
            f"POST {PUBLIC}/confirmations": self._posting(
                f"{PUBLIC}/confirmations", json={"token": token}
            ),
            f"POST {URL}/deliveries/stops": self._posting(f"{URL}/deliveries/stops", json=stop),
            f"POST {URL}/deliveries/resumes": self._posting(f"{URL}/deliveries/resumes", json=stop),
            f"POST {URL}/deliveries/acts": self._posting(f"{URL}/deliveries/acts", json=release),
        }

    def _getting(self, path: str) -> Ask:
        return partial(self.get, path)

    def _posting(self, path: str, **body: Any) -> Ask:
        async def ask() -> httpx.Response:
            answer = await self.client.post(path, headers=self.headers, **body)
            assert answer.is_success, (path, answer.status_code, answer.text)
            return answer

        return ask


async def asked(ask: Ask) -> Told:
    """Send a request; how many statements it sent, and how long the answer is."""
    noted: list[str] = []
    before = _noted.set(noted)
    answer = await ask()
    _noted.reset(before)
    return Told(len(noted), len(answer.content))


async def test_the_number_of_statements_does_not_grow_with_the_rows(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Callable[..., Body],
) -> None:
    world = World(client, services, outbox, form, await bearer(services))
    with noting(services.engine):
        await world.grow(1)
        few = await world.ask_all()
        await world.grow(3)
        many = await world.ask_all()
    assert {name for name in LISTS if many[name].length <= few[name].length} == set()
    grown = {name for name in many if many[name].statements > few[name].statements}
    assert grown == set()
    assert {n: told.statements for n, told in many.items() if told.statements > MOST[n]} == {}
    assert many.keys() == MOST.keys()
