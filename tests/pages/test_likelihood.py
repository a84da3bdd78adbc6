"""Districts of a split ZIP code: the one in which most of its people live is offered first."""

from dataclasses import replace

import httpx
import pytest

from api.services import Services
from api.settings import ROOT
from api.targets.congress import Directory
from api.targets.dataset import read
from tests.app_fixtures import CAMPAIGN
from tests.pages.conftest import Go


@pytest.fixture(autouse=True)
def shares(services: Services) -> None:
    """The shipped data, with the share of Cambridge's people in each district."""
    data = read(ROOT / "data")
    zips = {**data.zips, "02138": "MA-5:0.2000 MA-7:0.8000"}
    directory = Directory(replace(data, zips=zips))
    services.published = replace(services.published, directory=directory)


async def test_the_likeliest_is_first_and_none_is_chosen(start: Go) -> None:
    place = await start(zip="02138")
    assert 0 < place.html.index('value="MA-7"') < place.html.index('value="MA-5"')
    assert " checked" not in place.html.partition("<fieldset")[2].partition("</fieldset>")[0]


async def test_programs_are_told_in_the_same_order(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/api/v1/campaigns/{CAMPAIGN}/targets?zip=02138")
    told = answer.json()
    assert (told["districts"], told["needs_district"]) == (["MA-7", "MA-5"], True)
