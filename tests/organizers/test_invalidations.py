"""Bulk invalidation by the API: the worker does it, an organizer watches, cancels and undoes."""

import httpx

from api.database.session import transaction
from api.organizers.tokens import Scope
from api.services import Services
from api.sign_ons import invalidation
from tests.app_fixtures import Outbox
from tests.organizers.tokens import URL, bearer, refused
from tests.sign_ons.many import Name, store_people
from tests.sign_ons.signing import LETTER, confirm, fold, person, sign

HERE = f"{URL}/campaigns/{LETTER}/invalidations"


async def work(services: Services, steps: int, limit: int = 10) -> None:
    for _ in range(steps):
        async with transaction(services.engine) as session:
            await invalidation.step(session, limit=limit)


async def test_previewed_run_cancelled_and_undone(
    client: httpx.AsyncClient, services: Services
) -> None:
    headers = await bearer(services, Scope.INVALIDATION)
    async with transaction(services.engine) as session:
        await store_people(session, LETTER, [Name(f"A{n}", "B") for n in range(50)])
    assert (await fold(services))["persons"] == 50
    body = {"state": "CA"}
    previewed = await client.post(f"{HERE}/preview", headers=headers, json=body)
    assert previewed.json() == {"people": 50}
    wrong = await client.post(HERE, headers=headers, json={**body, "expected": 7})
    assert refused(wrong) == (409, "number_changed")
    begun = await client.post(HERE, headers=headers, json={**body, "expected": 50})
    assert begun.status_code == 202, begun.text
    assert (begun.json()["status"], begun.json()["taken"]) == ("running", 0)
    one = f"{URL}/invalidations/{begun.json()['id']}"
    await work(services, 2)
    assert (await client.get(one, headers=headers)).json()["taken"] == 20
    assert (await client.post(f"{one}/cancel", headers=headers)).json()["status"] == "cancelled"
    again = await client.post(f"{one}/cancel", headers=headers)
    assert refused(again) == (409, "invalidation_ended")
    await work(services, 2)
    assert (await fold(services))["persons"] == 30
    assert (await client.post(f"{one}/undo", headers=headers)).json()["status"] == "undoing"
    await work(services, 4)
    after = (await client.get(one, headers=headers)).json()
    assert (after["status"], after["taken"]) == ("undone", 0)
    assert (await fold(services))["persons"] == 50
    listed = (await client.get(HERE, headers=headers)).json()["items"]
    assert [each["status"] for each in listed] == ["undone"]
    missing = await client.get(f"{URL}/invalidations/{'0' * 32}", headers=headers)
    assert refused(missing) == (404, "not_found")


async def test_reports_tell_patterns_and_no_address(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    headers = await bearer(services)
    for email in ("bot1@false.example", "bot22@false.example", "bot3@false.example", "a@b.example"):
        await sign(client, person(email=email))
        await confirm(client, outbox)
    url = f"{URL}/campaigns/{LETTER}/reports"
    found = (await client.get(f"{url}/addresses", headers=headers)).json()["items"]
    assert found == [{"pattern": "bot#@false.example", "people": 3}]
    found = (await client.get(f"{url}/domains", headers=headers)).json()["items"]
    assert found[0] == {"name": "false.example", "people": 3}
    (one,) = (await client.get(f"{url}/clients", headers=headers)).json()["items"]
    assert one["people"] == 4
    met = await client.post(f"{HERE}/preview", headers=headers, json={"client": one["client"]})
    assert met.json() == {"people": 4}
