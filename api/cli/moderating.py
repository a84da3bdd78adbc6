"""``undersigned sign-ons queue``, ``pass``, ``show`` and ``hide``: what is looked at before it is
seen."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from rich.console import Console
from sqlmodel.ext.asyncio.session import AsyncSession

from api.cli.counted import counted
from api.cli.stepping import ACTOR, plain, run_step
from api.security.keys import KeyRing
from api.settings import Settings
from api.supporters.vault import Vault

if TYPE_CHECKING:
    from api.sign_ons.moderation import Moderation, Passing, QueuePage, What

err = Console(stderr=True, soft_wrap=True, highlight=False)

Slug = Annotated[str, typer.Argument(help="The campaign's name, as in its file.")]
UpTo = Annotated[int, typer.Option(help="The last number of `queue` that you have read.")]
Ids = Annotated[list[UUID], typer.Argument(help="As `queue` shows them.")]


def queue(
    slug: Slug,
    flagged: Annotated[
        bool | None,
        typer.Option("--flagged/--unflagged", help="Only those with flags, or without any."),
    ] = None,
    after: Annotated[int, typer.Option(help="Go on behind this number.")] = 0,
) -> None:
    """List the names and comments that wait for a look, with why to look twice (audited)."""

    async def step(session: AsyncSession, vault: Vault, _: KeyRing) -> "QueuePage":
        found = _moderation(vault, slug)
        return await found.queue(session, slug, actor=ACTOR, after=after, flagged=flagged)

    page = run_step(step)
    for each in page.items:
        shown = " / ".join(part for part in (each.name, each.place, each.affiliation) if part)
        told = [("name", shown)] if each.name_waits else []
        told += [("comment", each.comment or "")] if each.comment_waits else []
        for what, words in told:
            flags = f"  [{', '.join(each.flags)}]" if each.flags else ""
            typer.echo(f"{each.id}  {each.number:>6}  {what:7}  {plain(words)}{flags}")
    if page.next is not None:
        err.print(f"There is more: undersigned sign-ons queue {slug} --after {page.next}")


def pass_(
    slug: Slug,
    up_to: UpTo,
) -> None:
    """Let all names be seen that wait, have no flag, and a number up to this one."""

    async def step(session: AsyncSession, vault: Vault, _: KeyRing) -> "Passing":
        found = _moderation(vault, slug)
        return await found.pass_unflagged(session, slug, up_to=up_to, after=after, actor=ACTOR)

    total, after = 0, 0
    while True:
        made = run_step(step)
        total += made.decided
        if made.next is None:
            break
        after = made.next
    typer.echo(f"{counted(total, 'name is', 'names are')} shown from now on.")


def show(
    signatures: Ids,
    up_to: UpTo,
    comment: Annotated[bool, typer.Option("--comment", help="The comment, not the name.")] = False,
) -> None:
    """Let names or comments be seen, as far as their owners changed nothing since."""
    _decide(signatures, comment=comment, shown=True, up_to=up_to)


def hide(
    signatures: Ids,
    comment: Annotated[bool, typer.Option("--comment", help="The comment, not the name.")] = False,
) -> None:
    """Keep names or comments from the list, for good; the signatures stay counted."""
    _decide(signatures, comment=comment, shown=False)


def _decide(
    signatures: list[UUID], *, comment: bool, shown: bool, up_to: int | None = None
) -> None:
    from api.sign_ons.moderation import COMMENT, NAME, Moderation
    from api.sign_ons.review import Reviewing

    async def step(session: AsyncSession, vault: Vault, _: KeyRing) -> None:
        made = Moderation(vault, Reviewing())
        for each in signatures:
            what: What = COMMENT if comment else NAME
            await made.decide(session, each, what, shown=shown, actor=ACTOR, up_to=up_to)

    run_step(step)
    typer.echo("It is shown from now on." if shown else "It is not shown.")


def _moderation(vault: Vault, slug: str) -> "Moderation":
    from api.services import load_published
    from api.sign_ons.moderation import Moderation

    return Moderation(vault, load_published(Settings()).reviewing(slug))
