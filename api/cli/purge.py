"""``undersigned purge``: wipe what may be kept no longer, now."""

from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.progress import Progress, TextColumn
from sqlalchemy.ext.asyncio import AsyncEngine

from api.cli import app
from api.cli.stepping import open_keys, run
from api.database.session import transaction
from api.settings import Settings

err = Console(stderr=True, soft_wrap=True, highlight=False)

# What each count is of, in the order of the purge.
SAID = {
    "forms": "forms that nobody confirmed",
    "clients": "hashed client addresses",
    "words": "writers' own words, with their street",
    "entries": "organizations stored plain before they were listed",
    "shared hosts": "organizations that shared a web host with another",
    "persons": "persons of campaigns closed long ago",
    "answers": "expired answers",
    "links": "expired links",
    "requests": "requests for links that nobody took",
    "places": "places in the mail budget",
    "lists": "expired links to lists of what waits",
    "breakers": "domains that refused our mail a week ago",
    "minutes": "counts of mails sent a minute",
    "reports": "reports that there is no mailbox, said once and long ago",
    "prints": "statements made as PDFs, long ago",
    "wrong tokens": "clients that came with a wrong token",
    "limits": "rate limits that are full again",
    "files": "files of the development outbox",
}


@app.command()
def purge() -> None:
    """Wipe all that may be kept no longer (a worker does this every 10 minutes)."""
    counts = run(_purge)
    for name, sentence in SAID.items():
        typer.echo(f"{counts[name]:>9,}  {sentence}")


async def _purge(engine: AsyncEngine, settings: Settings) -> dict[str, int]:
    from api.privacy.retention import purge as wipe
    from api.supporters.vault import Vault

    vault = Vault(open_keys(settings))
    await _remember_states(settings, engine)
    with Progress(TextColumn("{task.description}"), console=err, transient=True) as bar:
        task = bar.add_task("")

        def show(name: str, count: int) -> None:
            bar.update(task, description=f"{SAID[name]}: {count:,}")

        return await wipe(engine, vault, settings, progress=show)


async def _remember_states(settings: Settings, engine: AsyncEngine) -> None:
    """Broken campaign files do not keep anything from being wiped; they are said, and that
    is all."""
    from api.campaigns.problems import CheckFailed
    from api.campaigns.states import remember_states
    from api.services import load_published

    try:
        published = load_published(settings)
    except CheckFailed as error:
        err.print(f"The campaigns have errors: when they closed is not noted.\n{error.detail}")
        return
    async with transaction(engine) as session:
        await remember_states(session, published.catalog, datetime.now(UTC))
