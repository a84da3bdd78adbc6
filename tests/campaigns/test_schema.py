from datetime import UTC, datetime
from typing import Any

import pytest

from api.campaigns.fields import Text
from api.campaigns.schema import Campaign

BASE: dict[str, Any] = {
    "slug": "lake",
    "kind": "letters",
    "title": "Lake",
    "summary": "A lake.",
    "status": "open",
    "sponsor": {"name": "A", "email": "a@example.org", "about": "B"},
    "topic": "Animals",
    "demands": ["clean"],
    "targets": ["house"],
    "letter": "lake",
}


def campaign(**more: Any) -> Campaign:
    return Campaign.model_validate({**BASE, **more})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("2026-03-07T23:59:59-05:00", "scheduled"),
        ("2026-03-08T04:59:59+00:00", "scheduled"),
        ("2026-03-08T05:00:00+00:00", "open"),
        ("2026-11-02T04:59:59+00:00", "open"),
        ("2026-11-02T05:00:00+00:00", "closed"),
    ],
)
def test_dates_are_days_in_us_eastern_across_the_change_of_clocks(moment: str, state: str) -> None:
    assert campaign(opens="2026-03-08", closes="2026-11-01").state(at(moment)) == state


def test_a_date_time_is_that_moment() -> None:
    opening = campaign(opens="2026-03-08T09:00+01:00")
    assert opening.state(at("2026-03-08T07:59:59+00:00")) == "scheduled"
    assert opening.state(at("2026-03-08T08:00:00+00:00")) == "open"


@pytest.mark.parametrize("status", ["draft", "closed"])
def test_a_status_that_is_not_open_stands_whatever_the_day(status: str) -> None:
    assert campaign(status=status, opens="2020-01-01").state(datetime.now(UTC)) == status


def test_a_campaign_is_the_same_after_its_way_through_json() -> None:
    first = campaign(opens="2026-03-08", closes="2026-11-01", title={"en": "Lake", "hy": "Լիճ"})
    again = Campaign.model_validate(first.model_dump(mode="json"))
    assert again.model_dump(mode="json") == first.model_dump(mode="json")
    assert (again.opens, again.closes) == (first.opens, first.closes)


def test_a_text_falls_back_to_english() -> None:
    text = Text.model_validate({"en": "Lake", "hy": "Լիճ"})
    assert [text.get(language) for language in ("en", "hy", "es", "xx")] == [
        *("Lake", "Լիճ", "Lake", "Lake")
    ]
    assert text.missing(("en", "hy", "es")) == ["es"]
    assert Text.model_validate("Lake").missing(("en", "hy")) == []


def test_what_is_wanted_of_congress() -> None:
    both = campaign(targets=["president", "senate"])
    assert both.chambers == {"senate"}
    assert both.fixed_seats == ("president",)


def test_a_campaign_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(campaign(), "slug", "other")  # noqa: B010 the checker refuses it too
