"""The list with its filters and pages, and what a moderator decides."""

import httpx

from api.organizers.tokens import Scope
from api.services import Services
from tests.app_fixtures import Outbox
from tests.organizers.tokens import URL, bearer, refused
from tests.sign_ons.signing import LETTER, confirm, pass_names, person, sign, signers

LIST = f"{URL}/campaigns/{LETTER}/sign-ons"


async def test_filters_and_pages_and_hidden_stays_hidden(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    headers = await bearer(services, Scope.SIGN_ONS)
    for number, display in enumerate(("name", "initials", "hidden")):
        await sign(
            client, person({"sign_on": {"display": display}}, email=f"p{number}@example.org")
        )
        await confirm(client, outbox)
    await sign(client, person(email="late@example.org"))

    async def listed(**query: str) -> list[dict[str, str]]:
        answer = await client.get(LIST, headers=headers, params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, str]] = answer.json()["items"]
        return items

    assert len(await listed()) == 4
    assert {each["status"] for each in await listed(standing="counted")} == {"confirmed"}
    assert [each["name"] for each in await listed(display="hidden")] == [None]
    assert [each["name"] for each in await listed(status="unconfirmed")] == [None]
    assert await listed(state="TX") == await listed(partner="nobody") == []
    wrong = await client.get(LIST, headers=headers, params={"status": "odd"})
    assert refused(wrong) == (422, "invalid_input")
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "1", **({"cursor": cursor} if cursor else {})}
        page = (await client.get(LIST, headers=headers, params=query)).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(set(seen))
    assert len(seen) == 4


async def test_a_comment_is_shown_once_somebody_looked(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    headers = await bearer(services)
    await sign(client, person({"sign_on": {"display": "name", "comment": "Please."}}))
    await confirm(client, outbox)
    await pass_names(services)
    waiting = (await client.get(f"{URL}/campaigns/{LETTER}/moderation", headers=headers)).json()
    assert [each["comment"] for each in waiting["items"]] == ["Please."]
    url = f"{URL}/sign-ons/{waiting['items'][0]['id']}/decision"
    body = {"what": "comment", "shown": True}
    assert (await client.post(url, headers=headers, json=body)).status_code == 422
    body["up_to"] = waiting["items"][0]["number"]
    assert (await client.post(url, headers=headers, json=body)).status_code == 204
    assert [each["comment"] for each in await signers(client)] == ["Please."]
    assert (await client.post(url, headers=headers, json={"what": "all"})).status_code == 422
    again = (await client.get(f"{URL}/campaigns/{LETTER}/moderation", headers=headers)).json()
    assert again == {"items": [], "next": None}
