"""``undersigned mail-again``: an address that gets no mail gets some again."""

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from api.cli import app
from api.cli.stepping import run_step
from api.security.keys import KeyRing


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
    lifted = run_step(lambda session, _, keys: _lift(session, keys, address))
    typer.echo(
        "Mail goes to this address again." if lifted else "Nothing keeps mail from this address."
    )


async def _lift(session: AsyncSession, keys: KeyRing, address: str) -> bool:
    from api.audit.log import record
    from api.mail.suppressions import allow, recipient

    lifted = await allow(session, recipient(keys, address))
    if lifted:
        await record(session, "system", "mail.unsuppressed", "an address")
    return lifted
