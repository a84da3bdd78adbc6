"""Signatures as tests make them."""

from collections.abc import Mapping
from typing import Any

import httpx

from api.campaigns.catalog import Catalog
from api.campaigns.published import PublishedCampaign
from api.counts import ledger
from api.database.session import transaction
from api.services import Published, Services
from api.sign_ons.moderation import Moderation
from api.sign_ons.numbering import give_numbers
from api.sign_ons.review import Reviewing
from tests.app_fixtures import Body, Outbox

LETTER = "suspend-security-aid"
SCHOLARS = "amend-section-907"
URL = "/api/v1/campaigns"


def opened(published: Published, slug: str, **sign_on: Any) -> Published:
    """The same with one campaign's statement offered otherwise, such as from other countries."""
    bundle = dict(published.catalog.get(slug).bundle)
    campaign: Mapping[str, Any] = bundle["campaign"]
    bundle["campaign"] = {**campaign, "sign_on": {**campaign["sign_on"], **sign_on}}
    changed = PublishedCampaign(bundle)
    campaigns = {**published.catalog.campaigns, slug: changed}
    return Published(published.directory, Catalog(campaigns))


def person(top: Body | None = None, **changes: Any) -> Body:
    """A person's sign-on; keyword arguments replace the signer's fields, ``top`` others."""
    signer = {
        "given_name": "Ani",
        "family_name": "Petrosyan",
        "email": "ani@example.org",
        "zip": "91204",
        **changes,
    }
    kept = {name: value for name, value in signer.items() if value is not None}
    return {"kind": "person", "supporter": kept, "sign_on": {"display": "name"}, **(top or {})}


async def sign(client: httpx.AsyncClient, body: Body, slug: str = LETTER) -> Body:
    answer = await client.post(f"{URL}/{slug}/sign-ons", json=body)
    assert answer.status_code == 202, answer.text
    made: Body = answer.json()
    return made


async def confirm(
    client: httpx.AsyncClient, outbox: Outbox, which: int = -1, person: str | None = None
) -> Body:
    """Follow the newest link (or another) and press its button; ``person`` says who presses."""
    await outbox.work()
    body = {"token": outbox.tokens("confirm")[which], "person": person}
    answer = await client.post("/api/v1/confirmations", json=body)
    assert answer.status_code == 200, answer.text
    made: Body = answer.json()
    return made


async def confirm_again(client: httpx.AsyncClient, outbox: Outbox, whose: str = "") -> Body:
    """Confirm the newest form as the person who confirmed with this address first, or as
    ``another``."""
    await outbox.work()
    body = {"token": outbox.tokens("confirm")[-1]}
    asked = await client.post("/api/v1/confirmations", json=body)
    assert asked.status_code == 409, asked.text
    return await confirm(client, outbox, person=whose or asked.json()["people"][0]["person"])


async def fold(services: Services, slug: str = LETTER) -> dict[str, int]:
    """Number and fold as the worker does; returns the totals."""
    async with transaction(services.engine) as session:
        await give_numbers(session)
        await ledger.fold(session)
        return await ledger.totals(session, slug)


async def pass_names(services: Services, slug: str = LETTER) -> None:
    """An organizer reads all that waits, and lets every name be seen."""
    await fold(services, slug)
    async with transaction(services.engine) as session:
        moderation = Moderation(services.vault, Reviewing())
        page = await moderation.queue(session, slug, actor="test")
        ids = [each.id for each in page.items if each.name_waits]
        if ids:
            last = page.items[-1].number
            await moderation.decide_many(
                session, slug, ids, "name", up_to=last, shown=True, actor="test"
            )


async def signers(client: httpx.AsyncClient, slug: str = LETTER) -> list[Body]:
    answer = await client.get(f"{URL}/{slug}/sign-ons")
    assert answer.status_code == 200, answer.text
    found: list[Body] = answer.json()["items"]
    return found
