"""A client that a generator makes of the OpenAPI document walks the main way, as it is made."""

import importlib
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

from api.main import create_app
from api.organizers.tokens import Scope
from api.services import Services
from api.settings import Settings
from tests.app_fixtures import CAMPAIGN, Body, Outbox, transport_to
from tests.organizers.tokens import bearer
from tests.public.test_main_way import preview_of

NAME = "undersigned_client"
LETTER = "suspend-security-aid"
# The generator knows a file's type by this one only.
FILES = {"application/pdf": "application/octet-stream"}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package, imported; the generator remarks on nothing in the document."""
    folder = tmp_path_factory.mktemp("generated")
    document = folder / "openapi.json"
    document.write_text(json.dumps(create_app(Settings()).openapi()))
    file = ConfigFile(post_hooks=[], content_type_overrides=FILES)
    config = Config.from_sources(file, MetaType.NONE, document, "utf-8", False, folder / NAME)
    assert [(error.header, error.detail) for error in generate(config=config)] == []
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(NAME)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
            del sys.modules[name]


class Calls:
    """Calls operations of the generated package by tag and name, with its own models."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        package = importlib.import_module(NAME)
        self.client = package.Client(base_url="http://test").set_async_httpx_client(http)
        self.models = importlib.import_module(f"{NAME}.models")

    async def __call__(self, operation: str, *path: Any, body: Any = None, **query: Any) -> Any:
        module = importlib.import_module(f"{NAME}.api.{operation}")
        sent = query if body is None else {**query, "body": body}
        answer = await module.asyncio_detailed(*path, client=self.client, **sent)
        assert answer.status_code < 400, answer.content
        return answer.parsed

    def form(self, model: str, **fields: Any) -> Any:
        return getattr(self.models, model).from_dict(fields)


@pytest.fixture
async def call(generated: ModuleType, client: httpx.AsyncClient) -> Calls:
    return Calls(client)


@pytest.fixture
async def organizers(
    generated: ModuleType, app: FastAPI, services: Services
) -> AsyncIterator[Calls]:
    headers = await bearer(services, Scope.STATS, Scope.DELIVERIES)
    transport = transport_to(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers=headers
    ) as made:
        yield Calls(made)


async def test_it_walks_from_the_list_of_campaigns_to_counted_letters(
    call: Calls, organizers: Calls, outbox: Outbox, form: Callable[..., Body]
) -> None:
    listed = await call("campaigns.list_campaigns")
    assert CAMPAIGN in {card.slug for card in listed.items}
    campaign = await call("campaigns.read_campaign", CAMPAIGN, lang="hy")
    assert {fact.source for fact in campaign.facts} <= {source.id for source in campaign.sources}
    assert campaign.form.story.max_ == 1500
    targets = await call("campaigns.read_targets", CAMPAIGN, zip_="91204")
    assert len(targets.targets) == 4

    preview = await call(
        "campaigns.preview_letters", CAMPAIGN, body=call.form("PreviewForm", **preview_of(form()))
    )
    sent = form({"story": "My own words.", "approval": preview.approval})
    accepted = await call("submissions.submit", CAMPAIGN, body=call.form("SubmissionForm", **sent))
    assert [letter.seat for letter in accepted.letters] == [x.seat for x in preview.letters]

    await outbox.work()
    token = outbox.tokens("confirm")[0]
    confirmed = await call("confirmations.confirm_form", body=call.form("ConfirmForm", token=token))
    assert confirmed.status == "confirmed"
    await outbox.work()
    await _own_data(call, outbox)
    assert (await call("campaigns.read_counts", CAMPAIGN)).goal == 25_000

    stats = await organizers("organizers.read_stats", CAMPAIGN)
    assert stats.forms["confirmed"] == 1
    page = await organizers("organizers.list_deliveries", campaign=CAMPAIGN)
    assert {one.seat for one in page.items} == {one.seat for one in accepted.letters}
    assert {one.status for one in page.items} == {"written"}


async def _own_data(call: Calls, outbox: Outbox) -> None:
    asked = call.form("LinkForm", campaign=CAMPAIGN, email="ani@example.org")
    assert (await call("self_service.ask_for_own_link", body=asked)).status == "asked"
    await outbox.work()
    link = call.form("TokenForm", token=outbox.tokens("self-service")[-1])
    opened = await call("self_service.open_own_link", body=link)
    own = await call("self_service.read_own_page", body=call.form("TokenForm", token=opened.token))
    assert own.words.story == "My own words."
    assert {letter.status for letter in own.letters} == {"written"}


async def test_it_signs_and_reads_the_open_letter(call: Calls) -> None:
    statement = await call("sign_ons.read_statement", LETTER)
    person = {"given_name": "Ani", "family_name": "P", "email": "ani@example.org", "zip": "91204"}
    body = call.form(
        "PersonSigns", kind="person", supporter=person, statement_digest=statement.digest
    )
    signed = await call("sign_ons.sign_statement", LETTER, body=body)
    assert signed.status == "awaiting_confirmation"
    assert (await call("sign_ons.read_signers", LETTER)).items == []
    assert "hour,count" in str(await call("sign_ons.read_history", LETTER))


async def test_it_reads_a_problem(call: Calls) -> None:
    module = importlib.import_module(f"{NAME}.api.campaigns.read_targets")
    answer = await module.asyncio_detailed(CAMPAIGN, client=call.client, zip_="00000")
    assert (answer.status_code, answer.parsed.code) == (422, "invalid_input")
    assert [error.code for error in answer.parsed.errors] == ["zip_unknown"]


def test_each_model_has_a_name_of_its_own() -> None:
    schemas = create_app(Settings()).openapi()["components"]["schemas"]
    assert [name for name in schemas if "__" in name] == []
