"""Which status each campaign has had, and since when; what organizers entered of members."""

from datetime import datetime
from typing import get_args
from uuid import UUID

from sqlalchemy import Index, Text, func, text
from sqlmodel import SQLModel

from api.campaigns.schema import State
from api.database.columns import Retention, column, moment, one_of

KEPT = Retention.KEPT


class CampaignState(SQLModel, table=True):
    """Outlives the YAML: retention counts from ``closed_at`` even if the file is gone."""

    __tablename__ = "campaign_states"
    __table_args__ = (one_of("campaign_states", "status", get_args(State)),)

    slug: str = column(KEPT, primary_key=True)
    status: State = column(KEPT, sa_type=Text)
    since: datetime = moment(KEPT)
    closed_at: datetime | None = moment(KEPT, default=None, nullable=True)


class EnteredRecord(SQLModel, table=True):
    """What a member of Congress did, as an organizer entered it; ``subject`` is the short name
    of the thing, ``date`` and ``source_date`` as far as they are known (2020, 2020-10, …)."""

    __tablename__ = "records"
    __table_args__ = (
        Index(
            "records_one_a_deed",
            "bioguide",
            "what",
            "subject",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: UUID = column(KEPT, primary_key=True)
    bioguide: str = column(KEPT)
    what: str = column(KEPT)
    subject: str = column(KEPT)
    title: str = column(KEPT)
    date: str = column(KEPT)
    source_title: str = column(KEPT)
    source_publisher: str = column(KEPT)
    source_url: str | None = column(KEPT, default=None)
    source_date: str | None = column(KEPT, default=None)
    entered_at: datetime = moment(KEPT, kwargs={"default": func.clock_timestamp()})
    removed_at: datetime | None = moment(KEPT, default=None, nullable=True)
