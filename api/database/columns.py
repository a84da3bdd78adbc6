"""How tables of this project declare a column: its SQL type and how long it is kept.

Every column carries a retention class in ``Column.info["retention"]``; a test refuses a
column without one, so that nobody adds personal data that no purge knows of.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, LargeBinary, Text, TypeDecorator, literal_column
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption
from sqlmodel import Field, Relationship


class Retention(StrEnum):
    """How long a column's content stays.

    ``KEPT``: no personal data, stays. ``PERSONAL``: wiped when the form is discarded or
    expires, at the latest six months after the campaign closed. ``WORDS``: the writer's own
    words, the street and rendered payloads, wiped 30 days after the last delivery ended.
    ``CLIENT``: hashed client addresses, 14 days. ``TRANSIENT``: the row is deleted once it
    is used up or expired. ``SUPPRESSION``: stays until its owner lifts it.
    """

    KEPT = "kept"
    PERSONAL = "personal"
    WORDS = "words"
    CLIENT = "client"
    TRANSIENT = "transient"
    SUPPRESSION = "suppression"


def column(retention: Retention, *, kwargs: dict[str, Any] | None = None, **field: Any) -> Any:
    """A SQLModel field whose column carries its retention class."""
    return Field(sa_column_kwargs={"info": {"retention": retention}, **(kwargs or {})}, **field)


class Word(TypeDecorator[str]):
    """Text that is one of a few words, the values of a ``StrEnum``.

    Where such a column is compared with a member of the enum, the word is written into the
    statement instead of being sent beside it: PostgreSQL uses a partial index (``WHERE status =
    'confirmed'``) only if it knows the word when it makes the plan.
    """

    impl = Text
    cache_ok = True

    class comparator_factory(TypeDecorator.Comparator[str]):  # noqa: N801 (SQLAlchemy's name)
        def operate(self, op: Any, *other: Any, **options: Any) -> Any:
            return super().operate(op, *map(_written, other), **options)


def _written(value: Any) -> Any:
    """Members of an enum as literals of SQL; any other operand as it is."""
    if isinstance(value, StrEnum):
        return literal_column(f"'{value}'", Text)
    if isinstance(value, list | tuple | set | frozenset):
        return [_written(each) for each in value]
    return value


def moment(retention: Retention, **field: Any) -> Any:
    """A point in time, stored with its zone (``timestamptz``)."""
    return column(retention, sa_type=DateTime(timezone=True), **field)


def utc_now() -> datetime:
    """The time of this process, for ``default_factory`` of a point in time."""
    return datetime.now(UTC)


def sealed(retention: Retention, **field: Any) -> Any:
    """Bytes that only the key ring can open, or a keyed hash; null once wiped."""
    return column(retention, sa_type=LargeBinary, **field)


def document(retention: Retention, **field: Any) -> Any:
    """A JSON value (``jsonb``)."""
    return column(retention, sa_type=JSONB, **field)


def related(**relationship: Any) -> Any:
    """The row that a foreign key names. It is there only if a query asked for it
    (see ``joined``), since nothing is loaded behind one's back in asynchronous code."""
    return Relationship(sa_relationship_kwargs={"lazy": "raise", **relationship})


def joined(relationship: Any, *columns: Any) -> ExecutableOption:
    """A query's option: load these columns of the related row in the same statement."""
    return joinedload(relationship, innerjoin=True).load_only(*columns)


def one_of(table: str, name: str, values: Iterable[str]) -> CheckConstraint:
    """A CHECK constraint: the database refuses any other value in this column.

    Tables are made by migrations, so a new value needs a migration that replaces the constraint;
    a test fails until there is one.
    """
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{name} IN ({listed})", name=f"{table}_{name}_known")
