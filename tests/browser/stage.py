"""A served app in which every page of the hosted surface has something to show.

It is set up once per test worker, in a database of its own, so that a case costs no more than
loading its page.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from api.counts import ledger
from api.database.session import transaction
from api.partners.models import Partner
from api.partners.registry import add_partner
from api.security.tokens import token_digest
from api.services import Published, Services
from api.settings import Settings
from api.sign_ons.organizations import approve
from api.supporters.tokens import Purpose, mint
from tests.app_fixtures import CAMPAIGN, Body, Outbox, make_app
from tests.counts.later import later
from tests.sign_ons.many import Name, store_people
from tests.sign_ons.signing import LETTER, confirm, fold, person, sign
from tests.waiting import until

HOSTILE = "<img src=x onerror=alert(1)>\"'&{{7*7}}</textarea><script>alert(2)</script>"
STORY = "My grandmother was born in Stepanakert. She taught me its streets from memory."
SPLIT = {"zip": "02138", "city": "Cambridge"}
# Of a person's four letters, in the order of the page: status and reason of the delivery.
WRITTEN = (("written", None),) * 4
TROUBLED = (
    ("needs_user_action", None),
    ("failed", None),
    ("uncertain", None),
    ("paused", "seat_vacant"),
)
HALF_OUT = (("written", None), ("accepted", None), ("queued", None), ("paused", None))
MOVING = (
    ("queued", None),
    ("accepted", None),
    ("cancelled", "seat_changed"),
    ("self_reported", None),
)
STATE = text("""
    WITH changed AS (UPDATE letters SET status = :status WHERE id = :id RETURNING id)
    UPDATE deliveries SET status = :status, reason = :reason
    WHERE letter_id IN (SELECT id FROM changed)
""")
LETTERS = text("""
    SELECT l.id FROM letters l JOIN submissions b ON b.id = l.submission_id
    JOIN tokens t ON t.supporter_id = b.supporter_id WHERE t.hash = :hash ORDER BY l.seat
""")
OWNER = text("SELECT supporter_id FROM tokens WHERE hash = :hash")
NOBODY = UUID(int=0)


@dataclass
class Stage:
    """``paths`` maps names to the pages that needed preparation."""

    site: str
    services: Services
    client: httpx.AsyncClient
    outbox: Outbox
    paths: dict[str, str] = field(default_factory=dict)

    async def write(self, email: str, **changes: str) -> str:
        """Submit a supporter's letters; returns the token of the mailed link."""
        supporter = {
            "given_name": "Ani",
            "family_name": "Petrosyan",
            "email": email,
            **SPLIT,
            **changes,
        }
        body: Body = {"supporter": supporter, "district": "MA-5", "story": STORY}
        url = f"/api/v1/campaigns/{CAMPAIGN}/submissions"
        await self.outbox.work()  # what other tests left, so that the newest mail is this one's
        answer = await self.client.post(url, json=body)
        assert answer.status_code == 202, answer.text
        await self.outbox.work()
        return self.outbox.tokens("confirm")[-1]

    async def confirm(self, token: str, states: Sequence[tuple[str, str | None]]) -> str:
        """The path of the supporter's page, with the letters in these states."""
        answer = await self.client.post("/api/v1/confirmations", json={"token": token})
        assert answer.status_code == 200, answer.text
        await self.outbox.work()
        path = "/me/" + str(answer.json()["page_url"]).rsplit("/", 1)[1]
        async with transaction(self.services.engine) as session:
            key = {"hash": token_digest(path.rpartition("/")[2])}
            letters = (await session.scalars(LETTERS, key)).all()
            for letter, (status, reason) in zip(letters, states, strict=True):
                values = {"id": letter, "status": status, "reason": reason}
                await session.execute(STATE, values)
        self.paths.setdefault("letter", f"{path}/letters/{letters[-1]}")
        return path

    async def own_link(self, page: str) -> str:
        """The path of an unopened link to the data of the person whose page this is."""
        async with transaction(self.services.engine) as session:
            key = {"hash": token_digest(page.rpartition("/")[2])}
            supporter = await session.scalar(OWNER, key)
            return f"/self-service/{await mint(session, supporter, Purpose.OWN_LINK)}"


