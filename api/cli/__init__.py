"""The ``undersigned`` command. Each module here adds its commands to ``app``."""

import importlib
import pkgutil
import sys

import typer

from api.security.memory import keep_to_itself

app = typer.Typer(
    name="undersigned",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables would print personal data.
    pretty_exceptions_enable=False,
)


@app.callback()
def undersigned() -> None:
    """A self-hosted campaign action backend."""


# Each command's module. Only this one is imported, since importing all would take most of the time.
MODULES = {
    "bounces": "bounces",
    "check": "campaigns",
    "data": "data_lines",
    "deliveries": "deliveries",
    "demo": "demo",
    "diff": "diffing",
    "doctor": "doctor",
    "erasures": "erasures",
    "export": "exporting",
    "keys": "keys",
    "mail-again": "mail_again",
    "migrate": "migrate",
    "new": "campaigns",
    "partner": "partners",
    "preview": "previewing",
    "print": "printing",
    "purge": "purge",
    "records": "records",
    "sandbox": "sandbox",
    "schema": "campaigns",
    "serve": "serve",
    "sign-ons": "sign_ons",
    "sources": "campaigns",
    "token": "tokens",
    "worker": "worker",
}


def load_commands(command: str = "") -> typer.Typer:
    """Import the command's module, or without a known one every module; returns the app."""
    if command in MODULES:
        importlib.import_module(f"{__name__}.{MODULES[command]}")
        return app
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return app


def main() -> None:
    """Run the command line: 0 done, 1 it could not be done, 2 it was called wrongly."""
    try:
        keep_to_itself()
        load_commands(next(iter(sys.argv[1:]), ""))()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 (nobody gets a traceback)
        from api.cli.boundary import tell

        sys.exit(tell(error))
