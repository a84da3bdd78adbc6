"""Reading campaigns, their targets and counts."""

import httpx
import pytest

from api.counts.snapshots import SLOT_SECONDS
from tests.app_fixtures import CAMPAIGN

URL = f"/api/v1/campaigns/{CAMPAIGN}"


async def test_the_list_has_open_campaigns_in_the_language_asked_for(
    client: httpx.AsyncClient,
) -> None:
    english = (await client.get("/api/v1/campaigns")).json()["items"]
    armenian = (await client.get("/api/v1/campaigns?lang=hy")).json()["items"]
    assert CAMPAIGN in {card["slug"] for card in english}
    assert {card["status"] for card in english} == {"open"}
    assert [card["slug"] for card in english] == [card["slug"] for card in armenian]
    assert all(a["title"] != e["title"] for a, e in zip(armenian, english, strict=True))


async def test_one_campaign_carries_its_sources(client: httpx.AsyncClient) -> None:
    body = (await client.get(URL)).json()
    sources = {source["id"] for source in body["sources"]}
    assert body["facts"]
    assert {fact["source"] for fact in body["facts"]} <= sources
    named = {fact for demand in body["demands"] for fact in demand["facts"]}
    assert named <= {fact["id"] for fact in body["facts"]}
    assert body["counts"]["goal"] == 25_000


@pytest.mark.parametrize("path", ["", "/counts", "/targets?zip=02138"])
async def test_answers_are_cacheable_and_know_their_etag(
    client: httpx.AsyncClient, path: str
) -> None:
    first = await client.get(URL + path)
    assert first.headers["cache-control"].startswith("public, max-age=")
    etag = first.headers["etag"]
    if path:  # the counts within a campaign have a time of their own
        second = await client.get(URL + path, headers={"If-None-Match": etag})
        assert (second.status_code, second.content) == (304, b"")


@pytest.mark.parametrize("path", ["/api/v1/campaigns", URL, f"{URL}/counts"])
async def test_no_cache_keeps_a_campaign_open_that_has_closed(
    client: httpx.AsyncClient, path: str
) -> None:
    kept = (await client.get(path)).headers["cache-control"].removeprefix("public, max-age=")
    assert int(kept) <= SLOT_SECONDS


async def test_a_split_zip_waits_for_its_district(client: httpx.AsyncClient) -> None:
    open_ = (await client.get(f"{URL}/targets?zip=02138")).json()
    assert open_["needs_district"]
    assert open_["districts"] == ["MA-5", "MA-7"]
    assert [t["seat"] for t in open_["targets"]] == ["president", "senate:MA:1", "senate:MA:2"]
    chosen = (await client.get(f"{URL}/targets?zip=02138&district=ma-7")).json()
    assert not chosen["needs_district"]
    assert "house:MA-7" in [t["seat"] for t in chosen["targets"]]


async def test_a_vacant_seat_is_told(client: httpx.AsyncClient) -> None:
    body = (await client.get(f"{URL}/targets?zip=94501&district=CA-14")).json()
    assert body["vacant"] == [{"seat": "house:CA-14", "reason": "vacant", "since": None}]
    assert not [t for t in body["targets"] if t["kind"] == "representative"]


async def test_a_delegate_and_no_senators(client: httpx.AsyncClient) -> None:
    body = (await client.get(f"{URL}/targets?zip=20001")).json()
    assert [t["kind"] for t in body["targets"]] == ["president", "delegate"]
    assert body["data"]["congress"] == 119


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("zip=00000", "zip", "zip_unknown"),
        ("zip=", "zip", "zip_malformed"),
        ("", "zip", "required"),
        ("zip=09012", "zip", "zip_military"),
        ("zip=02138&district=TX-1", "district", "district_elsewhere"),
        (f"zip={'9' * 65}", "zip", "too_long"),
    ],
)
async def test_a_bad_question_is_refused_with_its_field(
    client: httpx.AsyncClient, query: str, field: str, code: str
) -> None:
    answer = await client.get(f"{URL}/targets?{query}")
    assert answer.status_code == 422
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]


async def test_a_street_goes_into_the_body(client: httpx.AsyncClient) -> None:
    body = {"zip": "91204", "street": "12 Main St", "city": "Glendale", "state": "CA"}
    answer = await client.post(f"{URL}/targets", json=body)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


async def test_the_openapi_document_has_every_route_and_resolves(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    paths = document["paths"]
    submit = paths["/api/v1/campaigns/{slug}/submissions"]["post"]
    assert submit["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "/SubmissionForm"
    )
    schemas = document["components"]["schemas"]
    references = {
        part.split('"')[0]
        for part in str(document).replace("'", '"').split("#/components/schemas/")[1:]
    }
    assert references <= set(schemas)
