"""`undersigned sandbox`: the stand-in for the message systems of Congress."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli import app


@app.command()
def sandbox(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on, on this machine only.")
    ] = 8110,
    ledger: Annotated[
        Path | None, typer.Option(help="Keep what is taken in this file as well.")
    ] = None,
    script: Annotated[
        Path | None, typer.Option(help="A YAML file: house and senate, each with its script.")
    ] = None,
) -> None:
    """Stand in for the message systems of House and Senate, until Ctrl-C."""
    import uvicorn
    import yaml

    from api.sandbox.app import Sandbox
    from api.sandbox.ledger import Ledger
    from api.sandbox.script import ChamberScript

    read = yaml.safe_load(script.read_text()) if script else {}
    scripts = {chamber: ChamberScript.model_validate(said) for chamber, said in read.items()}
    stand_in = Sandbox(Ledger(ledger), scripts)
    typer.echo(f"A sandbox of both chambers on http://127.0.0.1:{port}. It passes nothing on.")
    uvicorn.run(stand_in.app, host="127.0.0.1", port=port, log_level="critical")
