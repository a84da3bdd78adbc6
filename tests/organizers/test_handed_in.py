"""What an organizer writes down is shown with the statement."""

import httpx

from api.services import Services
from tests.organizers.tokens import URL, bearer, refused
from tests.sign_ons.signing import LETTER
from tests.sign_ons.signing import URL as CAMPAIGNS

HERE = f"{URL}/campaigns/{LETTER}/handed-in"


async def test_shown_on_the_page_and_in_the_answer_and_taken_back(
    client: httpx.AsyncClient, services: Services
) -> None:
    headers = await bearer(services)
    body = {"to": "the President's <staff>", "on": "2026-03-01"}
    made = await client.post(HERE, headers=headers, json=body)
    assert made.status_code == 201, made.text
    told = (await client.get(f"{CAMPAIGNS}/{LETTER}/statement")).json()
    assert told["delivered"] == [body]
    page = (await client.get(f"/c/{LETTER}/statement")).text
    assert "the President&#39;s &lt;staff&gt; on March 1, 2026" in page
    listed = (await client.get(HERE, headers=headers)).json()["items"]
    assert [each["to"] for each in listed] == [body["to"]]
    one = f"{HERE}/{made.json()['id']}"
    assert (await client.delete(one, headers=headers)).status_code == 204
    assert refused(await client.delete(one, headers=headers)) == (404, "not_found")
    assert (await client.get(f"{CAMPAIGNS}/{LETTER}/statement")).json()["delivered"] == []
    bad = await client.post(HERE, headers=headers, json={"to": "a\nb", "on": "yesterday"})
    assert {each["field"] for each in bad.json()["errors"]} == {"to", "on"}
