"""The street look-up on the screen in between: found, not found, away, or not there at all."""

import httpx
import pytest

from api.services import Services
from tests.pages.conftest import Go
from tests.submissions.test_street import looked_up_by
from tests.targets.http_stand_in import Answer, body
from tests.targets.test_geocoder import answer

STREET = {"street": "1 Example St", "city": "Cambridge"}


async def test_the_found_district_is_chosen_and_its_proof_goes_along(
    start: Go, client: httpx.AsyncClient, services: Services
) -> None:
    async with looked_up_by(services, body(answer("2507"))):
        asked = await start(zip="02138")
        assert "U.S. Census Bureau" in asked.words
        found = await asked.submit(client, STREET, button=asked.button("locate"))
    assert found.form["district"] == "MA-7"
    assert found.form["located"]
    letters = await found.submit(client)
    assert letters.titles["h1"] == "Your 4 letters"
    assert "subject:house:MA-7" in letters.form.names


@pytest.mark.parametrize(
    ("respond", "status", "words"),
    [
        (body(answer()), 422, "was not found in your ZIP code"),
        (body(b"down", 500), 503, "does not answer at the moment"),
    ],
)
async def test_what_was_not_found_leaves_the_choice(
    start: Go,
    client: httpx.AsyncClient,
    services: Services,
    respond: Answer,
    status: int,
    words: str,
) -> None:
    async with looked_up_by(services, respond):
        asked = await start(zip="02138")
        page = await asked.submit(client, STREET, button=asked.button("locate"))
    assert page.answer.status_code == status
    assert words in page.words
    assert page.form["street"] == STREET["street"]
    letters = await page.submit(client, {"district": "MA-5"})
    assert letters.titles["h1"] == "Your 4 letters"


async def test_without_a_geocoder_no_street_is_asked_for(start: Go) -> None:
    asked = await start(zip="02138")
    assert "street" not in asked.form.names
