"""``undersigned export``: who signed, as a table."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from sqlmodel.ext.asyncio.session import AsyncSession

from api.cli import app
from api.cli.counted import counted
from api.cli.stepping import ACTOR, run_step
from api.errors import NotFound
from api.security.keys import KeyRing
from api.security.private_files import writing_private
from api.settings import Settings
from api.supporters.vault import Vault

err = Console(stderr=True, soft_wrap=True, highlight=False)


@app.command()
def export(
    slug: Annotated[str, typer.Argument(help="The campaign's name, as in its file.")],
    csv: Annotated[
        Path,
        typer.Option("--csv", help="The file to write, closed to others; replaced."),
    ],
) -> None:
    """Write a statement's public list, organizations and people, as a table (audited)."""
    from api.services import load_published
    from api.sign_ons.export import export_csv

    form = load_published(Settings()).catalog.get(slug).campaign.sign_on
    if form is None:
        raise NotFound(f"{slug} has no statement that people sign.")

    async def step(session: AsyncSession, _: Vault, __: KeyRing) -> int:
        lines = 0
        with (
            writing_private(csv) as file,
            Progress(console=err, transient=True) as bar,
        ):
            task = bar.add_task("", total=None)
            async for piece in export_csv(lambda: nullcontext(session), slug, form, actor=ACTOR):
                file.write(piece.encode())
                lines += piece.count("\r\n")
                bar.update(task, description=f"{lines:,} lines")
        return lines

    typer.echo(f"Wrote {counted(run_step(step), 'line', 'lines')} to {csv}.")
