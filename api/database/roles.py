"""The two roles: one owns the tables; the other works daily, and only adds to the audit log.

Roles belong to a whole PostgreSQL cluster, so their names are the product's own. The user in
``DATABASE_URL`` may have any name; it becomes one of the two with ``SET ROLE``.
"""

from contextlib import suppress
from typing import LiteralString

from psycopg import Connection, errors, sql

from api.database.connection import START_PATIENCE_SECONDS, connect

OWNER_ROLE: LiteralString = "undersigned_owner"
APP_ROLE: LiteralString = "undersigned_app"

EVERYTHING: LiteralString = "SELECT, INSERT, UPDATE, DELETE"
# Tables on which the app role does not have all privileges.
LIMITED: dict[str, LiteralString] = {
    "audit": "SELECT, INSERT",
    "audit_chain": "SELECT, INSERT",
    "alembic_version": "SELECT",
}

# Whether this user may become that role: "MEMBER" before PostgreSQL 16, "SET" since.
MAY_BECOME = """
    SELECT pg_has_role(current_user, oid, CASE
        WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
    FROM pg_roles WHERE rolname = %s
"""


def ensure_roles(connection: Connection) -> list[str]:
    """Make both roles and let the current user become them; ``connection`` is in autocommit.

    Returns the SQL that an administrator must run where this user may not, empty if nothing is
    missing. Safe against other starts doing the same on the cluster at the same moment.
    """
    missing = [role for role in (OWNER_ROLE, APP_ROLE) if not _make_usable(connection, role)]
    if OWNER_ROLE not in missing and not _owner_may_create(connection):
        missing.append("schema")
    return administrators_sql(connection) if missing else []


def may_become(connection: Connection, role: str) -> bool:
    """Tell whether the current user may ``SET ROLE`` to this role; False if there is none."""
    row = connection.execute(MAY_BECOME, [role]).fetchone()
    return row is not None and bool(row[0])


async def session_role(url: str, role: str = APP_ROLE) -> str | None:
    """Return the role that processes connect as: ``role``, or None for the URL's own user.

    None is for a database whose administrator has not yet run what ``ensure_roles`` returned.
    This is called at a process's start, so it waits longer for PostgreSQL than later calls do.
    """
    async with await connect(url, autocommit=True, patience=START_PATIENCE_SECONDS) as connection:
        row = await (await connection.execute(MAY_BECOME, [role])).fetchone()
    return role if row is not None and row[0] else None


def administrators_sql(connection: Connection) -> list[str]:
    """Return the statements for an administrator of the cluster, for the current user."""
    user, database = _one(connection, "SELECT current_user, current_database()")
    login, here = (sql.Identifier(name).as_string(connection) for name in (user, database))
    return [
        *(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') "
            f"THEN CREATE ROLE {role} NOLOGIN; END IF; END $$;"
            for role in (OWNER_ROLE, APP_ROLE)
        ),
        f"GRANT {OWNER_ROLE}, {APP_ROLE} TO {login};",
        f"GRANT CONNECT ON DATABASE {here} TO {OWNER_ROLE}, {APP_ROLE};",
        f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER_ROLE};",
    ]


def grant(connection: Connection) -> None:
    """Give the app role its privileges on every table and sequence, as ``LIMITED`` says.

    In one transaction, so that the role never has more than that. Run by the tables' owner.
    """
    app = sql.Identifier(APP_ROLE)
    with connection.transaction():
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(app))
        # Before PostgreSQL 15 everybody may create functions and tables in ``public``. If that
        # privilege is not ours to revoke, PostgreSQL only warns.
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        for table in _relations(connection, "r", "p"):
            name = sql.Identifier("public", table)
            privileges = sql.SQL(LIMITED.get(table, EVERYTHING))
            connection.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(name, app))
            connection.execute(sql.SQL("GRANT {} ON {} TO {}").format(privileges, name, app))
        connection.execute(
            sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(app)
        )


def _relations(connection: Connection, *kinds: str) -> list[str]:
    """Name the relations of the schema that the current user owns."""
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relkind = ANY (%s::\"char\"[]) AND pg_has_role(current_user, relowner, 'USAGE')",
        [list(kinds)],
    )
    return [row[0] for row in rows]


def _make_usable(connection: Connection, role: LiteralString) -> bool:
    if may_become(connection, role):
        return True
    name = sql.Identifier(role)
    try:
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(name))
    except (errors.DuplicateObject, errors.UniqueViolation):
        pass  # another start was quicker
    except errors.InsufficientPrivilege:
        return False
    try:
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))
    except errors.InsufficientPrivilege:
        return False
    except errors.InternalError:
        pass  # "tuple concurrently updated": another start granted the same
    return may_become(connection, role)


def _owner_may_create(connection: Connection) -> bool:
    """Let the owner role create tables in the schema, if the current user can grant that."""
    question = f"SELECT has_schema_privilege('{OWNER_ROLE}', 'public', 'CREATE')"
    if not _one(connection, question)[0]:
        with suppress(errors.InsufficientPrivilege, errors.InternalError):
            connection.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER_ROLE}")
    return bool(_one(connection, question)[0])


def _one(connection: Connection, query: LiteralString) -> tuple[str, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)
