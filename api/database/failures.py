"""What an error of PostgreSQL or of its library means for the program's operator."""

from collections.abc import Iterator

import psycopg
from psycopg import errors

REFUSED = ("authentication failed", "no password supplied", "no pg_hba.conf entry",
           "does not exist", "is not permitted to log in")  # fmt: skip
OTHER_TABLES = (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction,
                errors.InvalidSchemaName)  # fmt: skip


def sentence(error: psycopg.Error) -> str:
    """Return a sentence that says what to do.

    The library's own message, which names host and user but never the password, is shown only for
    a failed connection: the message of a statement may quote what somebody typed.
    """
    match error:
        case errors.InsufficientPrivilege():
            return (
                "The database's user may not do this: run `undersigned doctor`, which shows the "
                "SQL that gives it what it needs."
            )
        case psycopg.OperationalError() if error.sqlstate is None or error.sqlstate[:2] in {
            "08", "28", "3D", "57",
        }:  # fmt: skip
            return _unreachable(" ".join(str(error).split()))
        case psycopg.ProgrammingError() if error.sqlstate is None:
            return (
                "The database's address cannot be read: write DATABASE_URL as "
                "postgresql://user:password@host:port/name."
            )
    if isinstance(error, OTHER_TABLES):
        return "The database has other tables than this program needs: run `undersigned migrate`."
    return f"The database refused a statement ({type(error).__name__}, SQLSTATE {error.sqlstate})."


def _unreachable(words: str) -> str:
    if any(said in words for said in REFUSED):
        return f"The database refuses the login: correct DATABASE_URL. It says: {words}"
    return (
        "The database does not answer: see that PostgreSQL runs, and that DATABASE_URL names it. "
        f"What was tried: {words}"
    )


def inside(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception, the members of a group, and the causes that SQLAlchemy wrapped."""
    yield error
    for each in getattr(error, "exceptions", ()):
        yield from inside(each)
    wrapped = getattr(error, "orig", None)
    if isinstance(wrapped, BaseException):
        yield from inside(wrapped)
