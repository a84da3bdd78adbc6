# ruff: noqa: RUF001 (names of all scripts)
"""Why to look twice at a name; and whom nobody needs to look at twice."""

import pytest

from api.security.own_domains import _suffixes
from api.services import Published, started
from api.settings import Settings
from api.sign_ons.appearing import Appearance
from api.sign_ons.hints import hints
from api.sign_ons.known_names import KnownNames
from api.sign_ons.places import city_elsewhere
from api.sign_ons.review import _members
from tests.sign_ons.signing import LETTER

PEACE = "\u0420\u0435\u0430\u0441\u0435"


def of(name: str, place: str | None = None, affiliation: str | None = None) -> set[str]:
    return set(hints(Appearance(name, place, affiliation)))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        *((slogan, "held_word") for slogan in ("Death To Everyone", "Stop The War", "Lock Her Up")),
        *((slogan, "held_word") for slogan in ("Muerte A Todos", "Մահ Բոլորին", "Смерть Всем")),
        *((insult, "held_word") for insult in ("F u c k", "Sh1t Head", "FUCK Off", "Go Home")),
        *(
            (insult, "held_word")
            for insult in ("Fu\u0441k You", "Fu\u0301ck", "\uff26uck", "DEATH-TO")
        ),
        (f"{PEACE} Forever", "held_word"),
        (f"{PEACE} Xyz", "lookalike"),
        *((name, "known_name") for name in ("Donald Trump", "Trump Donald", "DonaId J. Trump")),
        *((name, "known_name") for name in ("Mr. Donald Trump Sr.", "D\u043enald Trump")),
        *((name, "known_name") for name in ("Adolf Hitler", "John Hancock", "Mickey Mouse")),
        ("Donald Trump, President of the United States", "office"),
        *((name, "office") for name in ("Senator Smith", "Sen. Ann Roe", "Hon. Ann Roe")),
        *((name, "office") for name in ("Rep. Ann Roe", "Նախագահ Անի", "The White House")),
        *((link, "address") for link in ("Visit t.me slash xyz", "www.example.com", "example.org")),
        *((link, "address") for link in ("Example dot com", "Example DOT Org", "https example")),
        *((mail, "address") for mail in ("ani at gmail", "ani@example.org", "ani (at) example")),
        *((phone, "address") for phone in ("Call 555 0123", "five five five one two", "5-5-5-0-1")),
        ("D\u043enna Roe", "mixed_scripts"),
        ("A" + "\u0301" * 5 + "ni", "marks"),
        *((f"A{unseen}ni Roe", "hidden_characters") for unseen in "\u200b\u2060\u202e\u200f\u3164"),
        *((f"A{unseen}ni Roe", "hidden_characters") for unseen in "\u00ad\ufeff\u200d\ufe0f\u2800"),
        *(
            (word, "held_word")
            for word in ("KillTurks Now", "Fu Ck You", "Killlll Them", "Turks Out")
        ),
        *((word, "held_word") for word in ("Fuckface Roe", "Save Artsakh", "Ann Onymous")),
        *(
            (name, "known_name")
            for name in ("Hillary Rodham Clinton", "TrumpDonald Roe", "pmurT dlanoD")
        ),
        *((name, "known_name") for name in ("Ilham Heydar Aliyev", "Donald Trump's Friend")),
        ("\u1d05onald \u1d1brump", "known_name"),
        *((name, "known_name") for name in ("Tramp Donald", "Donalt Trumpp", "Elon Musq")),
        *((name, "known_name") for name in ("JFK", "J.F.K.", "J FK", "M. L. K. Jr.", "Ani AOC")),
        *((name, "known_name") for name in ("D. Trump", "Trump D. J.", "O. bin Laden", "Mr Putin")),
        *((name, "known_name") for name in ("Donnie Trump", "Bobby Kennedy", "Вова Путин")),
        *((name, "known_name") for name in ("Путин В. В.", "Թրամփ Դ.", "Sleepy Joe")),
        *(
            (name, "lookalike")
            for name in ("\u1d00ni Roe", "\uff21\uff4e\uff49 Roe", "\u24b6ni Roe")
        ),
        *((f"A{mark}ni", "marks") for mark in "\u0335\u0338\u20dd"),
        ("4 Real", "unusual"),
        ("A" * 61, "unusual"),
    ],
)
def test_worth_a_second_look(name: str, hint: str) -> None:
    assert hint in of(name)


