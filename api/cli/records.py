"""``undersigned records``: what members of Congress did, entered by organizers."""

from typing import Annotated
from uuid import UUID

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from api.cli import app
from api.cli.stepping import ACTOR, run_step
from api.errors import NotFound
from api.security.keys import KeyRing
from api.settings import Settings
from api.supporters.vault import Vault

records_app = typer.Typer(no_args_is_help=True, help="What members of Congress did.")
app.add_typer(records_app, name="records")


@records_app.command("list")
def list_() -> None:
    """List the records that were entered; the dossier's file may hold more."""
    from api.campaigns.records import Entered, list_entered

    async def step(session: AsyncSession, _: Vault, __: KeyRing) -> list[Entered]:
        return await list_entered(session)

    found = run_step(step)
    for each in found:
        line = (each.id, each.bioguide, each.what, each.on, each.date, each.source_title)
        typer.echo("  ".join(str(part) for part in line))
    if not found:
        typer.echo("Nothing was entered yet.", err=True)


@records_app.command()
def add(  # noqa: PLR0913 (what a record is made of)
    bioguide: Annotated[str, typer.Argument(help="The member's id, such as P000034.")],
    what: Annotated[str, typer.Argument(help="led, co_led, sponsored, signed, spoke, declined.")],
    on: Annotated[str, typer.Argument(help="The thing's short name, such as hr-6840.")],
    title: Annotated[str, typer.Option(help="The thing's full name.")],
    date: Annotated[str, typer.Option(help="When, as far as it is known: 2025-12-19, 2025-12.")],
    source: Annotated[str, typer.Option(help="The document that says so.")],
    publisher: Annotated[str, typer.Option(help="Who published it.")],
    url: Annotated[str | None, typer.Option(help="Where it can be read.")] = None,
) -> None:
    """Enter what a member did; letters use it within seconds (audited)."""
    from api.campaigns import records
    from api.cli.data_sets import published_in_use

    published = published_in_use(Settings())
    if published.directory.by_id(bioguide) is None:
        raise NotFound("No member who sits, or is on record here, has this id.")
    values = {"bioguide": bioguide, "what": what, "on": on, "title": title, "date": date}
    document = {"source_title": source, "source_publisher": publisher, "source_url": url}
    entered = records.enter(published.catalog, {**values, **document, "source_date": None})

    async def step(session: AsyncSession, _: Vault, __: KeyRing) -> None:
        await records.add(session, entered, actor=ACTOR)

    run_step(step)
    typer.echo(f"{entered.id}  entered.")


@records_app.command()
def remove(record: Annotated[UUID, typer.Argument(help="Its id, as `list` shows it.")]) -> None:
    """Take a record back; letters that were approved with it keep it."""
    from api.campaigns import records

    async def step(session: AsyncSession, _: Vault, __: KeyRing) -> None:
        await records.remove(session, record, actor=ACTOR)

    run_step(step)
    typer.echo("Removed.")
