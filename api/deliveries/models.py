"""The getting of one letter to one seat, through one channel, with its state."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlmodel import SQLModel

from api.database.columns import Retention, column, moment, sealed

KEPT = Retention.KEPT


class DeliveryStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    RETRYING = "retrying"
    PAUSED = "paused"
    ACCEPTED = "accepted"
    SENT = "sent"
    WRITTEN = "written"
    NEEDS_USER_ACTION = "needs_user_action"
    SELF_REPORTED = "self_reported"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class ReferenceData(SQLModel, table=True):
    """Which data of Congress was used here, and since when. Only who has the newest decides
    that a seat has changed hands: during an import, processes with old and new data meet."""

    __tablename__ = "reference_data"

    digest: str = column(KEPT, primary_key=True)
    congress: int = column(KEPT)
    as_of: date = column(KEPT)
    since: datetime = moment(KEPT)


class Delivery(SQLModel, table=True):
    """Its ``id`` is minted once and identifies every attempt to the other side. A rerouted or
    corrected letter is a new row, so one letter has at most one live delivery."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "deliveries_live",
            "letter_id",
            unique=True,
            postgresql_where=text("status NOT IN ('failed', 'cancelled', 'expired')"),
        ),
        Index(
            "deliveries_due",
            "due_at",
            postgresql_where=text("status IN ('queued', 'sending', 'retrying')"),
        ),
        Index("deliveries_of_letter", "letter_id"),
        Index(
            "deliveries_of_changed_seats",
            "letter_id",
            postgresql_where=text("status = 'cancelled' AND reason = 'seat_changed'"),
        ),
    )

    id: UUID = column(KEPT, primary_key=True)
    letter_id: UUID = column(KEPT, foreign_key="letters.id")
    channel: str = column(KEPT)
    environment: str = column(KEPT)
    status: DeliveryStatus = column(KEPT, sa_type=Text)
    due_at: datetime = moment(KEPT)
    lease_until: datetime | None = moment(KEPT, default=None, nullable=True)
    epoch: int = column(KEPT, default=0)
    attempts: int = column(KEPT, default=0)
    reason: str | None = column(KEPT, default=None)
    payload: bytes | None = sealed(Retention.WORDS, default=None, nullable=True)
