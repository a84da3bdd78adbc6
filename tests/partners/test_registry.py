"""Partners in the database and in the memory of a process."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.session import transaction
from api.partners import registry
from api.partners.models import Partner
from api.partners.registry import Named, NoPartner, Partners, add_partner, end_partner
from tests.waiting import until

ACME = Partner(slug="acme", name="Acme Society", origins=["https://acme.example"], inline=False)
LAKE = Partner(
    slug="lake", name="Friends of the Lake", origins=["https://lake.example"], inline=True
)


async def add(engine: AsyncEngine, *partners: Partner) -> None:
    async with transaction(engine) as session:
        for partner in partners:
            await add_partner(session, Partner(**partner.model_dump()), actor="test")


def shown(partners: Partners, named: Named = "all") -> list[dict[str, Any]]:
    return [partner.model_dump() for partner in partners.of(named)]


async def test_a_campaign_has_all_partners_or_those_that_it_names(engine: AsyncEngine) -> None:
    partners = Partners(engine)
    await add(engine, ACME, LAKE)
    await partners.read()
    assert shown(partners) == [ACME.model_dump(), LAKE.model_dump()]
    assert shown(partners, ["lake", "unregistered"]) == [LAKE.model_dump()]
    acme = partners.known("all", "acme")
    assert acme is not None
    assert acme.model_dump() == ACME.model_dump()
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
    moved = Partner(slug="acme", name="Acme", origins=["https://new.example"], inline=True)
    await add(engine, moved)
    await partners.read()
    assert shown(partners) == [{**moved.model_dump(), "created_at": ACME.created_at}]


async def test_a_running_process_learns_of_a_partner_by_itself(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "REFRESH_SECONDS", 0.05)
    partners = Partners(engine)
    await partners.start()
    try:
        await add(engine, ACME)
        await until(lambda: partners.of("all"))
    finally:
        await partners.close()
