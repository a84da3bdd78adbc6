"""`undersigned diff`: what an edit changes in the letters of a campaign."""

import asyncio
import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from api.campaigns.check import examine
from api.campaigns.comparison import SIGNED, Change, Comparison, compare
from api.campaigns.problems import CheckFailed, errors_of
from api.campaigns.published import PublishedCampaign
from api.cli import app
from api.cli.campaigns import Slug, examined, found_campaign
from api.cli.counted import counted
from api.cli.data_sets import directory_in_use
from api.errors import DomainError
from api.settings import Settings
from api.targets.days import eastern_today

DIGEST = "b1:"
SEATS_SHOWN = 4
STYLES = {"same": "", "gone": "red strike", "new": "green bold"}
out = Console(highlight=False)


class NothingToCompare(DomainError):
    """There is no older version to compare with."""

    code = "nothing_to_compare"
    title = "There is nothing to compare with"


@app.command()
def diff(
    slug: Slug,
    against: Annotated[
        str | None,
        typer.Option(
            help="A folder with campaigns/ and templates/, an older campaign file, a git revision "
            "or a bundle's digest. Without it: what this installation published last."
        ),
    ] = None,
) -> None:
    """Show what the files change in the letters, word by word, each change once."""
    settings = Settings()
    new = found_campaign(examined(settings), slug)
    comparison = compare(_older(settings, slug, against), new)
    for change in comparison.changes:
        _print_change(change)
    _print_rest(comparison, new)


def _older(settings: Settings, slug: str, against: str | None) -> PublishedCampaign:
    if against is None or against.startswith(DIGEST):
        return PublishedCampaign(asyncio.run(_stored(settings, slug, against)))
    path = Path(against)
    if path.is_dir():
        return _of_folder(settings, slug, path)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        if path.is_file():
            shutil.copytree(settings.campaigns_dir, copy / "campaigns")
            shutil.copytree(settings.templates_dir / "letters", copy / "templates/letters")
            shutil.copyfile(path, copy / "campaigns" / f"{slug}.yaml")
        else:
            _check_out(against, settings, copy)
        return _of_folder(settings, slug, copy)


def _of_folder(settings: Settings, slug: str, folder: Path) -> PublishedCampaign:
    """The campaign of another folder, with today's members of Congress."""
    campaigns = folder / "campaigns" if (folder / "campaigns").is_dir() else folder
    templates = campaigns.parent / "templates"
    directory = directory_in_use(settings)
    examination = examine(campaigns, templates, directory, eastern_today())
    if slug not in examination.loaded.campaigns and not (campaigns / f"{slug}.yaml").exists():
        raise NothingToCompare(f"{slug} was not there yet.")
    if slug not in examination.campaigns:
        raise CheckFailed(errors_of(examination.problems))
    return examination.campaigns[slug]


def _check_out(revision: str, settings: Settings, to: Path) -> None:
    """Campaigns and letters as they were in a revision, taken out of git's archive."""
    if revision.startswith("-"):
        raise NothingToCompare(f'"{revision}" is no revision.')
    parts = {"campaigns": settings.campaigns_dir, "templates/letters": settings.templates_dir}
    for name, folder in parts.items():
        source = folder.resolve() / ("letters" if name.endswith("letters") else "")
        # The pathspec "." in the folder itself, so that any place in a repository will do.
        command = ["git", "-C", str(source), "archive", "--format=tar", revision, "."]
        made = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
        if made.returncode:
            raise NothingToCompare(
                f'"{revision}" is no folder, file or digest, and git says: '
                + made.stderr.decode(errors="replace").strip()
            )
        with tarfile.open(fileobj=io.BytesIO(made.stdout)) as archive:
            archive.extractall(to / name, filter="data")


async def _stored(settings: Settings, slug: str, digest: str | None) -> Mapping[str, Any]:
    """The content of a bundle in the database: of this digest, or the campaign's newest."""
    from psycopg.errors import UndefinedTable

    from api.cli.database import database, external_url, known_url
    from api.database.connection import connect
    from api.database.roles import session_role

    query = "SELECT content FROM bundles WHERE campaign = %s"
    query += " AND digest = %s" if digest else " ORDER BY since DESC LIMIT 1"
    what = f"No bundle {digest}" if digest else "Nothing"
    nothing = NothingToCompare(
        f"{what} of {slug} has been published here: say with --against what to compare with."
    )
    if external_url(settings) is None and not (settings.state_dir / "postgres").exists():
        raise nothing
    with database(settings) as reachable:
        url = known_url(reachable)
        async with await connect(url, await session_role(url)) as connection:
            try:
                cursor = await connection.execute(query, (slug, *([digest] if digest else [])))
            except UndefinedTable:
                raise nothing from None
            row = await cursor.fetchone()
    if row is None:
        raise nothing
    content: Mapping[str, Any] = row[0]
    return content


def _print_change(change: Change) -> None:
    readers = len(change.seats)
    shown = ", ".join(change.seats[:SEATS_SHOWN]) + (" …" if readers > SEATS_SHOWN else "")
    if change.seats == (SIGNED,):
        out.print(Text(SIGNED, style="bold"))
    else:
        head = Text(f"{change.part}, {readers} letter{'s' if readers > 1 else ''}", style="bold")
        out.print(head.append(f" ({shown}) by {', '.join(change.texts)}", style="dim"))
    hunk = change.hunk
    body = Text(f"… {hunk.before}")
    for sort, text in hunk.pieces:
        body.append(" ").append(_marked(sort, text), style=STYLES[sort])
    body.append(f" {hunk.after} …")
    out.print(Padding(body, (0, 0, 1, 2)))


def _marked(sort: str, text: str) -> str:
    """Mark the change with brackets if there are no colors: [-gone-] and {+new+}."""
    text = text.replace("\n", "¶")
    if out.color_system is None:
        return {"gone": f"[-{text}-]", "new": f"{{+{text}+}}"}.get(sort, text)
    return text


def _print_rest(comparison: Comparison, new: PublishedCampaign) -> None:
    for what, seats in (
        ("Newly written to", comparison.added),
        ("No longer written to", comparison.dropped),
    ):
        if seats:
            more = " …" if len(seats) > SEATS_SHOWN else ""
            out.print(f"{what}: {len(seats)} ({', '.join(seats[:SEATS_SHOWN])}{more})")
    if comparison.is_empty:
        out.print("No letter changes.")
    elif new.campaign.letter:
        out.print(
            f"{counted(comparison.same, 'letter stays as it is', 'letters stay as they are')}.",
            style="dim",
        )
