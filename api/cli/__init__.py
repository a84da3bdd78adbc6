"""The ``undersigned`` command. Each module here adds its commands to ``app``."""

import importlib
import pkgutil
import sys

import typer
from pydantic import ValidationError

from api.errors import DomainError

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


# Each command's module: the others are not loaded for it, which would take most of its time.
MODULES = {
    "bounces": "bounces",
    "check": "campaigns",
    "data": "data",
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
        load_commands(next(iter(sys.argv[1:]), ""))()
    except DomainError as error:
        sys.exit(f"undersigned: {error.detail}")
    except KeyboardInterrupt:
        sys.exit(130)
    except ValidationError as error:
        sys.exit("\n".join(f"undersigned: {line}" for line in wrong_settings(error)))
    except Exception as error:
        if not _is_outage(error):
            raise
        # The library names host and user here, never the password.
        sys.exit(f"undersigned: the database does not answer: {' '.join(str(error).split())}")


def _is_outage(error: Exception) -> bool:
    """Whether it is psycopg's OperationalError, told without importing a library that is slow."""
    return any(
        kind.__name__ == "OperationalError" and kind.__module__.startswith("psycopg")
        for kind in type(error).__mro__
    )


def wrong_settings(error: ValidationError) -> list[str]:
    """Return a sentence for each setting that is refused; never its value, which may be secret."""
    group = error.title.removesuffix("Settings").lower()
    prefix = f"cwc_{group}_" if group else ""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return [
        f"the setting {prefix}{_place(problem['loc'])} is refused: {_sentence(problem['msg'])}"
        for problem in problems
    ]


def _sentence(message: str) -> str:
    """What our own checks say, without the library's words before it."""
    return message.removeprefix("Value error, ")


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "key"
