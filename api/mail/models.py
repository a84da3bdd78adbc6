"""Mail to be sent, and who is not to be written to."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Index, LargeBinary, Text, text
from sqlmodel import SQLModel

from api.database.columns import Retention, Word, column, moment, one_of, sealed, utc_now
from api.security.identifiers import new_id

KEPT, TRANSIENT, SUPPRESSION = Retention.KEPT, Retention.TRANSIENT, Retention.SUPPRESSION


class MailStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class BreakerStatus(StrEnum):
    """Of a circuit breaker: ``closed`` lets mails pass and counts refusals; ``open``: they wait."""

    CLOSED = "closed"
    OPEN = "open"


class Mail(SQLModel, table=True):
    """One mail to one supporter; neither address nor text is in it. Its ``id`` makes the
    Message-ID, so that a repetition is recognised by the receiving side. A new one is due at
    once."""

    __tablename__ = "mails"
    __table_args__ = (
        Index("mails_due", "due_at", postgresql_where=text("status IN ('queued', 'sending')")),
        Index("mails_of_supporter", "supporter_id"),
        one_of("mails", "status", MailStatus),
    )

    id: UUID = column(KEPT, primary_key=True, default_factory=new_id)
    supporter_id: UUID = column(KEPT, foreign_key="supporters.id")
    kind: str = column(KEPT, sa_type=Word)
    status: MailStatus = column(KEPT, sa_type=Word, default=MailStatus.QUEUED)
    due_at: datetime = moment(KEPT, default_factory=utc_now)
    lease_until: datetime | None = moment(KEPT, default=None, nullable=True)
    epoch: int = column(KEPT, default=0)
    attempts: int = column(KEPT, default=0)
    reason: str | None = column(KEPT, default=None)


class MailBudget(SQLModel, table=True):
    """What a mail that anybody can ask for is to its address, in any campaign: see
    ``api.mail.budget.Place``."""

    __tablename__ = "mail_budget"
    __table_args__ = (Index("mail_budget_of_address", "address_hash", "at"),)

    mail_id: UUID = column(TRANSIENT, primary_key=True)
    address_hash: bytes = sealed(TRANSIENT)
    at: datetime = moment(TRANSIENT)
    place: str = column(TRANSIENT)


class PendingLink(SQLModel, table=True):
    """A mailed link to the list of all that waits at one address, in any campaign."""

    __tablename__ = "pending_links"

    hash: bytes = sealed(TRANSIENT, primary_key=True)
    address_hash: bytes = sealed(TRANSIENT)
    language: str = column(TRANSIENT)
    expires: datetime = moment(TRANSIENT, index=True)


class MailMinute(SQLModel, table=True):
    """How many mails that anybody can request were claimed in one minute."""

    __tablename__ = "mail_minutes"

    minute: datetime = moment(TRANSIENT, primary_key=True)
    taken: int = column(TRANSIENT)


class MailBreaker(SQLModel, table=True):
    """A recipient domain that refuses us, in its circuit breaker: see ``api.mail.breaker``.
    ``domain`` is plain for large providers, else a keyed hash. ``addresses`` are keyed hashes of
    those that were refused, ``probe_id`` the mail that must not come back."""

    __tablename__ = "mail_breakers"
    __table_args__ = (one_of("mail_breakers", "status", BreakerStatus),)

    domain: str = column(TRANSIENT, primary_key=True)
    status: BreakerStatus = column(TRANSIENT, sa_type=Text)
    refusals: int = column(TRANSIENT)
    reply: str = column(TRANSIENT)
    since: datetime = moment(TRANSIENT)
    probe_at: datetime = moment(TRANSIENT)
    addresses: list[bytes] = column(TRANSIENT, sa_type=ARRAY(LargeBinary))
    probe_id: UUID | None = column(TRANSIENT, default=None)


class Suppression(SQLModel, table=True):
    """The mailbox's owner wants no more mail, however the address is spelled."""

    __tablename__ = "suppressions"

    address_hash: bytes = sealed(SUPPRESSION, primary_key=True)
    reason: str = column(SUPPRESSION)
    at: datetime = moment(SUPPRESSION)


class GoneReport(SQLModel, table=True):
    """A report that the mailbox of one literal address does not exist; one per day and mail.
    ``owner_hash`` is its canonical address, as in ``suppressions``, for who lifts it."""

    __tablename__ = "gone_reports"

    address_hash: bytes = sealed(SUPPRESSION, primary_key=True)
    day: date = column(SUPPRESSION, primary_key=True)
    owner_hash: bytes = sealed(SUPPRESSION, index=True)
    mail_id: UUID = column(SUPPRESSION, unique=True)
