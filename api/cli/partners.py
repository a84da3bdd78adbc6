"""``undersigned partner``: who may embed the form, and where."""

import re
from typing import Annotated

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from api.cli import app
from api.cli.keys import PATTERN
from api.cli.stepping import ACTOR, run_plain_step
from api.cli.typed import typed_line

partner_app = typer.Typer(no_args_is_help=True, help="Organizations that embed the form.")
app.add_typer(partner_app, name="partner")

NAME_MAX = 200

Slug = Annotated[str, typer.Argument(help="The partner's short name: acme-society.")]


@partner_app.command()
def add(
    slug: Slug,
    name: Annotated[str, typer.Option(help="The organization's name, as people know it.")],
    origin: Annotated[list[str], typer.Option(help="A site of theirs, again for each.")],
    inline: Annotated[
        bool, typer.Option("--inline", help="Their pages may hold the form itself, and so read it.")
    ] = False,
) -> None:
    """Add a partner, or change one: what is said now replaces what was said before."""
    from api.partners.models import Partner
    from api.partners.registry import add_partner

    partner = Partner(slug=_slug(slug), name=_name(name), origins=_origins(origin), inline=inline)

    async def step(session: AsyncSession) -> None:
        await add_partner(session, partner, actor=ACTOR)

    run_plain_step(step)
    typer.echo(f"{slug} may show the form {'in' if inline else 'on'} its pages within seconds.")


@partner_app.command("list")
def list_(
    ended: Annotated[bool, typer.Option("--all", help="Those of the past, too.")] = False,
) -> None:
    """List the partners with their sites."""
    from api.partners.registry import list_partners

    async def step(session: AsyncSession) -> None:
        found = await list_partners(session, ended=ended)
        for partner in found:
            kind = "ended" if partner.ended_at else "inline" if partner.inline else "frame"
            typer.echo("  ".join((partner.slug, kind, partner.name, " ".join(partner.origins))))
        if not found:
            typer.echo("There are no partners: undersigned partner add --help", err=True)

    run_plain_step(step)


@partner_app.command()
def end(slug: Slug) -> None:
    """Take a partner's sites off: the form does not show there any more."""
    from api.partners.registry import end_partner

    async def step(session: AsyncSession) -> None:
        await end_partner(session, slug, actor=ACTOR)

    run_plain_step(step)
    typer.echo(f"{slug} has ended; its counts stay.")


def _slug(slug: str) -> str:
    if not re.fullmatch(PATTERN, slug):
        raise typer.BadParameter("A partner's name has small letters, digits and hyphens.")
    return slug


def _name(name: str) -> str:
    return typed_line(name, NAME_MAX, "--name")


def _origins(typed: list[str]) -> list[str]:
    from api.partners.origins import clean_origin

    try:
        return list(dict.fromkeys(clean_origin(origin) for origin in typed))
    except ValueError as error:
        raise typer.BadParameter(f"--origin: {error}") from error
