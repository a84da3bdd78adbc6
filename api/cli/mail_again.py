"""``undersigned mail-again``: an address that gets no mail gets some again."""

import asyncio

import typer

from api.cli import app
from api.cli.database import database, known_url
from api.settings import Settings


@app.command("mail-again")
def mail_again() -> None:
    """Let mail go to an address again whose owner asks for it.

    It stopped because they pressed "no more mail", or because mail came back. The address is
    asked for, so that it stands in no shell's history.
    """
    from api.security.addresses import check_address
    from api.security.text import TextRefused

    try:
        address = check_address(typer.prompt("Address"))
    except TextRefused as error:
        raise typer.BadParameter(error.message) from None
    with database(Settings()) as settings:
        lifted = asyncio.run(_lift(settings, address))
    typer.echo(
        "Mail goes to this address again." if lifted else "Nothing keeps mail from this address."
    )


async def _lift(settings: Settings, address: str) -> bool:
    from api.audit.log import record
    from api.database.engine import create_engine
    from api.database.roles import session_role
    from api.mail.suppressions import allow, recipient
    from api.security.keys import open_key_ring

    url = known_url(settings)
    engine = create_engine(url, await session_role(url))
    keys = open_key_ring(settings.key_ring_file, production=settings.production, campaigns=())
    try:
        async with engine.begin() as connection:
            lifted = await allow(connection, recipient(keys, address))
            if lifted:
                await record(connection, "system", "mail.unsuppressed", "an address")
    finally:
        await engine.dispose()
    return lifted
