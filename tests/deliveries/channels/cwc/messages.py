"""Letters for the tests: a valid one, and ways to vary it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from api.campaigns.schema import Campaign
from api.deliveries.channels.base import Content
from api.security.identifiers import new_id
from api.supporters.vault import Address, Identity

NOON = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
WRITER = Identity("ani@example.org", "Ani", "Petrosyan", "Ms.", "818-555-0123")
HOME = Address("91204", "CA", "Glendale", "12 Main St")
SPONSOR = {
    "name": "Example Campaigns",
    "email": "office@example.org",
    "phone": "202-555-0143",
    "about": "We write to Congress.",
}
STATEMENT = "I live in Glendale.\n\nPlease ask for the reports that are due."


def campaign(**changed: Any) -> Campaign:
    return Campaign.model_validate(
        {
            "slug": "reports-now",
            "kind": "letters",
            "title": "Reports, now",
            "summary": "Ask for the reports.",
            "status": "open",
            "sponsor": SPONSOR,
            "topic": "International Affairs",
            "demands": ["reports"],
            "targets": ["house", "senate"],
            "letter": "reports",
            **changed,
        }
    )


def bill(kind: str, number: int = 1234, congress: int = 119) -> dict[str, Any]:
    return {"congress": congress, "type": kind, "number": number}


def content(**changed: Any) -> Content:
    """A valid letter to a House member; keyword arguments replace its fields."""
    made = Content(
        delivery_id=new_id(),
        letter_id=UUID(int=7),
        seat="house:CA-30",
        to="Laura Friedman",
        campaign="reports-now",
        subject="Reports that are due, from a constituent in Glendale",
        text="Dear Representative Friedman, …",
        own_words="My grandmother fled.",
        statement=STATEMENT,
        edited=False,
        identity=WRITER,
        address=HOME,
        geocoded=False,
        cause=campaign(),
        at=NOON,
    )
    return replace(made, **changed)


def by(given: str = "Ani", family: str = "Petrosyan", **changed: Any) -> Identity:
    return replace(WRITER, given_name=given, family_name=family, **changed)


def at(**changed: Any) -> Address:
    return replace(HOME, **changed)
