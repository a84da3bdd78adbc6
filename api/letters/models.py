"""What letters are made of, by digest, and the letters themselves."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy import text as sql
from sqlmodel import SQLModel

from api.database.columns import Retention, Word, column, document, moment, one_of

KEPT = Retention.KEPT


class DeliveryStatus(StrEnum):
    """The states of a delivery, and of a letter, whose state is its newest delivery's. Which of
    them may follow which is told in ``api/deliveries/transitions.py``."""

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


class Bundle(SQLModel, table=True):
    """The exact version of campaign, dossier, templates and targets, by its digest."""

    __tablename__ = "bundles"

    digest: str = column(KEPT, primary_key=True)
    campaign: str = column(KEPT)
    content: dict[str, Any] = document(KEPT)
    since: datetime = moment(KEPT)


class StoredText(SQLModel, table=True):
    """The campaign's part of a letter to one seat, with the slot for the place unfilled."""

    __tablename__ = "letter_texts"

    digest: str = column(KEPT, primary_key=True)
    seat: str = column(KEPT)
    target_id: str | None = column(KEPT, default=None)
    name: str = column(KEPT)
    salutation: str = column(KEPT)
    subject: str = column(KEPT)
    statement: str = column(KEPT)
    close: str = column(KEPT)
    cites: list[str] = document(KEPT)


class Letter(SQLModel, table=True):
    """A letter by one person to one seat, made at confirmation; its status is its newest
    delivery's. ``personal_share`` is the writer's own part of the text, in percent. A cancelled
    letter reached nobody, so its writer may write to that seat again. ``congress`` is the one by
    whose district lines the writer was found to be a constituent; null outside of Congress."""

    __tablename__ = "letters"
    __table_args__ = (
        Index(
            "letters_one_a_seat",
            "person_id",
            "seat",
            unique=True,
            postgresql_where=sql("status <> 'cancelled'"),
        ),
        one_of("letters", "status", DeliveryStatus),
    )

    id: UUID = column(KEPT, primary_key=True)
    person_id: UUID = column(KEPT, foreign_key="persons.id")
    submission_id: UUID = column(KEPT, foreign_key="submissions.id", index=True)
    seat: str = column(KEPT)
    congress: int | None = column(KEPT, default=None)
    # A digest without a foreign key, which would make every insert lock a popular seat's row.
    text: str = column(KEPT)
    edited: bool = column(KEPT, default=False)
    personal_share: int = column(KEPT, default=0)
    status: DeliveryStatus = column(KEPT, sa_type=Word)
