"""The people of a run: they fill in forms, read their mail, and confirm; all of them retry."""

import asyncio
import time
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from tests.crash.ledgers import Arrival, Told
from tests.crash.other_side import OtherSide
from tests.crash.system import System

# Their fixed offices get letters by mail and as files; both write to House and Senate.
CAMPAIGNS = ("reverse-907-waiver", "sanction-officials")
FORMS = "/api/v1/campaigns/{}/submissions"
CONFIRMATIONS = "/api/v1/confirmations"
PLACES = (
    ("91204", "Glendale", "CA-30"),
    ("82001", "Cheyenne", "WY-0"),
    ("05401", "Burlington", "VT-0"),
)
TRY_AGAIN = 0.15  # seconds
STOP_SECONDS = 120
CROWDED_SECONDS = 2.0  # between two forms, while much waits to be sent
Body = dict[str, Any]


class People:
    """The load: ``submitters`` and ``confirmers`` work until ``stop``, and end what they began."""

    def __init__(
        self,
        system: System,
        side: OtherSide,
        chance: Random,
        pause: tuple[float, float],
        ignored: float,
    ) -> None:
        """``ignored`` is the share of links that nobody follows."""
        self.told, self.received = Told(), side.received
        self._system, self._side, self._chance = system, side, chance
        self._pause, self._ignored = pause, ignored
        self._links: asyncio.Queue[str] = asyncio.Queue()
        side.tell = self._hear
        self._forms = 0
        self.latest_mail = 0.0  # when it was written (seconds since the epoch)
        self.crowded = False
        self._over = False
        self._tasks: list[asyncio.Task[None]] = []
        self._http = httpx.AsyncClient(
            base_url=system.url,
            timeout=httpx.Timeout(15, pool=60),
            trust_env=False,
            limits=httpx.Limits(max_connections=32),
        )

    def start(self, submitters: int, confirmers: int) -> None:
        self._tasks = [asyncio.create_task(self._submit()) for _ in range(submitters)]
        self._tasks += [asyncio.create_task(self._confirm()) for _ in range(confirmers)]

    async def stop(self) -> None:
        """No new forms; what was begun is brought to its end."""
        self._over = True
        ended, waiting = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        for task in waiting:
            task.cancel()
            self.told.breaches.append("somebody was never answered")
        await asyncio.gather(*ended)

    async def settle(self) -> None:
        """Read what arrived; confirm nothing more."""
        self.received.read_letters(self._system.outbox / "letters")
        self._side.settle()
        await self._http.aclose()

    async def until(self, forms: int) -> None:
        """Continue until this many forms were accepted."""
        while len(self.told.forms) < forms:  # noqa: ASYNC110 (twice a second is enough)
            await asyncio.sleep(0.5)

    async def _submit(self) -> None:
        """Fill in one form after the other, each until it is taken."""
        while not self._over:
            keyed = self._chance.random() < 0.6
            self._forms += 1
            code = f"{'keyed' if keyed else 'plain'}-{self._forms}"
            key = str(uuid4()) if keyed else None
            body, path = self._form(code), FORMS.format(CAMPAIGNS[self._forms % 2])
            answer = await self._post(path, body, key, code)
            if answer.status_code != 202:
                self.told.breaches.append(f"form {code} was answered {answer.status_code}")
                continue
            self.told.forms[code] = answer.json()
            if keyed and self._chance.random() < 0.3:
                again = await self._post(path, body, key, code)
                if again.content != answer.content:
                    self.told.breaches.append(f"form {code} was answered in two ways")
            pause = self._chance.uniform(*self._pause)
            await asyncio.sleep(CROWDED_SECONDS if self.crowded else pause)

    def _form(self, code: str) -> Body:
        """Every seventh is by somebody who has just sent another one, on the same campaign; every
        fifth by somebody without a form of address, who sends the letters to Congress by hand."""
        who = self._forms - 2 * (self._forms % 7 == 0)
        zip_code, city, district = PLACES[who % len(PLACES)]
        names = {"given_name": "Ani", "family_name": "Petrosyan"}
        names |= {"prefix": "Ms."} if who % 5 else {}
        address = {"email": f"person{who}@example.org", "zip": zip_code, "city": city}
        address |= {"street": "12 Main St"}
        story = f"My story has the code {code}."
        return {
            "supporter": {**names, **address},
            "district": district,
            "story": story,
            "referral": code,
        }

    async def _confirm(self) -> None:
        """Press the button behind one mailed link after the other, some twice at a time."""
        while not (self._over and self._links.empty()):
            try:
                token = await asyncio.wait_for(self._links.get(), 0.5)
            except TimeoutError:
                continue
            if self._chance.random() < self._ignored:
                continue
            dice = self._chance.random()
            if dice < 0.1:
                await asyncio.gather(*(self._press(token, str(uuid4()), alone=False) for _ in "ab"))
            else:
                await self._press(token, str(uuid4()) if dice < 0.8 else None, alone=dice < 0.8)

    async def _press(self, token: str, key: str | None, *, alone: bool) -> None:
        """With ``alone`` nobody else uses this token, so an answer "gone" has to be true."""
        body = {"token": token}
        answer = await self._post(CONFIRMATIONS, body, key)
        while answer.status_code == 409:
            # Somebody has confirmed with this address: say to be that person, or another if
            # allowed.
            people = [one["person"] for one in answer.json().get("people", [])]
            if not people:
                self.told.breaches.append(f"a third person was needed: {answer.json()['code']}")
                return
            others = ["another"] if len(people) == 1 else []
            body = {"token": token, "person": self._chance.choice([*people, *others])}
            answer = await self._post(CONFIRMATIONS, body, key)
        if answer.status_code == 200:
            self.told.confirmed.setdefault(token, []).append(answer.json())
        elif answer.status_code == 410:
            if alone:
                self.told.gone.add(token)
        else:
            self.told.breaches.append(f"a confirmation was answered {answer.status_code}")

    async def _post(
        self, path: str, body: Body, key: str | None, code: str | None = None
    ) -> httpx.Response:
        """Retry until the answer says more than "try again"."""
        headers = {"Idempotency-Key": key} if key else {}
        while True:
            began = time.monotonic()
            if code is not None:
                self.told.attempts[code] = self.told.attempts.get(code, 0) + 1
            try:
                answer = await self._http.post(path, json=body, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.is_success:
                self.told.answered.append((began, time.monotonic()))
            if answer is not None and answer.status_code not in {429, 503}:
                return answer
            self.told.refused += 1
            await asyncio.sleep(TRY_AGAIN)

    def _hear(self, arrival: Arrival) -> None:
        """A mail has come: its link is pressed, if it is one to confirm."""
        self.latest_mail = max(self.latest_mail, arrival.at)
        if arrival.page == "confirm":
            self._links.put_nowait(arrival.token)

    @property
    def mail_times(self) -> list[float]:
        """When each mail was written (seconds since the epoch)."""
        return [one.at for mails in self.received.mails.values() for one in mails]
