"""The only district of a ZIP code can be corrected, since the table is imprecise at edges."""

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.services import Services
from tests.pages.conftest import Go


@pytest.mark.parametrize("lang", ["en", "hy", "es"])
async def test_another_district_of_the_state_is_chosen(
    start: Go, client: httpx.AsyncClient, services: Services, lang: str
) -> None:
    letters = await start(zip="91204", lang=lang)
    assert "house:CA-30" in letters.html
    place = await letters.submit(client, button=letters.button("wide"))
    assert place.answer.status_code == 200
    assert place.html.count("<option") > 50
    assert "selected" not in place.html.partition('id="district"')[2].partition("</select>")[0]
    again = await place.submit(client)
    assert again.answer.status_code == 422, "nothing was chosen"
    assert again.html.count("<option") > 50
    changed = await again.submit(client, {"district": "CA-28"})
    assert 'id="letter:house:CA-28"' in changed.html
    assert 'id="letter:house:CA-30"' not in changed.html
    back = await changed.submit(client, button=changed.button("place"))
    assert ("district", "CA-28") in back.form.fields
    await changed.submit(client)
    async with transaction(services.engine) as session:
        kept = (
            await session.execute(text("SELECT district, district_basis FROM supporters"))
        ).one()
    assert tuple(kept) == ("CA-28", "stated")


async def test_of_a_split_zip_too(start: Go, client: httpx.AsyncClient) -> None:
    place = await start(zip="02138")
    assert place.html.count('name="district"') == 2
    wide = await place.submit(client, button=place.button("wide"))
    offered = [value for name, value in wide.form.choices if name == "district"]
    assert offered == [] or len(offered) == 9
    letters = await wide.submit(client, {"district": "MA-4"})
    assert "house:MA-4" in letters.html


async def test_where_there_is_one_district_there_is_nothing_to_correct(start: Go) -> None:
    letters = await start(zip="82001")
    assert 'value="wide"' not in letters.html


async def test_another_zip_asks_no_more(start: Go, client: httpx.AsyncClient) -> None:
    letters = await start(zip="91204")
    place = await letters.submit(client, button=letters.button("wide"))
    first = await place.submit(client, button=place.button("back"))
    letters = await first.submit(client, {"zip": "82001"})
    assert "house:WY-0" in letters.html
