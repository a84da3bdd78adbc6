"""``undersigned worker``: a worker alone, for a machine of its own."""

from api.cli import app
from api.cli.child import run_worker
from api.cli.database import database
from api.settings import Settings


@app.command()
def worker() -> None:
    """Run one worker without the web server, beside a `serve` elsewhere."""
    with database(Settings()) as settings:
        run_worker(settings)
