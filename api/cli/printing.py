"""``undersigned print``: a campaign's letters on paper, with a progress bar."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from api.cli import app
from api.cli.campaigns import usage
from api.cli.counted import counted
from api.cli.progress import progress_bar
from api.cli.stepping import ACTOR, run_step
from api.printing.bulk import OnePdf, Stack, ZipOfPdfs
from api.printing.press import Press
from api.printing.press import Progress as Told
from api.security.keys import KeyRing
from api.settings import Settings
from api.supporters.vault import Vault


@app.command("print")
def print_(
    slug: Annotated[str, typer.Argument(help="The campaign's name, as in its file.")],
    seat: Annotated[
        str | None, typer.Option(help="Only letters to this office, such as house:CA-30.")
    ] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write one PDF, of up to 500 letters.")] = None,
    zip_: Annotated[Path | None, typer.Option("--zip", help="Write PDFs by office.")] = None,
) -> None:
    """Print confirmed letters, to carry or to read; it changes no state (audited)."""
    from api.cli.data_sets import published_in_use
    from api.confirmation.on_paper import Paper
    from api.letters.store import TextStore
    from api.targets.days import eastern_today

    if (pdf is None) == (zip_ is None):
        raise usage("say where to: --pdf FILE or --zip FILE")
    settings = Settings()
    published = published_in_use(settings)
    campaign = published.catalog.get(slug)

    def paper(session: AsyncSession, vault: Vault) -> Paper:
        assert isinstance(session.bind, AsyncEngine)
        texts = TextStore(session.bind)
        return Paper(campaign, published.directory, vault, texts, eastern_today())

    async def announce(session: AsyncSession, vault: Vault, _: KeyRing) -> int:
        await paper(session, vault).note(session, actor=ACTOR)
        return await paper(session, vault).count(session, seat)

    async def work(session: AsyncSession, vault: Vault, _: KeyRing) -> Stack:
        with progress_bar(total) as progress, _stack(settings, pdf, zip_, progress) as stack:
            async for office, letter in paper(session, vault).letters(session, seat):
                stack.put(office, letter)
        return stack

    total = run_step(announce)
    if not total:
        typer.echo(f"There are no letters to print: {pdf or zip_} was not written.")
        return
    made = run_step(work)
    typer.echo(f"Printed {counted(made.printed, 'letter', 'letters')} to {pdf or zip_}.")
    if made.left_out:
        typer.echo(f"No font here has all characters of {made.left_out:,}: they were left out.")


def _stack(settings: Settings, pdf: Path | None, zip_: Path | None, progress: Told) -> Stack:
    press = Press(settings.templates_dir / "print")
    if pdf is not None:
        return OnePdf(press, pdf, progress)
    assert zip_ is not None
    return ZipOfPdfs(press, zip_, progress)
