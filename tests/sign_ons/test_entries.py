"""What an organization signs as is in no table before it is approved, and in none afterwards."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from api.database.session import transaction
from api.errors import NotFound
from api.privacy.erasure import erase
from api.privacy.rewrap import wrap_anew
from api.services import Services
from api.sign_ons.names import name_key, organization_key
from api.sign_ons.organizations import approve, refuse, seal_all_plain, undo
from tests.app_fixtures import Outbox
from tests.locks import waiting_for_locks
from tests.sign_ons.plain import tables_with
from tests.sign_ons.signing import LETTER, confirm, fold, sign
from tests.sign_ons.test_organizations import decide, enter, organization, shown, waiting

NAME, WEBSITE, DOMAIN = (
    "Zoëquill Society",
    "https://www.quibblesworth.org/about",
    "quibblesworth.org",
)
EMAIL = "ani@quibblesworth.org"
WORDS = (NAME, WEBSITE, DOMAIN, name_key(NAME), organization_key(NAME)[1:].decode("latin-1"))

# As an earlier version stored it.
OLD = text("""
    UPDATE organizations SET entry = NULL, name_hash = NULL, look_hash = NULL,
        domain_hash = NULL, name = :name, website = :website, name_key = :name_key,
        domain = :domain, sort_key = :sort_key
    WHERE id = :id
""")


def plain(services: Services) -> set[str]:
    """The tables in which the name or the website stands."""
    return tables_with(services, WORDS)


async def rotate(services: Services, *, hashes: bool = True) -> None:
    """The key of what is sealed, and of what is hashed."""
    services.keys.rotate_campaign(LETTER)
    if hashes:
        services.keys.rotate_purpose("addresses")
    async for _ in wrap_anew(services.engine, services.keys, LETTER):
        pass


async def do(
    services: Services, what: Callable[..., Awaitable[Any]], organization_id: UUID
) -> None:
    async with transaction(services.engine) as session:
        await what(session, services.vault, organization_id, actor="test")


async def test_it_is_plain_while_it_is_listed_and_at_no_other_time(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await sign(client, organization(NAME, WEBSITE, EMAIL, show_name=True))
    assert plain(services) == set(), "the form waits for its mail"
    await confirm(client, outbox)
    await outbox.work()
    await fold(services)
    (entry,) = await waiting(services)
    assert (entry.name, entry.website, entry.basis) == (NAME, WEBSITE, "domain")
    assert plain(services) == set(), "it waits for an organizer"
    await rotate(services, hashes=False)
    (entry,) = await waiting(services)
    assert (entry.name, entry.website) == (NAME, WEBSITE)
    assert plain(services) == set(), "its key was rotated"
    for back in (refuse, undo):
        await decide(services, entry.id)
        await fold(services)
        assert await shown(client) == [NAME]
        assert plain(services) == {"organizations"}, "the search is blind"
        await do(services, back, entry.id)
        assert plain(services) == set()
    await decide(services, entry.id)
    token = await outbox.own_data(client, LETTER, EMAIL)
    await client.post("/own-data/signature", data={"token": token, "do": "withdraw"})
    assert plain(services) == set()
    told = await client.post("/api/v1/self-service", json={"token": token})
    assert told.json()["signature"]["organization"] == NAME, "its representative is told"


async def test_entries_are_known_again_after_every_rotation(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    """One that waits, a refused and a listed one, each hashed with other keys."""
    await enter(client, outbox, NAME, "https://a.example.net", "a@mail.example")
    (refused,) = await waiting(services)
    await do(services, refuse, refused.id)
    await rotate(services)
    await enter(client, outbox, "Another", WEBSITE, "b@mail.example")
    await rotate(services)
    assert await enter(client, outbox, NAME, WEBSITE, EMAIL) == "confirmed"
    by_name = {str(each.name): each for each in await waiting(services)}
    assert by_name[NAME].flags == ("refused_before", "same_domain")
    await rotate(services)
    await decide(services, by_name[NAME].id)
    (taken,) = await waiting(services, "taken")
    assert taken.name == "Another"
    await rotate(services)
    assert await enter(client, outbox, f"The {NAME}", "https://c.example.net", "c@c.example") == (
        "taken"
    )
    await do(services, undo, by_name[NAME].id)
    assert len(await waiting(services)) == 3


async def _aged(services: Services, *, wiped: bool = False) -> UUID:
    """Make what waits as an earlier version stored it."""
    (entry,) = await waiting(services)
    values = {"id": entry.id, "name": NAME, "website": WEBSITE, "domain": DOMAIN}
    values |= {"name_key": name_key(NAME), "sort_key": organization_key(NAME)}
    async with transaction(services.engine) as session:
        await session.execute(OLD, values)
        if wiped:
            await session.execute(text("UPDATE supporters SET data_key = NULL"))
    assert plain(services) == {"organizations"}
    return entry.id


async def _forward(services: Services) -> int:
    async with transaction(services.engine) as session:
        return await seal_all_plain(session, vault=services.vault)


async def test_what_no_key_opens_is_left_as_it_is(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await enter(client, outbox, NAME, WEBSITE, EMAIL)
    await _aged(services)
    services.keys.destroy_campaign(LETTER)
    assert await _forward(services) == 0
    assert plain(services) == {"organizations"}


async def test_what_waits_is_sealed_and_what_is_listed_stays(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await enter(client, outbox, NAME, WEBSITE, EMAIL)
    made = await _aged(services)
    before = await waiting(services)
    assert [await _forward(services), await _forward(services)] == [1, 0]
    assert plain(services) == set()
    assert await waiting(services) == before
    await decide(services, made)
    sealed = text("UPDATE organizations SET entry = NULL")
    async with transaction(services.engine) as session:
        await session.execute(sealed)
    assert [await _forward(services), await _forward(services)] == [1, 0]
    await fold(services)
    assert await shown(client) == [NAME]
    await do(services, undo, made)
    assert await waiting(services) == before


async def test_who_decides_first_seals_what_is_plain(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    """The worker has not come by since the upgrade."""
    await enter(client, outbox, NAME, WEBSITE, EMAIL)
    made = await _aged(services)
    await enter(client, outbox, NAME, "https://a.example.net", "a@mail.example")
    other = next(each.id for each in await waiting(services) if each.id != made)
    await decide(services, other)
    (taken,) = await waiting(services, "taken")
    assert (taken.id, taken.name) == (made, NAME)


async def test_of_what_was_wiped_nothing_stays_plain(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    await enter(client, outbox, NAME, WEBSITE, EMAIL)
    made = await _aged(services, wiped=True)
    assert [await _forward(services), await _forward(services)] == [1, 0]
    assert plain(services) == set()
    (entry,) = await waiting(services)
    assert (entry.id, entry.name, entry.website, entry.flags) == (made, None, None, ())
    with pytest.raises(NotFound):
        await decide(services, made)
    with pytest.raises(NotFound):
        await do(services, undo, made)
    await do(services, refuse, made)


async def test_who_is_erased_while_an_organizer_approves_counts_nothing(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, owner_url: str
) -> None:
    await enter(client, outbox, NAME, WEBSITE, EMAIL)
    (entry,) = await waiting(services)
    person = text("SELECT id FROM persons")

    async def erased() -> None:
        async with transaction(services.engine) as session:
            who = await session.scalar(person)
            await erase(session, who, services.settings, services.vault)

    async with transaction(services.engine) as session:
        await approve(session, services.vault, entry.id, lead=False, actor="test")
        waits = asyncio.create_task(erased())
        await waiting_for_locks(owner_url)
    await waits
    assert (await fold(services))["organizations"] == 0
    assert plain(services) == set()
