"""``undersigned erasures``: after a restore, erase again the people who had asked for it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from sqlalchemy.ext.asyncio import AsyncEngine

from api.cli import app
from api.cli.counted import counted
from api.cli.stepping import open_keys, run
from api.settings import Settings

erasures_app = typer.Typer(no_args_is_help=True, help="Who asked to be erased.")
app.add_typer(erasures_app, name="erasures")
err = Console(stderr=True, soft_wrap=True, highlight=False)


@erasures_app.command()
def replay(
    files: Annotated[
        list[Path] | None, typer.Argument(help="The ledger of each node; this node's, if none.")
    ] = None,
) -> None:
    """Erase people whom a restored backup brought back. Running it again does no harm."""
    settings = Settings()
    ledgers = files or [settings.erasure_ledger_file]
    from api.privacy.ledger import unreadable

    for file in ledgers:
        if lost := unreadable(file):
            lines = counted(lost, "line says nothing and was", "lines say nothing and were")
            err.print(f"undersigned: {file}: {lines} left out: cut off, or damaged.")
    done, known = run(lambda engine, ready: _replay(engine, ready, ledgers))
    typer.echo(
        f"{counted(known, 'erasure', 'erasures')} in the ledger; "
        f"{counted(done, 'person was back, and is', 'people were back, and are')} erased."
    )


async def _replay(engine: AsyncEngine, settings: Settings, files: list[Path]) -> tuple[int, int]:
    from api.database.session import session_scope
    from api.privacy import ledger
    from api.privacy.erasure import replay as erase_again
    from api.supporters.vault import Vault

    vault, done = Vault(open_keys(settings)), 0
    erasures = [erasure for file in files for erasure in ledger.read(file)]
    for erasure in track(erasures, "Erasing", console=err, transient=True):
        async with session_scope(engine) as session:
            done += await erase_again(session, erasure, vault)
    return done, len(erasures)
