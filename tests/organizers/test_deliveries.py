"""The same desk by the API."""

import httpx

from api.services import Services
from tests.deliveries.queued import change, queue, states
from tests.organizers.tokens import URL, bearer

PATH = f"{URL}/deliveries"


async def test_letters_are_listed_retried_and_stopped(
    client: httpx.AsyncClient, services: Services
) -> None:
    headers = await bearer(services)
    made = await queue(services.engine, services.vault, 3)
    await change(services.engine, "UPDATE deliveries SET status = 'failed', reason = 'http_400'")
    listed = (await client.get(PATH, headers=headers, params={"limit": 2})).json()
    assert [each["id"] for each in listed["items"]] == [str(each) for each in sorted(made)[:2]]
    rest = (await client.get(PATH, headers=headers, params={"cursor": listed["next"]})).json()
    assert (len(rest["items"]), rest["next"]) == (1, None)
    assert {"payload", "person_id"} & listed["items"][0].keys() == set()
    one = (await client.get(f"{PATH}/{made[0]}", headers=headers)).json()
    assert (one["delivery"]["reason"], one["attempts"]) == ("http_400", [])
    assert (await client.get(f"{PATH}/{services.role}", headers=headers)).status_code == 422

    async def post(path: str, **body: object) -> httpx.Response:
        return await client.post(f"{PATH}/{path}", headers=headers, json=body)

    counted = await post("acts", act="retry", reason="http_400")
    assert counted.json() == {"matching": 3, "done": False}
    changed = await post("acts", act="retry", reason="http_400", expected=2)
    assert (changed.status_code, changed.json()["code"]) == (409, "number_changed")
    done = await post("acts", act="retry", reason="http_400", expected=3)
    assert done.json() == {"matching": 3, "done": True}
    assert await states(services.engine) == {"queued": 3}

    stop = {"kind": "seat", "name": "president", "reason": "asked us to"}
    assert (await post("stops", **stop)).json() == {"changed": True}
    assert (await post("stops", **stop)).json() == {"changed": False}
    assert await states(services.engine) == {"paused": 3}
    seen = (await client.get(f"{PATH}/overview", headers=headers)).json()
    (stopped,) = seen["stopped"]
    assert stopped["actor"].startswith("token:")
    assert stopped["reason"] == "asked us to"
    assert seen["troubles"] == [
        {"status": "paused", "channel": "folder", "reason": "seat_stopped", "letters": 3}
    ]
    assert (await post("resumes", kind="seat", name="president")).json() == {"changed": True}
    (waiting,) = (await client.get(f"{PATH}/overview", headers=headers)).json()["waiting"]
    assert waiting["queued"] == 3
    slip = await post("stops", kind="channel", name="cwc_hose")
    assert (slip.status_code, slip.json()["code"]) == (404, "not_found")
