"""The roles: what the app may do, and what happens where they may not be made."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import errors, sql

from api.database.connection import connect_kwargs
from api.database.embedded import EmbeddedPostgres
from api.database.migrate import migrate
from api.database.roles import APP_ROLE, ensure_roles, grant, session_role

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
GRANTED = "SELECT has_table_privilege('undersigned_app', 'public.' || quote_ident(%s), %s)"


@pytest.fixture
def app(owner_url: str, postgres: EmbeddedPostgres) -> Iterator[psycopg.Connection]:
    """The processes' own login, as ``serve`` gives it to them."""
    with psycopg.connect(**connect_kwargs(owner_url), autocommit=True) as owner:
        name = sql.Identifier(owner.info.dbname)
        owner.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO undersigned_app").format(name))
        login = str(postgres.app_url)
        with psycopg.connect(login, dbname=owner.info.dbname, autocommit=True) as connection:
            yield connection


def granted(connection: psycopg.Connection, table: str) -> set[str]:
    names = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    answers = {name: connection.execute(GRANTED, [table, name]).fetchone() for name in names}
    return {name for name, answer in answers.items() if answer == (True,)}


def test_the_app_reads_and_writes_rows_everywhere_but_in_three_tables(
    app: psycopg.Connection,
) -> None:
    tables = {row[0]: granted(app, row[0]) for row in app.execute(TABLES)}
    assert tables.pop("audit") == {"SELECT", "INSERT"}
    assert tables.pop("audit_chain") == {"SELECT", "INSERT"}
    assert tables.pop("alembic_version") == {"SELECT"}
    assert {"supporters", "deliveries", "procrastinate_jobs"} <= set(tables)
    for table, privileges in tables.items():
        assert privileges == {"SELECT", "INSERT", "UPDATE", "DELETE"}, table


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'somebody else'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DELETE FROM audit_chain",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "DROP TABLE audit",
        "CREATE TABLE own (a int)",
        "UPDATE alembic_version SET version_num = '0000'",
        "SET ROLE undersigned_owner",
        "SET SESSION AUTHORIZATION undersigned_owner",
        "SET session_replication_role = replica",
        "GRANT undersigned_owner TO undersigned_app",
        "ALTER TABLE audit OWNER TO undersigned_app",
        "ALTER TABLE audit RENAME TO other",
        "ALTER TABLE audit DISABLE ROW LEVEL SECURITY",
        "CREATE RULE never AS ON INSERT TO audit DO INSTEAD NOTHING",
        "CREATE FUNCTION now() RETURNS timestamptz RETURN '2000-01-01'::timestamptz",
        "CREATE SCHEMA own",
        "SELECT setval('audit_seq_seq', 1)",
        "SELECT lo_import('/etc/hostname')",
        "COPY audit TO PROGRAM 'cat'",
        "COPY audit FROM '/dev/null'",
        "SELECT * FROM audit FOR UPDATE",
        (
            "INSERT INTO audit (at, actor, action, object) VALUES (now(), '', '', '') "
            "ON CONFLICT (seq) DO UPDATE SET actor = 'x'"
        ),
        "MERGE INTO audit USING (SELECT 1) AS o ON true WHEN MATCHED THEN DELETE",
    ],
)
def test_the_app_cannot_rewrite_the_audit_or_the_schema(
    app: psycopg.Connection, statement: str
) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute(statement.encode())


def test_the_app_is_no_superuser_and_owns_nothing(app: psycopg.Connection) -> None:
    owned = "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
    functions = "SELECT count(*) FROM pg_proc WHERE proowner = current_user::regrole OR prosecdef"
    assert app.execute(owned).fetchone() == app.execute(functions).fetchone() == (0,)
    attributes = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
    role = app.execute(f"{attributes} FROM pg_roles WHERE rolname = current_user")
    assert role.fetchone() == (False,)


def test_the_app_writes_to_the_audit(app: psycopg.Connection) -> None:
    app.execute("INSERT INTO audit (at, actor, action, object) VALUES (now(), 'a', 'b', 'c')")
    assert app.execute("SELECT count(*) FROM audit").fetchone() == (1,)


def test_granting_again_changes_nothing(owner_url: str, app: psycopg.Connection) -> None:
    before = {row[0]: granted(app, row[0]) for row in app.execute(TABLES)}
    with psycopg.connect(**connect_kwargs(owner_url), autocommit=True) as owner:
        grant(owner)
    assert {row[0]: granted(app, row[0]) for row in app.execute(TABLES)} == before


def test_a_user_who_may_makes_the_roles_once(foreign_database: Callable[..., str]) -> None:
    url = foreign_database("maker", "CREATEROLE")
    assert migrate(url) == []
    assert migrate(url) == []
    assert logged_in_as(url, APP_ROLE) == ("undersigned_app", "maker")
    assert owners_of_tables(url) == {"undersigned_owner"}


def test_where_roles_may_not_be_made_it_says_what_to_run_and_goes_on(
    foreign_database: Callable[..., str], foreign_cluster: str
) -> None:
    url = foreign_database("limited")
    statements = migrate(url)
    assert any("CREATE ROLE undersigned_app" in statement for statement in statements)
    assert owners_of_tables(url) == {"limited"}
    with psycopg.connect(foreign_cluster, dbname="limited", autocommit=True) as admin:
        for statement in statements:
            admin.execute(statement.encode())
    assert migrate(url) == []
    assert logged_in_as(url, APP_ROLE) == ("undersigned_app", "limited")
    with psycopg.connect(**connect_kwargs(url, APP_ROLE), autocommit=True) as app:
        assert granted(app, "audit") == {"SELECT", "INSERT"}


def test_starts_on_two_databases_of_a_cluster_do_not_collide(
    foreign_database: Callable[..., str], foreign_cluster: str
) -> None:
    """The roles are the cluster's: both starts want to make the same ones."""
    foreign_database("one")
    foreign_database("two")
    as_admin = [
        foreign_cluster.replace("@/postgres", f"@/{name}") for name in ("one", "two", "one", "two")
    ]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(roles_of, as_admin)) == [[], [], [], []]


def roles_of(url: str) -> list[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        return ensure_roles(connection)


def logged_in_as(url: str, role: str) -> tuple[object, ...] | None:
    with psycopg.connect(**connect_kwargs(url, role)) as connection:
        return connection.execute("SELECT current_user::text, session_user::text").fetchone()


def owners_of_tables(url: str) -> set[str]:
    with psycopg.connect(**connect_kwargs(url)) as connection:
        rows = connection.execute("SELECT tableowner FROM pg_tables WHERE schemaname = 'public'")
        return {row[0] for row in rows}


async def test_without_the_roles_processes_stay_who_the_url_names(
    owner_url: str, foreign_database: Callable[..., str]
) -> None:
    assert await session_role(owner_url) == APP_ROLE
    assert await session_role(foreign_database("alone")) is None
