"""Which database a command uses, and with which login.

``DATABASE_URL`` is the owner's login, ``UNDERSIGNED_APP_DATABASE_URL`` the one that cannot become
the owner. Where only one of them is set, it does everything; so it is without the second one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from pydantic import SecretStr

from api.database.connection import connect_kwargs, encrypted
from api.database.embedded import EmbeddedPostgres
from api.database.folders import CannotStart
from api.database.revisions import present_revision, require_head
from api.settings import Settings


def external_url(settings: Settings) -> str | None:
    """Return the configured database's URL, the owner's where it is set; None for the embedded.

    Raises CannotStart in production when the way to it is not encrypted.
    """
    names = {"DATABASE_URL": settings.database_url,
             "UNDERSIGNED_APP_DATABASE_URL": settings.app_database_url}  # fmt: skip
    given = {name: url.get_secret_value() for name, url in names.items() if url is not None}
    for name, url in given.items():
        if settings.production and not encrypted(url):
            raise CannotStart(
                "In production the connection to the database must be encrypted: "
                f"add sslmode=verify-full (or require) to {name}."
            )
    return next(iter(given.values()), None)


@contextmanager
def owned_database(settings: Settings) -> Iterator[Settings]:
    """Give settings whose ``database_url`` is set; an embedded server runs meanwhile.

    One that already runs is used and left running.
    """
    url = external_url(settings)
    if url is not None:
        yield with_database(settings, url, settings.app_database_url)
        return
    with EmbeddedPostgres(settings.state_dir) as server:
        yield with_database(settings, server.url, server.app_url)


@contextmanager
def database(settings: Settings) -> Iterator[Settings]:
    """Give settings whose ``database_url`` is the app's, of a database that is migrated.

    Raises WrongSchema where its tables are not those of this program.
    """
    with owned_database(settings) as owned:
        mine = as_app(owned)
        require_schema(known_url(mine))
        yield mine


def require_schema(url: str) -> None:
    """Raise WrongSchema unless the database has the tables of this program."""
    with psycopg.connect(**connect_kwargs(url), autocommit=True) as connection:
        require_head(present_revision(connection))


def with_database(settings: Settings, url: str, app_url: str | SecretStr | None = None) -> Settings:
    """Return the same settings with this database."""
    app = SecretStr(app_url) if isinstance(app_url, str) else app_url
    logins = {"database_url": SecretStr(url), "app_database_url": app}
    return settings.model_copy(update=logins)


def as_app(settings: Settings) -> Settings:
    """Return the same settings without the owner's login, where the app has one of its own."""
    mine = settings.app_database_url or settings.database_url
    return settings.model_copy(update={"database_url": mine, "app_database_url": None})


def known_url(settings: Settings) -> str:
    """Return the URL that ``with_database`` or the operator set."""
    assert settings.database_url is not None
    return settings.database_url.get_secret_value()
