"""Partners in the database and in the memory of a process."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.session import transaction
from api.partners import registry
from api.partners.registry import NoPartner, PartnerEntry, Partners, add_partner, end_partner

ACME = PartnerEntry("acme", "Acme Society", ("https://acme.example",), inline=False)
LAKE = PartnerEntry("lake", "Friends of the Lake", ("https://lake.example",), inline=True)


async def add(engine: AsyncEngine, *partners: PartnerEntry) -> None:
    async with transaction(engine) as session:
        for partner in partners:
            await add_partner(session, partner, actor="test")


async def test_a_campaign_has_all_partners_or_those_that_it_names(engine: AsyncEngine) -> None:
    partners = Partners(engine)
    await add(engine, ACME, LAKE)
    await partners.read()
    assert partners.of("all") == [ACME, LAKE]
    assert partners.of(["lake", "unregistered"]) == [LAKE]
    assert partners.known("all", "acme") == ACME
    assert partners.known(["lake"], "acme") is None
    assert partners.known(["unregistered"], "unregistered") is None
    assert partners.known("all", None) is None


async def test_who_ended_is_no_partner_until_added_again(engine: AsyncEngine) -> None:
    partners = Partners(engine)
    await add(engine, ACME)
    async with transaction(engine) as session:
        await end_partner(session, "acme", actor="test")
        with pytest.raises(NoPartner):
            await end_partner(session, "acme", actor="test")
    await partners.read()
    assert partners.of("all") == []
    moved = PartnerEntry("acme", "Acme", ("https://new.example",), inline=True)
    await add(engine, moved)
    await partners.read()
    assert partners.of("all") == [moved]


async def test_a_running_process_learns_of_a_partner_by_itself(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "REFRESH_SECONDS", 0.05)
    partners = Partners(engine)
    await partners.start()
    try:
        await add(engine, ACME)
        async with asyncio.timeout(60):
            while not partners.of("all"):  # noqa: ASYNC110 (it is the refreshing that is tested)
                await asyncio.sleep(0.02)
    finally:
        await partners.close()
