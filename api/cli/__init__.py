"""The ``undersigned`` command. Each module here adds its commands to ``app``."""

import importlib
import pkgutil
import sys

import psycopg
import typer
from pydantic import ValidationError

from api.errors import DomainError

app = typer.Typer(
    name="undersigned",
    help="A self-hosted campaign action backend.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables would print personal data.
    pretty_exceptions_enable=False,
)


def load_commands() -> typer.Typer:
    """Import every module of this package, so that its commands are known; returns the app."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return app


def main() -> None:
    """Run the command line: 0 done, 1 it could not be done, 2 it was called wrongly."""
    try:
        load_commands()()
    except DomainError as error:
        sys.exit(f"undersigned: {error.detail}")
    except psycopg.OperationalError as error:
        # The library names host and user here, never the password.
        sys.exit(f"undersigned: the database does not answer: {' '.join(str(error).split())}")
    except KeyboardInterrupt:
        sys.exit(130)
    except ValidationError as error:
        sys.exit("\n".join(f"undersigned: {line}" for line in wrong_settings(error)))


def wrong_settings(error: ValidationError) -> list[str]:
    """Return a sentence for each setting that is refused; never its value, which may be secret."""
    return [
        f"the setting {'.'.join(str(part) for part in problem['loc'])} is refused: {problem['msg']}"
        for problem in error.errors(include_input=False, include_url=False, include_context=False)
    ]
