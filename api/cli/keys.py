"""``undersigned keys``: the key ring of this installation."""

import re
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from sqlalchemy.ext.asyncio import AsyncEngine

from api.cli import app
from api.cli.stepping import run
from api.security.keys import KeyMissing, KeyRing, KeyRingError, MadeFor
from api.settings import Settings

keys_app = typer.Typer(no_args_is_help=True, help="The keys that seal supporters' data.")
app.add_typer(keys_app, name="keys")
err = Console(stderr=True, soft_wrap=True, highlight=False)

PATTERN = r"[a-z0-9][a-z0-9-]{0,62}"
Slug = Annotated[str, typer.Argument(help="The campaign's name, as in its file.")]


@keys_app.command()
def add(slug: Slug) -> None:
    """Give a campaign its key; makes the key ring, with all its other keys, the first time."""
    settings = Settings()
    _check_slug(slug, settings)
    made_for = _kind(settings)
    existed = settings.key_ring_file.exists()
    ring = KeyRing.create(settings.key_ring_file, made_for)
    _require_kind(ring, made_for)
    added = ring.add_campaign(slug)
    if not existed:
        typer.echo(f"Made the key ring {ring.path}.")
    typer.echo(f"Added a key for {slug}." if added else f"{slug} has a key; nothing was changed.")
    if added and settings.production:
        typer.echo("Back the key ring up apart from the database: without it nothing can be read.")


@keys_app.command("list")
def list_() -> None:
    """Name the campaigns that have a key, with the id of the current one."""
    ring = _ring()
    typer.echo(f"{ring.path} (made for {ring.made_for})")
    for slug in sorted(ring.slugs):
        typer.echo(f"{ring.campaign(slug).id}  {slug}")


@keys_app.command()
def rotate(
    slug: Slug,
    finish: Annotated[
        bool, typer.Option("--finish", help="Complete a rotation that was cut short: no new key.")
    ] = False,
) -> None:
    """Make a new key for a campaign and wrap the data keys of all its forms with it.

    The old key stays in the ring: backups are read with it.
    """
    ring = _ring()
    if slug not in ring.slugs:
        raise KeyMissing(f"{slug} has no key yet. Run: undersigned keys add {slug}")
    if not finish:
        ring.rotate_campaign(slug)
    done = run(lambda engine, _: _wrap_anew(engine, ring, slug))
    typer.echo(f"{slug} is under the key {ring.campaign(slug).id}; {done:,} forms followed it.")


@keys_app.command()
def destroy(
    slug: Slug,
    really: Annotated[
        str | None, typer.Option(help="The campaign's name once more: this cannot be undone.")
    ] = None,
) -> None:
    """Destroy a campaign's keys: what was sealed under them can never be read again.

    Only with every copy of the ring gone, too, are backups unreadable as well.
    """
    ring = _ring()
    if slug not in ring.slugs:
        raise KeyMissing(f"{slug} has no key.")
    _require_closed(slug)
    if really is None:
        really = typer.prompt(f"This cannot be undone. Type {slug} to destroy its keys", err=True)
    if really != slug:
        raise typer.BadParameter("That is another name; nothing was changed.")
    ring.destroy_campaign(slug)
    typer.echo(f"Destroyed: nothing of {slug} that was sealed can be read with {ring.path}.")
    typer.echo("Destroy the campaign's keys in every copy of the ring, too.")


def _require_closed(slug: str) -> None:
    """An open campaign seals new forms, and without its key production does not start."""
    from api.services import load_published, now

    published = load_published(Settings()).catalog.campaigns.get(slug)
    if published is not None and published.state(now()) == "open":
        raise KeyRingError(f"{slug} is open: set its status to closed, and restart, before that.")


async def _wrap_anew(engine: AsyncEngine, ring: KeyRing, slug: str) -> int:
    from api.privacy.rewrap import wrap_anew

    done = 0
    with Progress(console=err, transient=True) as bar:
        task = bar.add_task("Wrapping data keys anew", total=None)
        async for count in wrap_anew(engine, ring, slug):
            done += count
            bar.update(task, completed=done)
    return done


def _ring() -> KeyRing:
    settings = Settings()
    ring = KeyRing.load(settings.key_ring_file)
    _require_kind(ring, _kind(settings))
    return ring


def _kind(settings: Settings) -> MadeFor:
    return "production" if settings.production else "development"


def _require_kind(ring: KeyRing, made_for: MadeFor) -> None:
    """A ring that a start would refuse is not added to."""
    if ring.made_for != made_for:
        raise KeyRingError(
            f"The key ring {ring.path} was made for {ring.made_for}, and UNDERSIGNED_ENV is "
            f"{made_for}. Name another file in UNDERSIGNED_KEY_RING."
        )


def _check_slug(slug: str, settings: Settings) -> None:
    """Refuse what cannot be a campaign's name, and warn about one that has no file yet."""
    if not re.fullmatch(PATTERN, slug):
        raise typer.BadParameter("A campaign's name has small letters, digits and hyphens.")
    if not any((settings.campaigns_dir / f"{slug}{end}").exists() for end in (".yaml", ".yml")):
        err.print(f"note: there is no campaign {slug} in {settings.campaigns_dir} yet")
