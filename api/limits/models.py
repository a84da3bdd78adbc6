"""How many tokens are left in each bucket that is not full, and how often a client came with a
wrong token of an organizer."""

from datetime import datetime

from sqlalchemy import Float, LargeBinary
from sqlmodel import SQLModel

from api.database.columns import Retention, column, moment, sealed

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


class WrongTokens(SQLModel, table=True):
    """Wrong tokens for the organizers' API of one client (a daily keyed hash) since a moment; lost
    in a crash."""

    __tablename__ = "wrong_tokens"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    client_hash: bytes = sealed(TRANSIENT, primary_key=True)
    since: datetime = moment(TRANSIENT)
    wrong: int = column(TRANSIENT)
