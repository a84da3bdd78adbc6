"""The one table about campaigns: which status each has had, and since when."""

from datetime import datetime

from sqlmodel import SQLModel

from api.database.columns import Retention, column, moment

KEPT = Retention.KEPT


class CampaignState(SQLModel, table=True):
    """Outlives the YAML: retention counts from ``closed_at`` even if the file is gone."""

    __tablename__ = "campaign_states"

    slug: str = column(KEPT, primary_key=True)
    status: str = column(KEPT)
    since: datetime = moment(KEPT)
    closed_at: datetime | None = moment(KEPT, default=None, nullable=True)
