"""Named forms, good and bad, through the API: what an office's system would refuse is refused by
the form's field while its writer is there, and all the others become valid messages."""

import re
from typing import Any, Final

import httpx
from sqlalchemy import text

from api.database.session import transaction
from api.services import Services
from tests.app_fixtures import CAMPAIGN, Outbox
from tests.deliveries.channels.cwc.grammar import complaints
from tests.deliveries.channels.sandboxed import Running

LONG: Final = "I have lived here for forty years. " * 400
HOUSE: Final = "house:CA-30"
Case = tuple[dict[str, Any], dict[str, Any]]


def edit(**parts: str) -> dict[str, Any]:
    return {"letters": [{"seat": HOUSE, **parts}]}


def district(name: str) -> dict[str, Any]:
    return {"district": name}


# Name -> changed fields of the supporter, and of the form beside them.
GOOD: Final[dict[str, Case]] = {
    "plain": ({}, {}),
    "own words": ({}, {"story": "My grandmother fled."}),
    "own words of six characters": ({}, {"story": "Please"}),
    "own words of many lines": ({}, {"story": "One.\r\n\r\nTwo.\rThree.\x85Four."}),
    "markup": ({}, {"story": "<b>&amp;]]></CWC> \"x\" 'y'"}),
    "every script": ({}, {"story": "Ծնունդ, рождение, 出生 🕊"}),
    "a city of three letters": ({"city": "Ely"}, {}),
    "a city of a hundred": ({"city": "L" * 100}, {}),
    "a street of three characters": ({"street": "1 A"}, {}),
    "a street of two hundred": ({"street": "1 " + "A" * 198}, {}),
    "a street with a flat": ({"street": "12 Main St Apt 4B"}, {}),
    "names of one letter": ({"given_name": "A", "family_name": "O"}, {}),
    "names in Armenian": ({"given_name": "Անի", "family_name": "Պետրոսյան"}, {}),
    "names with marks": ({"given_name": "José-María", "family_name": "O'Brien & Sons"}, {}),
    "Mr.": ({"prefix": "Mr."}, {}),
    "Mrs.": ({"prefix": "Mrs."}, {}),
    "Miss": ({"prefix": "Miss"}, {}),
    "Dr.": ({"prefix": "Dr."}, {}),
    "a phone": ({"phone": "+1 (818) 555-0123"}, {}),
    "a ZIP code of nine digits": ({"zip": "91204-1234"}, {}),
    "a ZIP code of nine in a row": ({"zip": "912041234"}, {}),
    "outer spaces": ({"city": "  Glendale ", "zip": " 91204 "}, {}),
    "a subject of six characters": ({}, edit(subject="Prison")),
    "a subject of five hundred": ({}, edit(subject="S" * 500)),
    "a changed statement": ({}, edit(statement="Please see to it that they come home.")),
    "a changed statement and own words": ({}, edit(statement="Please do.", own_words="Me.")),
    "own words of ten thousand": ({}, edit(own_words=LONG[:10_000].strip())),
    "at large": ({"zip": "82001", "city": "Cheyenne"}, district("WY-0")),
    "a delegate": ({"zip": "96910", "city": "Agana"}, district("GU-0")),
    "American Samoa": ({"zip": "96799", "city": "Pago Pago"}, district("AS-0")),
}
# The same, with the field that is named.
BAD: Final[dict[str, tuple[dict[str, Any], dict[str, Any], str]]] = {
    "a city of two letters": ({"city": "Oz"}, {}, "supporter.city"),
    "no city": ({"city": None}, {}, "supporter.city"),
    "a blank city": ({"city": "   "}, {}, "supporter.city"),
    "no street": ({"street": None}, {}, "supporter.street"),
    "a street of two characters": ({"street": "1A"}, {}, "supporter.street"),
    "a street over five hundred": ({"street": "1 " + "A" * 500}, {}, "supporter.street"),
    "a street of two lines": ({"street": "12 Main St\nApt 4"}, {}, "supporter.street"),
    "a name with a control character": ({"given_name": "A\x1bni"}, {}, "supporter.given_name"),
    "a blank name": ({"family_name": "  "}, {}, "supporter.family_name"),
    "another prefix": ({"prefix": "Mx."}, {}, "supporter.prefix"),
    "a prefix without its dot": ({"prefix": "Mr"}, {}, "supporter.prefix"),
    "a phone of seven digits": ({"phone": "555-0123"}, {}, "supporter.phone"),
    "an address without a dot": ({"email": "ani@example"}, {}, "supporter.email"),
    "two addresses": ({"email": "a@b.org, c@d.org"}, {}, "supporter.email"),
    "letters for a ZIP code": ({"zip": "ABCDE"}, {}, "supporter.zip"),
    "a military ZIP code": ({"zip": "09012"}, {}, "supporter.zip"),
    "another state": ({"state": "NY"}, {}, "supporter.state"),
    "own words of five characters": ({}, {"story": "Hello"}, "story"),
    "own words that XML cannot hold": ({}, {"story": "before \ufffe after"}, "story"),
    "own words with a control character": ({}, {"story": "My \x1bwords"}, "story"),
    "a subject that nobody can see": ({}, edit(subject="\u2060\u0301" * 3), "letters.0.subject"),
    "own words over the campaign's limit": ({}, {"story": "x" * 1501}, "story"),
    "edited words of two characters": ({}, edit(own_words="Hi"), "letters.0.own_words"),
    "edited words over ten thousand": ({}, edit(own_words="x" * 10_001), "letters.0.own_words"),
    "a subject of five characters": ({}, edit(subject="Hello"), "letters.0.subject"),
    "a subject over five hundred": ({}, edit(subject="S" * 501), "letters.0.subject"),
    "a statement of five characters": ({}, edit(statement="Hello"), "letters.0.statement"),
    "two texts that are too long together": (
        {},
        edit(statement=LONG[:9000].strip(), own_words=LONG[:2000].strip()),
        "letters.0.statement",
    ),
}


