"""Tokens of organizers' programs."""

from datetime import datetime
from uuid import UUID

from sqlmodel import SQLModel

from api.database.columns import Retention, column, document, moment, sealed, utc_now

KEPT = Retention.KEPT


class ApiToken(SQLModel, table=True):
    """A bearer token, stored as the SHA-256 of its 32 random bytes. ``used`` is an hour."""

    __tablename__ = "api_tokens"

    id: UUID = column(KEPT, primary_key=True)
    hash: bytes = sealed(KEPT, unique=True)
    name: str = column(KEPT)
    scopes: list[str] = document(KEPT)
    created: datetime = moment(KEPT, default_factory=utc_now)
    used: datetime | None = moment(KEPT, default=None, nullable=True)
    revoked: datetime | None = moment(KEPT, default=None, nullable=True)
