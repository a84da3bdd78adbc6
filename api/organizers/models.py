"""Tokens of organizers' programs, and how often a client came with a wrong one."""

from datetime import datetime
from uuid import UUID

from sqlmodel import SQLModel

from api.database.columns import Retention, column, document, moment, sealed

KEPT, TRANSIENT = Retention.KEPT, Retention.TRANSIENT


class ApiToken(SQLModel, table=True):
    """A bearer token, stored as the SHA-256 of its 32 random bytes. ``used`` is an hour."""

    __tablename__ = "api_tokens"

    id: UUID = column(KEPT, primary_key=True)
    hash: bytes = sealed(KEPT, unique=True)
    name: str = column(KEPT)
    scopes: list[str] = document(KEPT)
    created: datetime = moment(KEPT)
    used: datetime | None = moment(KEPT, default=None, nullable=True)
    revoked: datetime | None = moment(KEPT, default=None, nullable=True)


class WrongTokens(SQLModel, table=True):
    """Wrong tokens of one client (a daily keyed hash) since a moment; lost in a crash."""

    __tablename__ = "wrong_tokens"
    __table_args__ = {"prefixes": ["UNLOGGED"]}

    client_hash: bytes = sealed(TRANSIENT, primary_key=True)
    since: datetime = moment(TRANSIENT)
    wrong: int = column(TRANSIENT)
