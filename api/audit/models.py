"""What organizers and the system did. Rows are only ever inserted; the chain is written
afterwards by one worker, in a table of its own."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, func
from sqlmodel import SQLModel

from api.database.columns import Retention, column, moment, sealed

KEPT = Retention.KEPT


class AuditEntry(SQLModel, table=True):
    """``seq`` and ``at`` are given by the database."""

    __tablename__ = "audit"

    seq: int = column(
        KEPT, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)]
    )
    at: datetime = moment(KEPT, kwargs={"default": func.clock_timestamp()})
    actor: str = column(KEPT)
    action: str = column(KEPT)
    object: str = column(KEPT)


class AuditLink(SQLModel, table=True):
    __tablename__ = "audit_chain"

    position: int = column(
        KEPT, primary_key=True, sa_type=BigInteger, kwargs={"autoincrement": False}
    )
    audit_seq: int = column(KEPT, sa_type=BigInteger, foreign_key="audit.seq", unique=True)
    hash: bytes = sealed(KEPT)