@asynccontextmanager
async def staged(url: str, folder: Path, published: Published) -> AsyncIterator[Stage]:
    """The stage on the database behind ``url``, served on a free port."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    site = f"http://127.0.0.1:{door.getsockname()[1]}"
    settings = Settings(state_dir=folder / "var", DATABASE_URL=SecretStr(url), public_url=site)
    app = make_app(settings, published)
    async with (
        app.router.lifespan_context(app),
        _serving(app, door),
        httpx.AsyncClient(base_url=site) as client,
    ):
        services: Services = app.state.services
        stage = Stage(site, services, client, Outbox(services))
        await _set(stage)
        yield stage


@asynccontextmanager
async def _serving(app: FastAPI, door: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(app, lifespan="off", log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[door]))
    await until(lambda: server.started)
    yield
    server.should_exit = True
    await serving


async def _set(stage: Stage) -> None:
    paths = stage.paths
    used = await stage.write("ani@example.org")
    paths["me"] = await stage.confirm(used, WRITTEN)
    paths["link-used"] = f"/confirm/{used}"
    paths["own-link"] = await stage.own_link(paths["me"])
    shared = await stage.write("ani@example.org", given_name=HOSTILE[:28])
    paths["confirm-shared"] = f"/confirm/{shared}"
    paths["me-troubled"] = await stage.confirm(await stage.write("bo@example.org"), TROUBLED)
    paths["me-moving"] = await stage.confirm(await stage.write("cy@example.org"), MOVING)
    hostile = await stage.write(
        "di@example.org", given_name=HOSTILE[:28], family_name=HOSTILE[-24:]
    )
    paths["confirm"] = f"/confirm/{hostile}"
    paths["unsubscribe"] = f"/unsubscribe/{stage.outbox.tokens('unsubscribe')[-1]}"
    partner = Partner(slug="own", name=f"Society {HOSTILE}", origins=[stage.site], inline=False)
    async with transaction(stage.services.engine) as session:
        await add_partner(session, partner, actor="test")
    await stage.services.partners.read()
    paths["partner"] = f"/partners/own?campaign={CAMPAIGN}"
    paths["letter-paper"] = paths.pop("letter")
    await _sign(stage)
    async with transaction(stage.services.engine) as session:
        for slug in (CAMPAIGN, "real-peace"):
            await ledger.append(session, slug, {"supporters": 12408})
        await ledger.fold(session)
    later(stage.services.counts)


async def _sign(stage: Stage) -> None:
    """People and an organization under the open letter, one of them not yet confirmed."""
    told: Mapping[str, str] = {"display": "name", "comment": HOSTILE}
    await sign(stage.client, person({"sign_on": told}, given_name="O'Brien-Պետրոսյան"))
    mine = await confirm(stage.client, stage.outbox)
    stage.paths["me-signature"] = "/me/" + str(mine["page_url"]).rsplit("/", 1)[1]
    representative = {"given_name": "Bo", "family_name": "Sarkisian", "role": HOSTILE[:28]}
    await sign(
        stage.client,
        {
            "kind": "organization",
            "organization": {
                "name": f"Society {HOSTILE}"[:100],
                "website": "https://example.net",
                "country": "US",
            },
            "representative": {**representative, "email": "bo@example.net", "show_name": True},
        },
    )
    await confirm(stage.client, stage.outbox)
    async with transaction(stage.services.engine) as session:
        waiting = text("SELECT id FROM organizations WHERE status = 'confirmed'")
        await approve(
            session,
            stage.services.vault,
            (await session.execute(waiting)).scalar_one(),
            lead=False,
            actor="test",
        )
        names = [Name(f"Given{number}", f"Family{number}") for number in range(40)]
        await store_people(session, LETTER, [*names, Name("W" * 40, "Փ" * 40)])
        await ledger.append(session, LETTER, {"persons": 41})
    await sign(stage.client, person(email="cy@example.net", given_name="Cy"))
    await stage.outbox.work()
    stage.paths["confirm-signature"] = f"/confirm/{stage.outbox.tokens('confirm')[-1]}"
    await fold(stage.services)
