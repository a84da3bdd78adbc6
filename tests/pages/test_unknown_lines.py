"""After January 3, 2027 in a state with new lines: the form asks for the district and says why."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlmodel import select

from api.campaigns.catalog import load_catalog
from api.database.session import transaction
from api.pages import screens
from api.public import target_answers
from api.services import Published, Services
from api.settings import ROOT
from api.supporters.models import Supporter
from api.targets import dataset
from api.targets.congress import Directory
from tests.app_fixtures import CAMPAIGN, Body
from tests.pages.conftest import Go
from tests.submissions.test_street import looked_up_by
from tests.targets.http_stand_in import body
from tests.targets.new_lines import AS_OF
from tests.targets.next_congress import next_congress
from tests.targets.test_geocoder import answer

NOW = datetime(2027, 1, 5, 12, tzinfo=UTC)
URL = f"/api/v1/campaigns/{CAMPAIGN}"
NEW_LAYER = "120th Congressional Districts"
WHY = {
    "en": "District lines in Texas may have changed with the new Congress",
    "es": "los límites de los distritos de Texas",
    "hy": "Texas. ընտրատարածքների սահմանները",
}


@pytest.fixture(scope="module")
def turned() -> Published:
    """The members of the 120th Congress, and the ZIP table of the 119th."""
    shipped = dataset.read(ROOT / "data")
    data = replace(next_congress(shipped), zips=shipped.zips, as_of=AS_OF)
    directory = Directory(data)
    catalog = load_catalog(ROOT / "campaigns", ROOT / "templates", directory, AS_OF)
    return Published(directory, catalog)


@pytest.fixture(autouse=True)
def january(services: Services, turned: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    services.published = turned
    object.__setattr__(services.submissions, "clock", lambda: NOW)
    monkeypatch.setattr(screens, "now", lambda: NOW)
    monkeypatch.setattr(target_answers, "now", lambda: NOW)


@pytest.mark.parametrize("language", ["en", "es", "hy"])
async def test_the_form_asks_for_the_district_and_says_why(start: Go, language: str) -> None:
    asked = await start(zip="75001", lang=language)
    assert WHY[language] in asked.words
    assert "TX-38" in asked.answer.text
    assert "Your voter registration card says it" not in asked.words, "it may be an old one"


async def test_the_members_are_named_and_the_letter_is_written(
    start: Go, client: httpx.AsyncClient, turned: Published
) -> None:
    asked = await start(zip="84101")  # Salt Lake City: four districts, shown as radio buttons
    assert "lies in 4 districts" not in asked.words
    holder = turned.directory.seat("house:UT-3", AS_OF)
    assert holder
    assert holder.name in asked.words
    letters = await asked.submit(client, {"district": "UT-3"})
    assert "subject:house:UT-3" in letters.form.names


async def test_where_the_lines_were_kept_nothing_is_asked(start: Go) -> None:
    letters = await start(zip="04101")
    assert "subject:house:ME-1" in letters.form.names


@pytest.mark.parametrize("language", ["en", "es", "hy"])
async def test_the_api_says_why(client: httpx.AsyncClient, language: str) -> None:
    found = (await client.get(f"{URL}/targets?zip=75001&lang={language}")).json()
    assert found["needs_district"]
    assert len(found["districts"]) == 38
    assert found["lines"] == [{"state": "TX", "status": "unknown"}]
    assert WHY[language] in found["why"]
    kinds = {target["kind"] for target in found["targets"]}
    assert kinds == {"president", "senator"}
    kept = (await client.get(f"{URL}/targets?zip=04101")).json()
    assert (kept["lines"], kept["why"]) == ([{"state": "ME", "status": "carried"}], None)
    alone = (await client.get(f"{URL}/targets?zip=82001")).json()
    assert alone["lines"] == [{"state": "WY", "status": "ready"}]


async def test_a_form_without_the_district_is_refused_with_the_reason(
    client: httpx.AsyncClient, form: Callable[..., Body]
) -> None:
    sent = form({"district": None}, zip="75001", state="TX", city="Addison")
    refused = await client.post(f"{URL}/submissions", json=sent)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["code"] == "district_needed"
    assert WHY["en"] in error["message"]
    assert "lies in more than one" not in error["message"]


async def test_what_the_supporter_stated_is_kept_as_stated(
    client: httpx.AsyncClient, services: Services, form: Callable[..., Body]
) -> None:
    sent = form({"district": "TX-32"}, zip="75001", state="TX", city="Addison")
    taken = await client.post(f"{URL}/submissions", json=sent)
    assert taken.status_code == 202, taken.text
    assert "house:TX-32" in {letter["seat"] for letter in taken.json()["letters"]}
    assert await kept_basis(services) == [("TX-32", "stated")]


@pytest.mark.parametrize(
    ("layer", "status"), [(NEW_LAYER, 200), ("119th Congressional Districts", 503)]
)
async def test_a_street_is_looked_up_in_the_sitting_congress_alone(
    client: httpx.AsyncClient, services: Services, layer: str, status: int
) -> None:
    street: dict[str, Any] = {"zip": "75001", "street": "1 Example St", "city": "Addison"}
    async with looked_up_by(services, body(answer("4832", layer=layer))):
        found = await client.post(f"{URL}/targets", json=street)
    assert found.status_code == status
    if status == 200:
        assert "house:TX-32" in {target["seat"] for target in found.json()["targets"]}
        assert found.json()["located"]


async def kept_basis(services: Services) -> list[tuple[str | None, str | None]]:
    async with transaction(services.engine) as session:
        rows = (await session.exec(select(Supporter))).all()
        return [(row.district, row.district_basis) for row in rows]
