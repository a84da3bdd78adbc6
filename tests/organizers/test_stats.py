"""A campaign in numbers."""

import httpx

from api.organizers.tokens import Scope
from api.services import Services
from tests.app_fixtures import Outbox
from tests.organizers.tokens import URL, bearer
from tests.sign_ons.signing import LETTER, confirm, person, sign


async def test_forms_people_and_what_waits(
    client: httpx.AsyncClient, services: Services, outbox: Outbox
) -> None:
    headers = await bearer(services, Scope.STATS)
    await sign(client, person({"sign_on": {"display": "name", "comment": "Please."}}))
    await confirm(client, outbox)
    await sign(client, person(email="ara@example.org"))
    answer = (await client.get(f"{URL}/campaigns/{LETTER}/stats", headers=headers)).json()
    assert (answer["forms"]["confirmed"], answer["forms"]["unconfirmed"]) == (1, 1)
    assert answer["persons"] == {"counted": 1, "suspect": 0, "invalidated": 0}
    assert answer["waiting"] == {"names_and_comments": 1, "organizations": 0}
    missing = await client.get(f"{URL}/campaigns/no-such/stats", headers=headers)
    assert missing.status_code == 404
