"""The table of partners, which are organizations; it has no personal data."""

from datetime import datetime

from sqlmodel import SQLModel

from api.database.columns import Retention, column, document, moment, utc_now

KEPT = Retention.KEPT


class Partner(SQLModel, table=True):
    """An organization that may embed the form on its ``origins``; ``inline`` says that it chose
    to have the form inside its own pages, where these can read what is typed. ``ended_at``: since
    when it may not any more."""

    __tablename__ = "partners"

    slug: str = column(KEPT, primary_key=True)
    name: str = column(KEPT)
    origins: list[str] = document(KEPT)
    inline: bool = column(KEPT, default=False)
    created_at: datetime = moment(KEPT, default_factory=utc_now)
    ended_at: datetime | None = moment(KEPT, default=None, nullable=True)
