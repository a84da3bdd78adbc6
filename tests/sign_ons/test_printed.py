"""How many signed, as the statement's PDF says it."""

import pytest

from api.i18n import translations
from api.settings import ROOT
from api.sign_ons.printed import signed

SAID = [
    ("en", 0, 1, "1 person"),
    ("en", 1, 1, "1 organization and 1 person"),
    ("en", 2, 1200, "2 organizations and 1,200 people"),
    ("es", 1, 1, "1 organización y 1 persona"),
    ("es", 2, 1200, "2 organizaciones y 1.200 personas"),
    ("hy", 1, 2, "1 կազմակերպություն և 2 մարդ"),
    ("en", 0, 0, "0 people"),
]


@pytest.mark.parametrize(("language", "organizations", "persons", "words"), SAID)
def test_the_numbers_of_those_who_signed(
    language: str, organizations: int, persons: int, words: str
) -> None:
    say = translations(ROOT / "locale", language)
    assert signed(organizations, persons, language, say) == words
