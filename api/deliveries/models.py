"""Deliveries: one letter on its way to one seat, through one channel, with its state."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import SQLModel

from api.database.columns import Retention, Word, column, document, moment, one_of, sealed
from api.letters.models import DeliveryStatus as DeliveryStatus  # noqa: PLC0414 (others ask here)

KEPT = Retention.KEPT


TROUBLED = "'paused', 'uncertain', 'failed', 'expired', 'needs_user_action'"


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
    corrected letter is a new row, so one letter has at most one live delivery.

    ``opened_at``: since when it is to be sent; reset when a person has it sent again, and then
    ``attempts_before`` counts the earlier attempts.
    """

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
            "channel",
            "due_at",
            postgresql_where=text("status IN ('queued', 'sending', 'retrying')"),
        ),
        # States that a person may have to look at; no letter that goes well is ever in one.
        Index(
            "deliveries_troubled",
            "status",
            "channel",
            "reason",
            postgresql_where=text(f"status IN ({TROUBLED})"),
        ),
        Index("deliveries_of_letter", "letter_id"),
        Index(
            "deliveries_of_changed_seats",
            "letter_id",
            postgresql_where=text(
                "status = 'cancelled' AND reason IN ('seat_changed', 'lines_moved')"
            ),
        ),
        one_of("deliveries", "status", DeliveryStatus),
    )

    id: UUID = column(KEPT, primary_key=True)
    letter_id: UUID = column(KEPT, foreign_key="letters.id")
    channel: str = column(KEPT)
    environment: str = column(KEPT)
    status: DeliveryStatus = column(KEPT, sa_type=Word)
    due_at: datetime = moment(KEPT)
    lease_until: datetime | None = moment(KEPT, default=None, nullable=True)
    epoch: int = column(KEPT, default=0)
    attempts: int = column(KEPT, default=0)
    reason: str | None = column(KEPT, default=None)
    payload: bytes | None = sealed(Retention.WORDS, default=None, nullable=True)
    opened_at: datetime = moment(KEPT, kwargs={"server_default": text("now()")})
    attempts_before: int = column(KEPT, default=0, kwargs={"server_default": text("0")})


class Attempt(SQLModel, table=True):
    """One try to send a delivery. ``unknown``: the other side may have it all the same; so it
    is with an attempt whose worker was lost, of which only about when is known."""

    __tablename__ = "attempts"

    delivery_id: UUID = column(KEPT, primary_key=True, foreign_key="deliveries.id")
    number: int = column(KEPT, primary_key=True, kwargs={"autoincrement": False})
    began: datetime = moment(KEPT)
    ended: datetime = moment(KEPT)
    outcome: str = column(KEPT)
    reason: str | None = column(KEPT, default=None)
    unknown: bool = column(KEPT, default=False)


class ChannelControl(SQLModel, table=True):
    """What is stopped (``kind`` is channel, seat or campaign), by whom, why, and since when."""

    __tablename__ = "channel_controls"

    kind: str = column(KEPT, primary_key=True)
    name: str = column(KEPT, primary_key=True)
    actor: str = column(KEPT)
    reason: str = column(KEPT)
    since: datetime = moment(KEPT)


class ChannelPace(SQLModel, table=True):
    """The next moment at which a letter may go through a channel, over all workers."""

    __tablename__ = "channel_pace"

    channel: str = column(KEPT, primary_key=True)
    next_at: datetime = moment(KEPT)


class OfficeListRow(SQLModel, table=True):
    """The offices that take letters through one channel, as last fetched."""

    __tablename__ = "office_lists"

    channel: str = column(KEPT, primary_key=True)
    codes: list[str] = document(KEPT)
    fetched_at: datetime = moment(KEPT)
