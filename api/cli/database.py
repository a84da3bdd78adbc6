"""Which database a command works on."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from api.database.connection import encrypted
from api.database.embedded import EmbeddedPostgres
from api.database.folders import CannotStart
from api.settings import Settings


def external_url(settings: Settings) -> str | None:
    """Return the configured database's URL, None for the embedded one.

    Raises CannotStart in production when the way to it is not encrypted.
    """
    if settings.database_url is None:
        return None
    url = settings.database_url.get_secret_value()
    if settings.production and not encrypted(url):
        raise CannotStart(
            "In production the connection to the database must be encrypted: "
            "add sslmode=verify-full (or require) to DATABASE_URL."
        )
    return url


@contextmanager
def database(settings: Settings) -> Iterator[Settings]:
    """Give settings whose ``database_url`` is set; an embedded server runs meanwhile.

    One that already runs is used and left running.
    """
    if external_url(settings) is not None:
        yield settings
        return
    with EmbeddedPostgres(settings.state_dir) as server:
        yield with_database(settings, server.url)


def with_database(settings: Settings, url: str) -> Settings:
    """Return the same settings with this database."""
    return settings.model_copy(update={"database_url": SecretStr(url)})


def known_url(settings: Settings) -> str:
    """Return the URL that ``with_database`` or the operator set."""
    assert settings.database_url is not None
    return settings.database_url.get_secret_value()
