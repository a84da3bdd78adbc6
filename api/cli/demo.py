"""``undersigned demo``: invented supporters, so that pages and figures can be seen."""

import asyncio
from typing import Annotated

import typer

from api.cli import app
from api.cli.database import as_app, known_url, owned_database
from api.cli.migrate import tell_administrator
from api.cli.progress import progress_bar
from api.database.folders import CannotStart
from api.settings import Settings

PEOPLE = 40


@app.command()
def demo(
    people: Annotated[
        int, typer.Option(min=1, max=5000, help="How many on each open campaign.")
    ] = PEOPLE,
    remove: Annotated[bool, typer.Option("--remove", help="Take all of them away.")] = False,
) -> None:
    """Fill a development database with invented supporters, marked Demo (removable)."""
    from api.database.migrate import migrate

    settings = Settings()
    if settings.production:
        raise CannotStart("Invented supporters do not belong into production.")
    with owned_database(settings) as owned:
        tell_administrator(migrate(known_url(owned)))
        settings = as_app(owned)
        done = asyncio.run(_remove(settings) if remove else _add(settings, people))
    typer.echo(f"{done:,} invented supporters were {'removed' if remove else 'added'}.")


async def _add(settings: Settings, people: int) -> int:
    from api.cli.demo_store import invent, open_campaigns
    from api.services import started

    added = seen = 0
    async with started(settings) as services:
        campaigns = open_campaigns(services)
        with progress_bar(len(campaigns) * people) as show:
            for published in campaigns:
                async for fresh in invent(services, published, people):
                    added, seen = added + fresh, seen + 1
                    show(seen)
    return added


async def _remove(settings: Settings) -> int:
    from api.cli.demo_removal import remove
    from api.services import started

    done = 0
    async with started(settings) as services:
        campaigns = list(services.published.catalog.campaigns)
        with progress_bar(len(campaigns)) as show:
            for number, slug in enumerate(campaigns):
                async for count in remove(services, slug):
                    done += count
                show(number + 1)
    return done
