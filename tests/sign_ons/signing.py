"""Signatures as tests make them."""

from collections.abc import Mapping
from typing import Any

import httpx

from api.campaigns.catalog import Catalog
from api.campaigns.published import PublishedCampaign
from api.counts import ledger
from api.services import Published, Services
from api.sign_ons.numbering import give_numbers
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


async def fold(services: Services, slug: str = LETTER) -> dict[str, int]:
    """Number and fold as the worker does; returns the totals."""
    async with services.engine.begin() as connection:
        await give_numbers(connection)
        await ledger.fold(connection)
        return await ledger.totals(connection, slug)


async def signers(client: httpx.AsyncClient, slug: str = LETTER) -> list[Body]:
    answer = await client.get(f"{URL}/{slug}/sign-ons")
    assert answer.status_code == 200, answer.text
    found: list[Body] = answer.json()["items"]
    return found
