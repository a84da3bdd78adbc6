"""Who took part: a row for each accepted form, a person once an address was confirmed."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from api.database.columns import Retention, Word, column, document, moment, one_of, sealed
from api.security.identifiers import moment_of
from api.targets.days import eastern_date

KEPT, PERSONAL, CLIENT = Retention.KEPT, Retention.PERSONAL, Retention.CLIENT


class SupporterStatus(StrEnum):
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


class Standing(StrEnum):
    COUNTED = "counted"
    SUSPECT = "suspect"
    INVALIDATED = "invalidated"


class Person(SQLModel, table=True):
    """One human being on one campaign, made at the first confirmation.

    Two people may share a mailbox: each has a ``place`` in it, 1 or 2.
    ``suspect_reason`` is why somebody is a suspect: ``rate``, ``disposable`` or ``watched``.
    """

    __tablename__ = "persons"
    __table_args__ = (
        UniqueConstraint("campaign", "email_hash", "place"),
        CheckConstraint("place IN (1, 2)", name="persons_two_places"),
        Index(
            "persons_invalidated",
            "invalidation_id",
            postgresql_where=text("invalidation_id IS NOT NULL"),
        ),
        Index("persons_suspect", "campaign", "id", postgresql_where=text("standing = 'suspect'")),
        one_of("persons", "standing", Standing),
    )

    id: UUID = column(KEPT, primary_key=True)
    campaign: str = column(KEPT)
    email_hash: bytes | None = sealed(PERSONAL, nullable=True)
    place: int = column(KEPT, default=1, kwargs={"server_default": text("1")})
    standing: Standing = column(KEPT, sa_type=Word, default=Standing.COUNTED)
    # Reserved for people across campaigns: always empty so far.
    contact_id: UUID | None = column(PERSONAL, default=None)
    invalidation_id: UUID | None = column(KEPT, default=None)
    suspect_reason: str | None = column(KEPT, default=None)

    @property
    def since(self) -> date:
        """The day (in Washington) of their first confirmation."""
        return eastern_date(moment_of(self.id))


class Supporter(SQLModel, table=True):
    """Whoever filled in a form. ``identity`` (email, name, phone) and ``address`` are sealed
    with the row's own data key, which is wrapped by the campaign's key. ``surface`` is where the
    form was filled in: ``page``, ``widget`` or ``api``; null where that was not kept yet."""

    __tablename__ = "supporters"
    __table_args__ = (
        # Unconfirmed forms by address; a partial index, so that it stays small.
        Index(
            "supporters_unconfirmed",
            "campaign",
            "email_hash",
            postgresql_where=text("status = 'unconfirmed'"),
        ),
        Index("supporters_of_person", "person_id", postgresql_where=text("person_id IS NOT NULL")),
        Index("supporters_pending_hour", "hour", postgresql_where=text("status = 'unconfirmed'")),
        # Confirmed forms by client; unconfirmed ones are not in this index.
        Index(
            "supporters_confirmed_by_client",
            "client_hash",
            postgresql_where=text("status = 'confirmed' AND client_hash IS NOT NULL"),
        ),
        Index("supporters_with_client", "hour", postgresql_where=text("client_hash IS NOT NULL")),
        one_of("supporters", "status", SupporterStatus),
    )

    id: UUID = column(KEPT, primary_key=True)
    campaign: str = column(KEPT)
    person_id: UUID | None = column(KEPT, default=None, foreign_key="persons.id")
    email_hash: bytes | None = sealed(PERSONAL, nullable=True)
    hash_key_id: str = column(KEPT)
    canonical_version: int = column(KEPT)
    data_key: bytes | None = sealed(PERSONAL, nullable=True)
    identity: bytes | None = sealed(PERSONAL, nullable=True)
    address: bytes | None = sealed(Retention.WORDS, nullable=True)
    country: str = column(KEPT, default="US")
    state: str | None = column(KEPT, default=None)
    district: str | None = column(KEPT, default=None)
    district_basis: str | None = column(KEPT, default=None)
    language: str = column(KEPT, default="en")
    consents: dict[str, Any] = document(KEPT)
    consents_version: int = column(KEPT)
    partner: str | None = column(KEPT, default=None)
    referral: str | None = column(KEPT, default=None)
    client_hash: bytes | None = sealed(CLIENT, nullable=True)
    domain_hash: bytes | None = sealed(PERSONAL, nullable=True)
    form_hash: bytes | None = sealed(PERSONAL, nullable=True)
    hour: datetime = moment(KEPT)
    status: SupporterStatus = column(KEPT, sa_type=Word)
    surface: str | None = column(KEPT, default=None)


class Watched(SQLModel, table=True):
    """A domain or an address on a campaign's watchlist: whoever confirms with it is a suspect."""

    __tablename__ = "watchlist"
    __table_args__ = (
        UniqueConstraint("campaign", "domain"),
        UniqueConstraint("campaign", "email_hash"),
    )

    id: UUID = column(KEPT, primary_key=True)
    campaign: str = column(KEPT)
    domain: str | None = column(KEPT, default=None)
    email_hash: bytes | None = sealed(Retention.SUPPRESSION, nullable=True)
    since: datetime = moment(KEPT)


class LinkRequest(SQLModel, table=True):
    """Somebody asked for the data of an address; it may have taken part or not."""

    __tablename__ = "link_requests"

    id: UUID = column(Retention.TRANSIENT, primary_key=True)
    campaign: str = column(Retention.TRANSIENT)
    email_hash: bytes = sealed(Retention.TRANSIENT)
    at: datetime = moment(Retention.TRANSIENT)


class Token(SQLModel, table=True):
    """A mailed link, stored as the SHA-256 of its 32 random bytes."""

    __tablename__ = "tokens"

    hash: bytes = sealed(Retention.TRANSIENT, primary_key=True)
    purpose: str = column(Retention.TRANSIENT)
    supporter_id: UUID = column(Retention.TRANSIENT, foreign_key="supporters.id", index=True)
    expires: datetime = moment(Retention.TRANSIENT, index=True)
    used_at: datetime | None = moment(Retention.TRANSIENT, default=None, nullable=True)
