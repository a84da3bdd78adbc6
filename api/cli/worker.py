"""``undersigned worker``: a worker alone, for a machine of its own."""

from contextlib import ExitStack
from typing import Annotated

import typer

from api.cli import app
from api.cli.child import run_worker
from api.cli.database import database
from api.settings import Settings


@app.command()
def worker(
    metrics_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Show /metrics there, to this machine only."),
    ] = None,
) -> None:
    """Run one worker without the web server, beside a `serve` elsewhere."""
    from api import metrics

    with ExitStack() as stack:
        settings = stack.enter_context(database(Settings()))
        if metrics_port is not None:
            stack.enter_context(metrics.listening(metrics_port))
        run_worker(settings)
