"""`undersigned bounces`: what came back, from a mailbox file or a maildir."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from sqlalchemy.ext.asyncio import AsyncEngine

from api.cli import app
from api.cli.stepping import open_keys, run
from api.settings import Settings

# The results, in the order in which they are printed.
SAID = {
    "letters": "letters to offices came back",
    "this_mail": "mails to supporters came back: full mailboxes, rules, forwarding and the like",
    "no_mailbox": "mails came back since there is no such mailbox; two of different days end "
    "mail to that address",
    "blocked": "mails came back since you are not wanted there (policy, a block list); they are "
    "sent again later: see docs/operators.md, Mail",
    "our_account": "mails came back since your mail server lets you send no more (a limit, an "
    "account that is not verified); they are sent again later",
    "known": "reports of what is known, or not ours",
    "other": "other messages",
}

err = Console(stderr=True, soft_wrap=True, highlight=False)


@app.command()
def bounces(
    mailbox: Annotated[
        Path, typer.Argument(exists=True, help="An mbox file, or the folder of a maildir.")
    ],
) -> None:
    """Take back what a mail server returned: letters and mails that reached nobody.

    Reading the same mailbox again changes nothing. The mailbox stays as it is.
    """
    found = run(lambda engine, settings: _record(engine, settings, mailbox))
    for key, words in SAID.items():
        typer.echo(f"{found[key]:>9,}  {words}")


async def _record(engine: AsyncEngine, settings: Settings, mailbox: Path) -> Counter[str]:
    from api.confirmation.returned import ReturnedMail, messages_of, take_all
    from api.supporters.vault import Vault

    keys = open_keys(settings)
    returned = ReturnedMail(engine, keys, Vault(keys), mailbox)
    messages = messages_of(mailbox)
    shown = track(messages, "Reading the mailbox", console=err, transient=True)
    return await take_all(returned, shown)
