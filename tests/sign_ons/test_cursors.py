"""Paging tells nothing of who is not listed."""

import re

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.pages import open_letter
from api.services import Services
from api.sign_ons.cursors import Place, read_place, write_place
from tests.sign_ons.many import Name, store_people
from tests.sign_ons.signing import LETTER, SCHOLARS, URL, fold, signers

PAGE = f"/c/{LETTER}/statement"
NEXT = re.compile(r"after=([\w-]+)\" rel=\"next\"")
PLACE = Place(b"0petrosyan\x01ani\0petrosyan\x01ani", 7)


@pytest.fixture(autouse=True)
async def people(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_letter, "PEOPLE_ON_A_PAGE", 2)
    async with transaction(services.engine) as session:
        await store_people(session, LETTER, [Name("Ani", f"Family{n}") for n in range(5)])
    await fold(services)


async def test_all_pages_hold_each_name_once(client: httpx.AsyncClient) -> None:
    found, url = [], PAGE
    while True:
        page = (await client.get(url)).text
        found += re.findall(r"Ani Family\d", page)
        more = NEXT.search(page)
        if more is None:
            break
        url = f"{PAGE}?after={more[1]}"
    assert found == [f"Ani Family{n}" for n in range(5)]


async def test_a_cursor_holds_while_its_own_entry_goes(
    client: httpx.AsyncClient, services: Services
) -> None:
    more = NEXT.search((await client.get(PAGE)).text)
    assert more
    gone = "UPDATE sign_ons SET review = 'refused', public_name = NULL, sort_key = NULL "
    async with transaction(services.engine) as session:
        await session.execute(text(f"{gone} WHERE public_name = 'Ani Family1'"))
    page = (await client.get(f"{PAGE}?after={more[1]}")).text
    assert re.findall(r"Ani Family\d", page) == ["Ani Family2", "Ani Family3"]


async def test_no_number_and_nothing_made_up_is_a_cursor(
    client: httpx.AsyncClient, services: Services
) -> None:
    async with transaction(services.engine) as session:
        suspect = (
            "UPDATE persons SET standing = 'suspect' WHERE id = (SELECT person_id FROM sign_ons"
        )
        await session.execute(text(f"{suspect} WHERE public_name = 'Ani Family2')"))
    genuine = write_place(services.keys, LETTER, PLACE)
    elsewhere = write_place(services.keys, SCHOLARS, PLACE)
    forged = genuine[:-2] + ("AA" if genuine[-2:] != "AA" else "BB")
    for cursor in ("3", "1", "99", forged, elsewhere, genuine[:20], "\u0661", "a" * 5000):
        answer = await client.get(PAGE, params={"after": cursor})
        assert answer.status_code == 404, cursor
    assert (await client.get(PAGE, params={"after": genuine})).status_code == 200


async def test_numbers_of_people_who_are_not_listed_tell_nothing(
    client: httpx.AsyncClient, services: Services
) -> None:
    """By number the list goes on below any number alike, whoever has it or nobody."""
    numbers = [each["sequence"] for each in await signers(client)]
    hidden = numbers[2]
    async with transaction(services.engine) as session:
        hide = text("UPDATE sign_ons SET display = 'hidden' WHERE sequence = :sequence")
        await session.execute(hide, {"sequence": hidden})
    for cursor in (hidden, hidden + 1):
        answer = await client.get(f"{URL}/{LETTER}/sign-ons", params={"cursor": str(cursor)})
        told = [each["sequence"] for each in answer.json()["items"]]
        assert told == [each for each in numbers if each < cursor and each != hidden]


def test_a_place_is_written_and_read(services: Services) -> None:
    written = write_place(services.keys, LETTER, PLACE)
    assert read_place(services.keys, LETTER, written) == PLACE
    assert written == write_place(services.keys, LETTER, PLACE), "pages can be cached"
    assert "petrosyan" not in written
    longest = Place(b"k" * 481, 2**62)
    assert read_place(services.keys, LETTER, write_place(services.keys, LETTER, longest)) == longest
