"""``undersigned token``: who may use the organizers' API."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cli import app
from api.cli.database import database, known_url
from api.cli.typed import typed_line
from api.organizers.tokens import Scope
from api.settings import Settings

token_app = typer.Typer(no_args_is_help=True, help="Tokens for the organizers' API.")
app.add_typer(token_app, name="token")

ACTOR = "cli"
NAME_MAX = 100
T = TypeVar("T")


@token_app.command()
def create(
    scope: Annotated[list[Scope], typer.Option(help="What it may do; give it several times.")],
    name: Annotated[str, typer.Option(help="Whose it is or what for, in a word or two.")],
) -> None:
    """Make a token and show it, this once."""
    from api.organizers import tokens

    name = typed_line(name, NAME_MAX, "--name")

    async def step(connection: AsyncConnection) -> tuple[UUID, str]:
        return await tokens.create(connection, name, scope, actor=ACTOR)

    made, token = _run(step)
    typer.echo(f"{made}  {name}", err=True)
    typer.echo("Keep it like a password; it is not shown again.", err=True)
    typer.echo(token)


@token_app.command("list")
def list_() -> None:
    """List tokens: id, name, scopes, when made, last used (by hour), revoked."""
    from api.organizers import tokens

    found = _run(tokens.list_tokens)
    for each in found:
        used = f"used {_day(each.used)}" if each.used else "never used"
        ended = f"revoked {_day(each.revoked)}" if each.revoked else "good"
        made = f"made {_day(each.created)}"
        typer.echo("  ".join((str(each.id), each.name, ",".join(each.scopes), made, used, ended)))
    if not found:
        typer.echo("There are no tokens yet: undersigned token create --scope … --name …", err=True)


@token_app.command()
def revoke(token: Annotated[UUID, typer.Argument(help="Its id, as `list` shows it.")]) -> None:
    """End a token: it opens nothing from now on."""
    from api.organizers import tokens

    async def step(connection: AsyncConnection) -> None:
        await tokens.revoke(connection, token, actor=ACTOR)

    _run(step)
    typer.echo("Revoked.")


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:00}"


def _run(step: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """One transaction on the configured database."""
    from api.database.engine import create_engine
    from api.database.roles import session_role
    from api.database.session import session_scope

    async def work(settings: Settings) -> T:
        url = known_url(settings)
        engine = create_engine(url, await session_role(url))
        try:
            async with session_scope(engine) as session:
                return await step(await session.connection())
        finally:
            await engine.dispose()

    with database(Settings()) as settings:
        return asyncio.run(work(settings))