@pytest.mark.parametrize(
    "name",
    [
        *("Ani Petrosyan", "Nguyễn Thị Ngọc Ánh", "Ọláyínká Adébáyọ̀", "Անի Պետրոսյան", "李 明"),
        *("محمد الأحمد", "नील शर्मा", "María de los Ángeles García", "Kaʻiulani Akana", "Johnny To"),
        *("Vincent van der Berg", "Вера Иванова", "Jean-Luc O'Neill Jr.", "דָּנִיֵּאל כֹּהֵן", "สมชาย ใจดี"),
        *("Do Thi My", "Israel Gómez", "Anne St. John", "J.R.R. Tolkien", "Maria dos Santos"),
        *(
            "علی\u200cرضا محمدی",
            "K. De Silva",
            "Ho Chi An",
            "Will May",
            "Dick Armitage",
            "Amartya Sen",
        ),
        *(
            "Κατερίνα Παπαδοπούλου",
            "გიორგი მაისურაძე",
            "Ömer Çelik",
            "Łukasz Żak",
            "Þóra Jónsdóttir",
            "Սևակ Եվոյան",
            "M\u00aa José Ruiz",
            "Əli Məmmədov",
            "LaToya MacDonald",
            "Do Su Fu",
        ),
        *("Mik Kim", "Ani J. Kennedy", "Donna Trumble", "Robert Keshishian", "Ellen Marks"),
    ],
)
def test_real_names_have_no_hint(name: str) -> None:
    assert of(name) == set()


def test_what_stands_beside_a_name_is_read_too() -> None:
    assert of("Ani Roe", "Glendale, CA", "University of Nowhere, Dept. 3 (Law)") == set()
    assert of("Ani Roe", affiliation="President of the United States") == {"office"}
    assert of("Ani Roe", affiliation="see example dot com") == {"address"}
    assert of("Ani Roe", "Fuck You, CA") == {"held_word"}
    assert "mixed_scripts" in of("Ani Roe", "Gl\u0435ndale, CA")


def test_members_of_congress_and_earlier_signatories_are_known(published: Published) -> None:
    whole, family = next(published.directory.names())
    rules = published.reviewing(LETTER)
    called = ("Chuck Schumer", "Bernie Sanders", "Mitch McConnell")
    for name in (whole, f"{whole.split()[0]} {family}", whole.upper(), *called):
        assert "known_name" in rules.flags(Appearance(name))
    assert "known_name" in rules.flags(Appearance("Assyrian Policy Institute"))
    for name in ("A. P. I.", "Asyrian Policy Institute", "ASSYRlAN POLICY INSTITUTE"):
        assert "known_name" in rules.flags(Appearance(name))
    assert rules.flags(Appearance("Ani Petrosyan")) == ()
    assert published.reviewing("not-there").mode == "all"


def test_earlier_signatories_are_known_however_written() -> None:
    names = (KnownNames.of(["Theodora Q. Example III", "Ani Petrosyan"]),)
    for name in ("T. Example", "Example T", "T. Q. E.", "Teodora Example", "Exampel Theodora"):
        assert "known_name" in hints(Appearance(name), names), name
    assert "known_name" in hints(Appearance("Petrosian Ani"), names)
    assert set(hints(Appearance("A. P."), names)) == set(), "these initials are anybody's"


async def test_tables_are_read_before_the_first_visitor(
    settings: Settings, published: Published
) -> None:
    _members.cache_clear()
    _suffixes.cache_clear()
    async with started(settings, published):
        assert _members.cache_info().currsize == _suffixes.cache_info().currsize == 1


@pytest.mark.parametrize(
    ("city", "zip_code"),
    [("Boston", "91204"), ("Fresno", "91204"), ("NEW YORK", "91204"), ("Chicago", "02138")],
)
def test_a_known_city_far_from_the_zip_code(city: str, zip_code: str) -> None:
    assert city_elsewhere(city, zip_code)


@pytest.mark.parametrize(
    ("city", "zip_code"),
    [
        *(("Glendale", "91204"), ("Los Angeles", "91204"), ("glendale", "91204-1234")),
        *(("St. Louis", "63101"), ("Winston-Salem", "27101"), ("Silver Lake", "90026")),
        *(("Mayagüez", "00680"), ("Nowhere at All", "91204"), ("Գլենդել", "91204")),
        *(("Boston", "00000"), ("Boston", ""), ("Boston", "\u0661\u0661\u0661\u0661\u0661")),
    ],
)
def test_what_is_near_or_not_in_the_table_gives_no_hint(city: str, zip_code: str) -> None:
    assert not city_elsewhere(city, zip_code)
