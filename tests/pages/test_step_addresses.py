"""The address of a step, opened by itself, leads to the screen that it belongs to."""

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from tests.app_fixtures import CAMPAIGN
from tests.organizers.test_access import leaves
from tests.pages.browserless import get

ID = "01a200fb-5100-7bf8-a7b7-769307bea45b"
WAYS = [
    (f"/c/{CAMPAIGN}/letters", f"/c/{CAMPAIGN}"),
    (f"/c/{CAMPAIGN}/send", f"/c/{CAMPAIGN}"),
    (f"/c/{CAMPAIGN}/language", f"/c/{CAMPAIGN}"),
    (f"/c/{CAMPAIGN}/sign", f"/c/{CAMPAIGN}"),
    (f"/c/{CAMPAIGN}/sign/language", f"/c/{CAMPAIGN}"),
    (f"/c/{CAMPAIGN}/sent/{ID}/resend", f"/c/{CAMPAIGN}/sent/{ID}"),
    (f"/embed/{CAMPAIGN}/letters", f"/embed/{CAMPAIGN}"),
    (f"/embed/{CAMPAIGN}/send", f"/embed/{CAMPAIGN}"),
    ("/confirm/abc/discard", "/confirm/abc"),
    (f"/me/abc/letters/{ID}/done", "/me/abc"),
    ("/own-data", "/self-service"),
    ("/own-data/erase", "/self-service"),
]


@pytest.mark.parametrize(("step", "screen"), WAYS)
async def test_a_step_leads_to_its_screen(
    client: httpx.AsyncClient, step: str, screen: str
) -> None:
    for ask in (client.get, client.head):
        answer = await ask(step)
        assert answer.status_code == 303
        assert answer.headers["location"] == screen


async def test_language_partner_and_referral_are_carried_along(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/c/{CAMPAIGN}/send?lang=hy&partner=acme&ref=abcd&x=1&partner2=%0a")
    assert answer.headers["location"] == f"/c/{CAMPAIGN}?partner=acme&ref=abcd&lang=hy"
    page = await get(client, f"/c/{CAMPAIGN}/letters?lang=es")
    assert page.answer.status_code == 200
    assert page.answer.headers["content-language"] == "es"


def test_no_step_is_a_dead_end(app: FastAPI) -> None:
    """Every page that only takes a POST has a screen, those of the future too."""
    pages = [
        route
        for route in leaves(app.router)
        if isinstance(route, APIRoute) and not route.include_in_schema
    ]
    read = {route.path for route in pages if "GET" in (route.methods or ())}
    for route in pages:
        if route.path in read or route.path.startswith("/own-data"):
            continue
        above = route.path
        while above not in read and above.count("/") > 1:
            above = above.rpartition("/")[0]
        assert above in read, route.path


async def test_other_methods_and_the_api_are_told_what_is_allowed(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.delete(f"/c/{CAMPAIGN}/letters")).status_code == 405
    answer = await client.get(f"/api/v1/campaigns/{CAMPAIGN}/letters")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
