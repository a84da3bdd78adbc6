"""Imported data is used by every running process, without a restart, and never half of it."""

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import date

import pytest
from structlog.testing import capture_logs

from api.campaigns.problems import CheckFailed
from api.database.session import transaction
from api.services import Published, Services, started
from api.settings import ROOT, Settings
from api.targets import data_keeper, dataset, importer, store
from api.targets.congress import Directory
from api.targets.dataset import DataSet
from tests.targets.new_lines import table
from tests.targets.next_congress import NEWCOMER, special_election
from tests.waiting import until

AFTER = date(2027, 1, 4)


@pytest.fixture(scope="module")
def shipped() -> DataSet:
    return dataset.read(ROOT / "data")


@pytest.fixture(scope="module")
def texas(shipped: DataSet) -> DataSet:
    return importer.add_lines(table(shipped, "TX"), ["TX"], shipped, date(2026, 12, 1))


@pytest.fixture(scope="module")
def published_now(published: Published, shipped: DataSet) -> Published:
    """The campaigns with the shipped data as it is."""
    return Published(Directory(shipped), published.catalog)


async def put(services: Services, data: DataSet) -> str:
    async with transaction(services.engine) as session:
        return await store.put(session, data)


def texas_is(services: Services) -> str:
    return services.published.directory.standings(120)["TX"].status


class Minute:
    """A clock that each process has for itself: it stands still until ``go``, and after 60 s."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.passed: defaultdict[object, float] = defaultdict(float)

    async def pause(self, seconds: float) -> None:
        await self.go.wait()
        self.passed[asyncio.current_task()] += seconds
        if self.passed[asyncio.current_task()] > 60:
            await asyncio.Event().wait()


async def test_two_running_processes_take_the_lines_of_a_state_within_a_minute(
    settings: Settings,
    published_now: Published,
    texas: DataSet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    minute = Minute()
    monkeypatch.setattr(data_keeper, "pause", minute.pause)
    async with started(settings, published_now) as one, started(settings, published_now) as two:
        assert texas_is(one) == texas_is(two) == "unknown"
        assert one.published.directory.find("75001", today=AFTER).unknown == ("TX",)
        digest = await put(one, texas)
        minute.go.set()
        await until(lambda: texas_is(one) == texas_is(two) == "ready")
        for services in (one, two):
            found = services.published.directory.find("75001", today=AFTER)
            assert found.unknown == ()
            assert services.published.directory.digest == digest
            assert services.published.catalog.by_digest.keys() == (
                published_now.catalog.by_digest.keys()
            ), "new lines change no letter"


async def test_a_process_that_starts_later_has_it_from_the_start(
    settings: Settings, published_now: Published, texas: DataSet
) -> None:
    async with started(settings, published_now) as one:
        await put(one, texas)
    async with started(settings, published_now) as later:
        assert texas_is(later) == "ready"


async def test_new_members_make_new_letters(
    settings: Settings, published_now: Published, shipped: DataSet
) -> None:
    async with started(settings, published_now) as services:
        elected = replace(special_election(shipped), made="2026-11-29T18:00:00Z")
        await put(services, elected)
        assert await services.data.read()
        assert services.published.directory.as_of == elected.as_of
        campaign = services.published.catalog.get("reverse-907-waiver")
        assert campaign.readers["house:CA-30"].id == NEWCOMER["id"]
        text = campaign.text("house:CA-30", campaign.default_demands)
        assert text.digest in await services.texts.find([text.digest])
        await services.records.read()
        assert services.published.catalog.get("reverse-907-waiver") is campaign


async def test_an_older_set_is_not_taken(
    settings: Settings, published_now: Published, shipped: DataSet
) -> None:
    async with started(settings, published_now) as services:
        await put(services, replace(shipped, made="2026-01-01T00:00:00Z"))
        await put(services, replace(shipped, as_of=date(2026, 1, 1), made="2027-01-01T00:00:00Z"))
        assert not await services.data.read()
        assert services.published.directory.digest == shipped.digest


async def test_what_cannot_be_used_is_refused_once_and_the_present_data_stays(
    settings: Settings, published_now: Published, shipped: DataSet
) -> None:
    made = "2027-01-01T00:00:00Z"
    nobody = replace(shipped, members=[], committees={}, made=made)
    async with started(settings, published_now) as services:
        await put(services, nobody)
        with pytest.raises(CheckFailed):
            await services.data.read()
        assert not await services.data.read(), "it is not tried again"
        assert services.published.directory.digest == shipped.digest
        broken = replace(shipped, made="2027-01-02T00:00:00Z", zips={"x": "TX-3"})
        await put(services, broken)
        with capture_logs() as logs:
            await services.data.look()
        assert [entry["event"] for entry in logs] == ["data.refused"]
        assert services.published.directory.digest == shipped.digest


async def test_only_the_newest_sets_are_kept(
    settings: Settings, published_now: Published, shipped: DataSet
) -> None:
    small = replace(shipped, members=[], zips={}, newer={}, prefixes={}, committees={}, lines=[])
    async with started(settings, published_now) as services:
        digests = [
            await put(services, replace(small, made=f"2026-01-{day:02}T00:00:00Z"))
            for day in range(1, store.KEPT + 3)
        ]
        async with transaction(services.engine) as session:
            newest = await store.newest(session)
            assert newest is not None
            assert newest[-1] == digests[-1]
            with pytest.raises(dataset.BrokenData):
                await store.read(session, digests[0])
            assert (await store.read(session, digests[-1])).made == "2026-01-07T00:00:00Z"
