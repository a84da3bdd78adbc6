"""Alembic's entry: run by ``api.database.migrate`` with an open connection, never from a shell."""

import importlib
import importlib.util
import pkgutil
from typing import Any

from alembic import context
from sqlmodel import AutoString, SQLModel

import api

# procrastinate's tables are made by its own SQL and have no models here.
NOT_OURS = "procrastinate_"


def import_models() -> None:
    """Import every ``api.*.models``, so that the metadata knows all tables."""
    for module in pkgutil.iter_modules(api.__path__, "api."):
        if module.ispkg and importlib.util.find_spec(f"{module.name}.models"):
            importlib.import_module(f"{module.name}.models")


def include_object(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:  # noqa: ARG001
    """Keep procrastinate's tables out of autogenerate."""
    return not (kind == "table" and (name or "").startswith(NOT_OURS))


def compare_type(here: Any, _: Any, __: Any, found: Any, wanted: Any) -> bool | None:
    """Treat ``text`` and a string without a length as equal, as PostgreSQL does."""
    names = {kind.compile(here.dialect) for kind in (found, wanted)}
    return False if names <= {"TEXT", "VARCHAR"} else None


def render_item(kind: str, thing: Any, _: Any) -> str | bool:
    """Write SQLModel's own string type as PostgreSQL's."""
    if kind == "type" and isinstance(thing, AutoString):
        return "sa.Text()" if thing.length is None else f"sa.String({thing.length})"
    return False


def run() -> None:
    import_models()
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        include_object=include_object,
        compare_type=compare_type,
        render_item=render_item,
        transaction_per_migration=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


run()
