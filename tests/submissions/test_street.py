"""The street look-up: what the geocoder said is proven, and an outage is told as one."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.services import Services
from api.targets.geocoder import Geocoder
from tests.app_fixtures import CAMPAIGN, Body
from tests.targets.http_stand_in import Answer, body, serve
from tests.targets.test_geocoder import answer

URL = f"/api/v1/campaigns/{CAMPAIGN}"
STREET = {"zip": "02138", "street": "1 Example St", "city": "Cambridge"}


@asynccontextmanager
async def looked_up_by(services: Services, respond: Answer) -> AsyncIterator[None]:
    with serve(respond) as url:
        geocoder = Geocoder(url)
        object.__setattr__(services.submissions, "geocoder", geocoder)
        yield
        await geocoder.close()
        object.__setattr__(services.submissions, "geocoder", None)


async def submit(client: httpx.AsyncClient, services: Services, sent: Body) -> str:
    """The basis that a submission is stored with."""
    response = await client.post(f"{URL}/submissions", json=sent)
    assert response.status_code == 202, response.text
    async with transaction(services.engine) as session:
        query = """SELECT district_basis FROM supporters s
                   JOIN submissions b ON b.supporter_id = s.id WHERE b.id = :id"""
        return str(await session.scalar(text(query), {"id": response.json()["id"]}))


async def test_a_proof_makes_the_district_geocoded_for_that_address_only(
    client: httpx.AsyncClient, services: Services, form: Callable[..., Body]
) -> None:
    async with looked_up_by(services, body(answer("2507"))):
        found = (await client.post(f"{URL}/targets", json=STREET)).json()
    assert "house:MA-7" in [target["seat"] for target in found["targets"]]
    top = {"district": "MA-7", "located": found["located"]}
    assert await submit(client, services, form(top, **STREET)) == "geocoded"
    assert await submit(client, services, form({"district": "MA-7"}, **STREET)) == "stated"
    last = "B" if top["located"].endswith("A") else "A"
    others = [
        form({**top, "district": "MA-5"}, **STREET),
        form(top, **{**STREET, "street": "2 Example St"}),
        form({**top, "located": f"{top['located'][:-1]}{last}"}, **STREET),
        form({**top, "located": f"1{top['located']}"}, **STREET),
        form({**top, "located": "٣.x"}, **STREET),
    ]
    for other in others:
        assert await submit(client, services, other) == "stated"


@pytest.mark.parametrize(
    ("respond", "status", "code"),
    [
        (body(b"down", 500), 503, "unavailable"),
        (body(b"not json"), 503, "unavailable"),
        (body(answer()), 422, "invalid_input"),
        (body(answer("2505", "2507")), 422, "invalid_input"),
    ],
)
async def test_an_outage_is_no_unknown_street(
    client: httpx.AsyncClient, services: Services, respond: Answer, status: int, code: str
) -> None:
    async with looked_up_by(services, respond):
        response = await client.post(f"{URL}/targets", json=STREET)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert STREET["street"] not in response.text
