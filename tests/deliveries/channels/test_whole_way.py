"""From a form to a letter that the (stand-in) system of the House accepted."""

import httpx
from sqlalchemy import text

from api.services import Services
from tests.app_fixtures import CAMPAIGN, Body, Outbox
from tests.deliveries.channels.sandboxed import Running
from tests.deliveries.test_schedule import Make

WRITER = {"prefix": "Ms.", "street": "12 Main St", "city": "Glendale"}


async def confirmed(client: httpx.AsyncClient, outbox: Outbox, body: Body) -> Body:
    answer = await client.post(f"/api/v1/campaigns/{CAMPAIGN}/submissions", json=body)
    assert answer.status_code == 202, answer.text
    await outbox.work()
    token = outbox.tokens("confirm")[-1]
    made: Body = (await client.post("/api/v1/confirmations", json={"token": token})).json()
    return made


async def letters(services: Services) -> dict[str, tuple[str, str, str | None]]:
    """Seat -> channel, status and reason."""
    query = text("""
        SELECT l.seat, d.channel, l.status, d.reason
        FROM letters l JOIN deliveries d ON d.letter_id = l.id
    """)
    async with services.engine.connect() as connection:
        rows = (await connection.execute(query)).all()
    return {row.seat: (row.channel, row.status, row.reason) for row in rows}


async def test_a_form_becomes_letters_that_both_systems_accept(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Make,
    congress: Running,
) -> None:
    made = await confirmed(client, outbox, form({"story": "My grandmother fled."}, **WRITER))
    assert {letter["status"] for letter in made["letters"]} == {"queued"}
    await outbox.work()
    assert await letters(services) == {
        "president": ("folder", "written", None),
        "house:CA-30": ("cwc_house", "accepted", None),
        "senate:CA:1": ("cwc_senate", "accepted", None),
        "senate:CA:3": ("cwc_senate", "accepted", None),
    }
    assert [entry["office"] for entry in congress.taken("house")] == ["HCA30"]
    assert {entry["office"] for entry in congress.taken("senate")} == {"SCA01", "SCA03"}
    async with services.engine.connect() as connection:
        ids = await connection.execute(text("SELECT id FROM deliveries WHERE channel ~ '^cwc'"))
        assert {entry["id"] for entry in congress.sandbox.ledger.entries} == {
            id_.hex for id_ in ids.scalars()
        }
