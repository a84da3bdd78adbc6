"""``undersigned migrate``: bring the database to the newest schema."""

import typer

from api.cli import app
from api.cli.database import known_url, owned_database
from api.settings import Settings


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema (serve does this too)."""
    from api.database.migrate import migrate, pending

    with owned_database(Settings()) as settings:
        url = known_url(settings)
        were_pending = pending(url)
        tell_administrator(migrate(url))
    typer.echo("The database was migrated." if were_pending else "The database is up to date.")


def tell_administrator(statements: list[str]) -> None:
    """Show the SQL that this user may not run, if there is any."""
    if statements:
        typer.echo(
            "The database's user may not make the roles that keep the API from rewriting the "
            "audit. Everything works without them; an administrator of the cluster adds them by:",
            err=True,
        )
        for statement in statements:
            typer.echo(f"  {statement}", err=True)