def form(number: int, supporter: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    person = {
        "given_name": "Ani",
        "family_name": "Petrosyan",
        "email": f"ani{number}@example.org",
        "prefix": "Ms.",
        "zip": "91204",
        "city": "Glendale",
        "street": "12 Main St",
    }
    return {"supporter": {**person, **supporter}, "district": "CA-30", **top}


async def test_what_is_wrong_is_told_by_its_field(client: httpx.AsyncClient) -> None:
    assert len(GOOD) + len(BAD) >= 46
    for name, (supporter, top, field) in BAD.items():
        body = form(0, supporter, top)
        answer = await client.post(f"/api/v1/campaigns/{CAMPAIGN}/submissions", json=body)
        assert answer.status_code == 422, name
        assert [error["field"] for error in answer.json()["errors"]] == [field], name
        if field not in {"supporter.email", "supporter.given_name", "supporter.family_name"}:
            del body["supporter"]["email"]
            shown = await client.post(f"/api/v1/campaigns/{CAMPAIGN}/letters", json=body)
            early = {"no city", "a blank city", "no street"}  # may still come
            assert (shown.status_code == 422) is (name not in early), name


async def test_the_sentence_says_which_system_wants_what(client: httpx.AsyncClient) -> None:
    body = form(0, {"city": "Oz"}, {})
    answer = await client.post(f"/api/v1/campaigns/{CAMPAIGN}/submissions", json=body)
    (error,) = answer.json()["errors"]
    assert error["code"] == "too_short"
    assert error["message"] == "City must have three letters or more for the House system."


async def test_all_others_become_valid_messages(
    client: httpx.AsyncClient, services: Services, outbox: Outbox, congress: Running
) -> None:
    bodies = congress.keep_bodies()
    for chamber in ("cwc_house", "cwc_senate"):
        services.router.channels[chamber].pace = 100.0  # more than a chamber may be set to
    for number, (name, (supporter, top)) in enumerate(GOOD.items()):
        body = form(number, supporter, top)
        answer = await client.post(f"/api/v1/campaigns/{CAMPAIGN}/submissions", json=body)
        assert answer.status_code == 202, (name, answer.text)
    await outbox.work()
    for token in outbox.tokens("confirm"):
        await client.post("/api/v1/confirmations", json={"token": token})
    await outbox.work()
    async with transaction(services.engine) as session:
        query = text("SELECT channel, status, count(*) FROM deliveries GROUP BY 1, 2 ORDER BY 1, 2")
        found = [tuple(row) for row in await session.execute(query)]
    senators = 2 * (len(GOOD) - 2)  # territories have none
    assert found == [
        ("cwc_house", "accepted", len(GOOD)),
        ("cwc_senate", "accepted", senators),
        ("folder", "written", len(GOOD)),
    ]
    assert len(bodies) == len(GOOD) + senators
    assert [complaints(body, chamber) for chamber, body in bodies] == [[]] * len(bodies)
    zips = [re.findall(rb"<Zip>(.+)</Zip>", body) for _, body in bodies]
    assert zips.count([b"91204-1234"]) == 6, "two forms, three offices each"
