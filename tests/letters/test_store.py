"""Letter texts in the database: the first start writes them all, later ones find them."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.connection import connect_kwargs
from api.database.session import transaction
from api.letters.render import LetterText
from api.letters.store import TextStore
from api.services import Published, started
from api.settings import Settings

COUNTS = text("SELECT (SELECT count(*) FROM bundles), (SELECT count(*) FROM letter_texts)")


@pytest.fixture
def nothing_kept(owner_url: str) -> None:
    """A database as it is before the very first start."""
    with psycopg.connect(**connect_kwargs(owner_url), autocommit=True) as session:
        session.execute("TRUNCATE bundles, letter_texts")


def shipped(published: Published) -> tuple[set[str], dict[str, LetterText]]:
    """The digests of the bundles, and the texts by digest."""
    campaigns = [c for c in published.catalog.campaigns.values() if c.campaign.kind == "letters"]
    texts = [c.text(seat, c.default_demands) for c in campaigns for seat in c.readers]
    return {c.bundle_digest for c in campaigns}, {one.digest: one for one in texts}


@pytest.mark.usefixtures("nothing_kept")
async def test_the_first_start_keeps_every_letter_and_the_next_finds_them(
    settings: Settings, published: Published, engine: AsyncEngine
) -> None:
    bundles, texts = shipped(published)
    for _ in range(2):
        async with started(settings, published):
            pass
        async with transaction(engine) as session:
            assert (await session.execute(COUNTS)).one() == (len(bundles), len(texts))
    assert await TextStore(engine).find([*texts, "lt1:unknown"]) == texts
