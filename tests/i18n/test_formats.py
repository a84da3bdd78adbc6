"""Times in words: an hour that occurs twice (when clocks go back) says which one it is."""

from datetime import UTC, datetime

import pytest

from api.i18n import LANGUAGES
from api.i18n.formats import moment
from api.targets.days import EASTERN


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("hour", "said"), [(4, "30"), (5, "1:30 EDT"), (6, "1:30 EST"), (7, "30")])
def test_the_hour_that_comes_twice_names_its_zone(hour: int, said: str, language: str) -> None:
    words = moment(datetime(2026, 11, 1, hour, 30, tzinfo=UTC).astimezone(EASTERN), language)
    assert words.replace("\u202fAM", "").replace(" AM", "").endswith(said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_other_moment_names_it(language: str) -> None:
    for day in (datetime(2026, 3, 8, 7, 30, tzinfo=UTC), datetime(2026, 7, 1, 16, tzinfo=UTC)):
        assert not {"EST", "EDT"} & set(moment(day.astimezone(EASTERN), language).split())
