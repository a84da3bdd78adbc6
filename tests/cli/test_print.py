"""``undersigned print``: confirmed letters on paper, by office, noted in the audit."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import anyio
import httpx
import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from api.cli import load_commands
from api.database.session import transaction
from api.services import Services
from tests.app_fixtures import CAMPAIGN, Body, Outbox
from tests.printing.pdf import Pdf

URL = f"/api/v1/campaigns/{CAMPAIGN}"


async def run(*arguments: str | Path) -> Result:
    words = [str(argument) for argument in arguments]
    return await anyio.to_thread.run_sync(lambda: CliRunner().invoke(load_commands(), words))


@pytest.fixture
async def written(
    client: httpx.AsyncClient,
    services: Services,
    outbox: Outbox,
    form: Callable[..., Body],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two people who confirmed, and one who did not."""
    assert services.settings.database_url is not None
    monkeypatch.setenv("DATABASE_URL", services.settings.database_url.get_secret_value())
    monkeypatch.setenv("UNDERSIGNED_STATE_DIR", str(services.settings.state_dir))
    for name in ("Ani", "Marta", "Nora"):
        body = form(email=f"{name}@example.org", given_name=name)
        assert (await client.post(f"{URL}/submissions", json=body)).status_code == 202
        await outbox.work()
        if name != "Nora":
            for token in outbox.tokens("confirm"):
                await client.post("/api/v1/confirmations", json={"token": token})


async def test_a_zip_of_all_confirmed_letters(
    written: None, services: Services, tmp_path: Path
) -> None:
    done = await run("print", CAMPAIGN, "--zip", tmp_path / "all.zip")
    assert done.exit_code == 0, done.output
    assert "Printed 8 letters" in done.output
    with ZipFile(tmp_path / "all.zip") as archive:
        assert sorted(archive.namelist()) == [
            "house-CA-30-0001.pdf",
            "president-0001.pdf",
            "senate-CA-1-0001.pdf",
            "senate-CA-3-0001.pdf",
        ]
        words = Pdf(archive.read("house-CA-30-0001.pdf")).squeezed
    assert "AniPetrosyan" in words
    assert "MartaPetrosyan" in words
    assert "Nora" not in words
    async with transaction(services.engine) as session:
        noted = await session.execute(
            text("SELECT actor, object FROM audit WHERE action = 'letters.printed'")
        )
        assert noted.all() == [("cli", CAMPAIGN)]


async def test_one_pdf_to_one_office(written: None, tmp_path: Path) -> None:
    file = tmp_path / "president.pdf"
    done = await run("print", CAMPAIGN, "--seat", "president", "--pdf", file)
    assert "Printed 2 letters" in done.output, done.output
    assert "Representative" not in Pdf(file.read_bytes()).text(0)


async def test_it_must_be_said_where_to(written: None) -> None:
    assert (await run("print", CAMPAIGN)).exit_code == 2
