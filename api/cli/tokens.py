"""``undersigned token``: who may use the organizers' API."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from api.cli import app
from api.cli.stepping import ACTOR, run_plain_step
from api.cli.typed import typed_line
from api.organizers.tokens import Scope

token_app = typer.Typer(no_args_is_help=True, help="Tokens for the organizers' API.")
app.add_typer(token_app, name="token")

NAME_MAX = 100


@token_app.command()
def create(
    scope: Annotated[list[Scope], typer.Option(help="What it may do; give it several times.")],
    name: Annotated[str, typer.Option(help="Whose it is or what for, in a word or two.")],
) -> None:
    """Make a token and show it, this once."""
    from api.organizers import tokens

    name = typed_line(name, NAME_MAX, "--name")

    async def step(session: AsyncSession) -> tuple[UUID, str]:
        return await tokens.create(session, name, scope, actor=ACTOR)

    made, token = run_plain_step(step)
    typer.echo(f"{made}  {name}", err=True)
    typer.echo("Keep it like a password; it is not shown again.", err=True)
    typer.echo(token)


@token_app.command("list")
def list_() -> None:
    """List tokens: id, name, scopes, when made, last used (by hour), revoked."""
    from api.organizers import tokens

    found = run_plain_step(tokens.list_tokens)
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

    async def step(session: AsyncSession) -> None:
        await tokens.revoke(session, token, actor=ACTOR)

    run_plain_step(step)
    typer.echo("Revoked.")


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:00}"
