"""Tables of counts: deltas as they are appended, and the totals that one worker adds up."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Identity
from sqlmodel import SQLModel

from api.database.columns import Retention, column, document, moment

KEPT = Retention.KEPT


class CountDelta(SQLModel, table=True):
    __tablename__ = "count_deltas"

    id: int | None = column(
        KEPT,
        default=None,
        primary_key=True,
        sa_type=BigInteger,
        sa_column_args=[Identity(always=True)],
    )
    campaign: str = column(KEPT)
    name: str = column(KEPT)
    delta: int = column(KEPT)
    hour: datetime = moment(KEPT)


class CountHour(SQLModel, table=True):
    """How much a count changed in one hour."""

    __tablename__ = "count_hours"

    campaign: str = column(KEPT, primary_key=True)
    name: str = column(KEPT, primary_key=True)
    hour: datetime = moment(KEPT, primary_key=True)
    delta: int = column(KEPT, sa_type=BigInteger)


class CountSnapshot(SQLModel, table=True):
    """What all processes show of all counts, in one row: see ``snapshots``."""

    __tablename__ = "count_snapshot"

    id: int = column(KEPT, primary_key=True, sa_column_args=[CheckConstraint("id = 1")])
    slot: int = column(KEPT, sa_type=BigInteger)
    as_of: datetime = moment(KEPT)
    counts: dict[str, dict[str, int]] = document(KEPT)


class CountTotal(SQLModel, table=True):
    __tablename__ = "count_totals"

    campaign: str = column(KEPT, primary_key=True)
    name: str = column(KEPT, primary_key=True)
    total: int = column(KEPT, sa_type=BigInteger)
    as_of: datetime = moment(KEPT)
