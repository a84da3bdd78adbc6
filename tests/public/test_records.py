"""The tracker as JSON."""

import httpx

URL = "/api/v1/records"


async def test_filters_pages_and_an_etag(client: httpx.AsyncClient) -> None:
    whole = await client.get(URL, params={"limit": 100})
    members = whole.json()["items"]
    assert all(member["records"] for member in members)
    assert {r["what"] for m in members for r in m["records"]} == {"co_led", "sponsored"}
    cached = await client.get(
        URL, params={"limit": 100}, headers={"If-None-Match": whole.headers["etag"]}
    )
    assert cached.status_code == 304
    senators = (await client.get(URL, params={"chamber": "senate", "limit": 100})).json()["items"]
    assert {m["chamber"] for m in senators} == {"senate"}
    assert len(senators) < len(members)
    party = members[0]["party"]
    same = (await client.get(URL, params={"party": party, "limit": 100})).json()["items"]
    assert {m["party"] for m in same} == {party}
    seen: list[str] = []
    cursor: str | None = None
    while cursor or not seen:
        query = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        page = (await client.get(URL, params=query)).json()
        seen += [member["id"] for member in page["items"]]
        cursor = page["next"]
    assert seen == [member["id"] for member in members]


async def test_a_state_lists_all_of_its_members(client: httpx.AsyncClient) -> None:
    members = (await client.get(URL, params={"state": "WY"})).json()["items"]
    assert [m["chamber"] for m in members] == ["senate", "senate", "house"]
    assert any(m["records"] == [] for m in members)
    nothing = await client.get(URL, params={"state": "WY", "what": "declined"})
    assert nothing.json() == {"items": [], "next": None}
    for wrong in ({"chamber": "both"}, {"state": "ca"}, {"cursor": "x"}):
        assert (await client.get(URL, params=wrong)).status_code == 422
