"""A state is one of its enum's: the database itself refuses any other."""

import importlib
import pkgutil
import re
from enum import StrEnum
from typing import Literal, get_args, get_origin

import psycopg
import pytest
from alembic import command
from psycopg.errors import CheckViolation
from sqlmodel import SQLModel

import api
from api.database.connection import connect_kwargs
from api.database.migrate import configuration, migrate, open_connection

CHECKS = """
    SELECT conrelid::regclass::text, conname, convalidated, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE contype = 'c' AND conname ~ '_known$'
"""
STATUS_COLUMNS = """
    SELECT c.table_name, c.data_type FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND c.column_name = 'status' AND t.table_type = 'BASE TABLE'
"""
FILL = """
    INSERT INTO campaign_states (slug, status, since) VALUES ('a', 'open', now());
    INSERT INTO persons (id, campaign, standing) VALUES (%(id)s, 'a', 'counted');
    INSERT INTO supporters (id, campaign, person_id, hash_key_id, canonical_version, country,
        language, consents, consents_version, hour, status)
    VALUES (%(id)s, 'a', %(id)s, 'k', 1, 'US', 'en', '{}', 1, now(), 'confirmed');
    INSERT INTO submissions (id, supporter_id, bundle, demands, letters, status)
    VALUES (%(id)s, %(id)s, 'b1:0', '[]', '[]', 'confirmed');
    INSERT INTO sign_ons (id, supporter_id, campaign, statement, display, status, review,
        comment_review) VALUES (%(id)s, %(id)s, 'a', 's', 'name', 'confirmed', 'none', 'none');
    INSERT INTO organizations (id, supporter_id, campaign, statement, country, basis, standing,
        status) VALUES (%(id)s, %(id)s, 'a', 's', 'US', 'manual', 'signatory', 'confirmed');
    INSERT INTO invalidations (id, campaign, people, taken, standing, criteria, status, at)
    VALUES (%(id)s, 'a', 1, 0, 'counted', '{}', 'running', now());
    INSERT INTO letters (id, person_id, submission_id, seat, text, edited, personal_share, status)
    VALUES (%(id)s, %(id)s, %(id)s, 'president', 'lt1:0', false, 0, 'queued');
    INSERT INTO deliveries (id, letter_id, channel, environment, status, due_at, epoch, attempts)
    VALUES (%(id)s, %(id)s, 'folder', 'development', 'queued', now(), 0, 0);
    INSERT INTO mails (id, supporter_id, kind, status, due_at, epoch, attempts)
    VALUES (%(id)s, %(id)s, 'receipt', 'queued', now(), 0, 0);
    INSERT INTO mail_breakers (domain, status, refusals, reply, since, probe_at, addresses)
    VALUES ('example.org', 'open', 1, '550', now(), now(), '{}');
"""
ID = "0193a000-0000-7000-8000-000000000001"


def known_values(annotation: object) -> set[str] | None:
    """The values that a field's type allows, where it lists them."""
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return {str(value) for value in annotation}
    return None


def models() -> dict[str, type[SQLModel]]:
    for module in pkgutil.walk_packages(api.__path__, "api."):
        if module.name.endswith(".models"):
            importlib.import_module(module.name)
    found = (each for each in SQLModel.__subclasses__() if hasattr(each, "__table__"))
    return {str(model.__tablename__): model for model in found}


WANTED = {
    (table, name): values
    for table, model in models().items()
    for name, field in model.model_fields.items()
    if (values := known_values(field.annotation)) is not None
}


def fill(connection: psycopg.Connection) -> None:
    for statement in FILL.split(";"):
        if statement.strip():
            connection.execute(statement, {"id": ID} if "%(id)s" in statement else None)


def test_every_column_of_an_enum_is_held_to_it_by_the_live_schema(owner_url: str) -> None:
    with psycopg.connect(**connect_kwargs(owner_url)) as connection:
        checks = connection.execute(CHECKS).fetchall()
        columns = connection.execute(STATUS_COLUMNS).fetchall()
    found = {
        (table, name.removeprefix(f"{table}_").removesuffix("_known")): set(
            re.findall(r"'([a-z_]+)'", definition)
        )
        for table, name, _, definition in checks
    }
    assert found == WANTED, "a new value needs a migration that replaces the constraint"
    assert all(validated for _, _, validated, _ in checks)
    free = {table for table, kind in columns if kind != "USER-DEFINED"}
    assert free == {table for table, name in WANTED if name == "status"}


@pytest.mark.parametrize(("table", "column"), sorted(WANTED))
def test_another_value_is_refused(owner_url: str, table: str, column: str) -> None:
    with psycopg.connect(**connect_kwargs(owner_url)) as connection:
        fill(connection)
        with pytest.raises(CheckViolation):
            connection.execute(f"UPDATE {table} SET {column} = 'confirmed '")
        connection.rollback()


def test_a_database_in_use_gets_the_constraints(empty_database_url: str) -> None:
    with open_connection(empty_database_url, None) as connection:
        command.upgrade(configuration(connection), "0025")
    with psycopg.connect(**connect_kwargs(empty_database_url)) as connection:
        fill(connection)
    migrate(empty_database_url)
    with psycopg.connect(**connect_kwargs(empty_database_url)) as connection:
        checks = connection.execute(CHECKS).fetchall()
        assert len(checks) == len(WANTED)
        assert all(validated for _, _, validated, _ in checks)
        assert connection.execute("SELECT status FROM deliveries").fetchall() == [("queued",)]


def test_what_is_there_with_another_state_is_not_passed_over(empty_database_url: str) -> None:
    """New rows are held to it at once; the upgrade stops at the old one, and goes on later."""
    with open_connection(empty_database_url, None) as connection:
        command.upgrade(configuration(connection), "0025")
    with psycopg.connect(**connect_kwargs(empty_database_url)) as connection:
        fill(connection)
        connection.execute("UPDATE letters SET status = 'on its way'")
    with pytest.raises(Exception, match="letters_status_known"):
        migrate(empty_database_url)
    with psycopg.connect(**connect_kwargs(empty_database_url)) as connection:
        connection.execute("UPDATE letters SET status = 'queued'")
    migrate(empty_database_url)
