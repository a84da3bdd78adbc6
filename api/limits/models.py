"""How many tokens are left in each bucket that is not full."""

from datetime import datetime

from sqlalchemy import Float, LargeBinary
from sqlmodel import SQLModel

from api.database.columns import Retention, column, moment

TRANSIENT = Retention.TRANSIENT


class Limit(SQLModel, table=True):
    """A bucket of one client, by a keyed hash of the day; unlogged, and deleted when it is full.

    ``granted`` is what the last lease took, so that one statement can both take and return it.
    """

    __tablename__ = "limits"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    key: bytes = column(TRANSIENT, sa_type=LargeBinary, primary_key=True)
    capacity: float = column(TRANSIENT, sa_type=Float)
    per_second: float = column(TRANSIENT, sa_type=Float)
    tokens: float = column(TRANSIENT, sa_type=Float)
    granted: float = column(TRANSIENT, sa_type=Float)
    at: datetime = moment(TRANSIENT)
