"""A completed form, and the stored answers for repeated requests (``Idempotency-Key``)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from api.database.columns import Retention, Word, column, document, moment, one_of, sealed
from api.supporters.models import SupporterStatus

KEPT, TRANSIENT = Retention.KEPT, Retention.TRANSIENT


class Submission(SQLModel, table=True):
    """One completed form by one supporter on one campaign.

    ``letters`` lists ``{"id", "seat", "text", "edited"}`` per target, ``text`` being the
    digest of the letter text it was made from; the words themselves are sealed.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        # The rows that the purge still has to check; a partial index, so that it stays small.
        Index("submissions_with_words", "id", postgresql_where=text("words IS NOT NULL")),
        one_of("submissions", "status", SupporterStatus),
    )

    id: UUID = column(KEPT, primary_key=True)
    supporter_id: UUID = column(KEPT, foreign_key="supporters.id", unique=True)
    # A digest without a foreign key, which would make every insert lock a popular campaign's row.
    bundle: str = column(KEPT)
    demands: list[str] = document(KEPT)
    letters: list[dict[str, Any]] = document(KEPT)
    words: bytes | None = sealed(Retention.WORDS, nullable=True)
    status: SupporterStatus = column(KEPT, sa_type=Word)


class Idempotency(SQLModel, table=True):
    """What a POST with an ``Idempotency-Key`` was answered; hashes are keyed, and an answer
    that holds a secret is sealed under the key that only the client knows."""

    __tablename__ = "idempotency"

    route: str = column(TRANSIENT, primary_key=True)
    key_hash: bytes = sealed(TRANSIENT, primary_key=True)
    body_hash: bytes = sealed(TRANSIENT)
    submission_id: UUID | None = column(TRANSIENT, default=None)
    answer: bytes = sealed(TRANSIENT)
    expires: datetime = moment(TRANSIENT, index=True)
