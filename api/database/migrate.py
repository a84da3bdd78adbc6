"""Bring a database to the newest schema: roles, migrations, privileges."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import Connection
from sqlalchemy import Connection as AlchemyConnection
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from api.database.connection import connect_kwargs
from api.database.failures import sentence
from api.database.folders import CannotStart
from api.database.revisions import SCRIPTS, present_revision, refuse_newer
from api.database.roles import APP_ROLE, OWNER_ROLE, ensure_roles, grant, may_become

# Any number that nobody else on the database takes: the first bytes of "undersigned".
LOCK = int.from_bytes(b"undersig")

logger = logging.getLogger(__name__)


def migrate(url: str) -> list[str]:
    """Create the roles, run the missing migrations, grant the app role its privileges.

    One process at a time does this, under an advisory lock on a connection of its own. Returns
    the SQL that an administrator must run to create the roles, or an empty list if both work;
    without the roles, migrations run as the URL's user. Raises CannotStart if the database does
    not answer or is not in UTF-8, and WrongSchema if a newer program migrated it.
    """
    with _guard(url) as guard:
        _check_encoding(guard)
        guard.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        refuse_newer(present_revision(guard))
        to_run = ensure_roles(guard)
        if to_run:
            logger.warning("roles are missing: an administrator must run %s", " ".join(to_run))
        role = _migration_role(guard)
        with open_connection(url, role) as connection:
            command.upgrade(configuration(connection), "head")
        if may_become(guard, APP_ROLE):
            with psycopg.connect(**connect_kwargs(url, role), autocommit=True) as owner:
                grant(owner)
        return to_run


def _guard(url: str) -> Connection:
    try:
        return psycopg.connect(**connect_kwargs(url), autocommit=True)
    except psycopg.OperationalError as error:
        raise CannotStart(sentence(error)) from error


def pending(url: str) -> bool:
    """Tell whether ``migrate`` would run a migration."""
    with open_connection(url, None) as connection:
        current = MigrationContext.configure(connection).get_current_heads()
    return set(current) != set(ScriptDirectory(str(SCRIPTS)).get_heads())


def configuration(connection: AlchemyConnection | None = None) -> Config:
    """Return Alembic's configuration, made here: there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _check_encoding(connection: Connection) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise CannotStart(
            f"The database's encoding is {encoding}. Make one for Undersigned with: "
            "CREATE DATABASE undersigned ENCODING 'UTF8' TEMPLATE template0"
        )


def _migration_role(connection: Connection) -> str | None:
    """Return the role to migrate as: the tables' owner, or the owner role if there are none yet.

    Tables that were made before an administrator created the roles keep their owner. None if the
    current user cannot become that role.
    """
    row = connection.execute(
        "SELECT pg_get_userbyid(relowner) FROM pg_class "
        "WHERE relname = 'alembic_version' AND relnamespace = 'public'::regnamespace"
    ).fetchone()
    wanted = OWNER_ROLE if row is None else str(row[0])
    return wanted if may_become(connection, wanted) else None


@contextmanager
def open_connection(url: str, role: str | None) -> Iterator[AlchemyConnection]:
    """Open a SQLAlchemy connection outside any pool; it is closed when the block ends."""
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(**connect_kwargs(url, role)),
        poolclass=NullPool,
    )
    with engine.connect() as connection:
        yield connection
