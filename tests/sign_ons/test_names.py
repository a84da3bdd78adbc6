"""Names in the world's scripts: sorted, as initials, and told apart from what is no name."""

import pytest

from api.security.text import TextRefused
from api.sign_ons.names import (
    KEY_BYTES,
    at_domain,
    check_website,
    initials,
    name_key,
    organization_key,
    person_key,
    plainly_a_name,
    plainly_an_affiliation,
)

IN_ORDER = [
    ("José", "Álvarez"),
    ("Zoe", "Alvarez"),
    ("Ani", "de la Cruz"),
    ("Søren", "Østergaard"),
    ("Ali", "Özil"),
    ("Ada", "Petrosyan"),
    ("Ani", "PETROSYAN"),
    ("Jo", "Straße"),
    ("Jo", "Strassen"),
    ("Νίκος", "Παπαδόπουλος"),
    ("Иван", "Петров"),
    ("Արամ", "Աբրահամյան"),
    ("Ani", "Եղիազարյան"),
    ("Անի", "Պետրոսյան"),
    ("דוד", "לוי"),
    ("محمد", "الأحمد"),
    ("नील", "शर्मा"),
    ("გიორგი", "მაისურაძე"),
    ("민준", "김"),
    ("明", "李"),
]


def test_names_are_in_the_order_of_their_scripts_and_letters() -> None:
    keys = [person_key(given, family) for given, family in IN_ORDER]
    assert keys == sorted(keys)


def test_case_marks_and_composition_part_no_neighbours() -> None:
    plain, marked = person_key("Ana", "Nunez"), person_key("Ana", "Nu\u0301n\u0303ez")
    assert plain.split(b"\0")[0] == marked.split(b"\0")[0]
    assert person_key("Ana", "Nu\u0301ñez") == person_key("Ana", "Núñez")


def test_a_family_name_is_not_run_into_the_given_one() -> None:
    assert person_key("Zoe", "An") < person_key("Ada", "Ana")


def test_a_very_long_name_has_a_key_of_bounded_length() -> None:
    assert len(person_key("Ա" * 100, "𠜎" * 100)) <= 2 * KEY_BYTES + 2


def test_organizations_are_sorted_without_their_article() -> None:
    names = ["Alpha", "The Beta Fund", "Éclair", "Հայ դատ"]
    assert sorted(names, key=organization_key) == names


@pytest.mark.parametrize(
    ("given", "family", "shown"),
    [
        ("Ani", "Petrosyan", "A. P."),
        ("ani", "petrosyan", "A. P."),
        ("Անի", "Պետրոսյան", "Ա. Պ."),
        ("明", "李", "明. 李."),
        ("e\u0301lan", "'t Hooft", "É. T."),
        ("نور", "الأحمد", "\u0646. \u0627."),
        ("A" + "\u0301" * 98, "B" + "\u0316" * 98, "Á\u0301\u0301\u0301. B\u0316\u0316\u0316."),
        ("Ẹ\u0300bun", "Ệ", "Ẹ\u0300. Ệ."),
    ],
)
def test_initials(given: str, family: str, shown: str) -> None:
    assert initials(given, family) == shown


@pytest.mark.parametrize(
    "name",
    ["Ani Petrosyan", "Jean-Luc O'Neill Jr.", "Անի Պետրոսյան", "محمد الأحمد", "李 明", "नील शर्मा"],
)
def test_names_pass(name: str) -> None:
    assert plainly_a_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Call 555 0123",
        "<script>alert(1)</script>",
        "A" * 61,
        "=cmd|x",
        "🙂 Smile",
    ],
)
def test_what_is_not_plainly_a_name_waits(name: str) -> None:
    assert not plainly_a_name(name)


def test_affiliations() -> None:
    assert plainly_an_affiliation("University of Nowhere, Dept. 3 (Law & History)")
    assert not plainly_an_affiliation("see #example")
    assert not plainly_an_affiliation("<b>bold</b>")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Example Society", "THE EXAMPLE SOCIETY, INC."),
        ("Société Générale", "Societe generale"),
        ("Հայ Դատ", "ՀԱՅ ԴԱՏ"),
    ],
)
def test_one_organization_under_two_spellings(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_other_organizations_stay_others() -> None:
    assert name_key("Example Society") != name_key("Example Association")
    assert name_key("The The") == "the the"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("example.org", "https://example.org"),
        ("http://www.Example.org/", "http://www.example.org"),
        ("https://example.org/about/us", "https://example.org/about/us"),
        ("facebook.com/profile.php?id=100", "https://facebook.com/profile.php?id=100"),
        ("https://example.org:443/a/", "https://example.org/a"),
        ("http://example.org:80", "http://example.org"),
        ("example.org:443", "https://example.org"),
        ("HTTPS\uff1a//example.org", "https://example.org"),
        ("http:\uff0f\uff0fexample\uff0eorg/a", "http://example.org/a"),
        ("https://example.org./", "https://example.org"),
        ("<https://example.org/a>.", "https://example.org/a"),
        ("HTTPS://Example.org/A", "https://example.org/A"),
        ("https://example.org/se\u00f1al", "https://example.org/se%C3%B1al"),
        ("https://example.org/a%20b", "https://example.org/a%20b"),
        ("https://example.org/?q=\u00e9", "https://example.org?q=%C3%A9"),
        ("https://example.org/#/us", "https://example.org#/us"),
        ("https://m\u00fcnchen.example", "https://xn--mnchen-3ya.example"),
        ("\u057f\u0565\u057d\u057f.\u0570\u0561\u0575", "https://xn--29a2cec.xn--y9a3aq"),
    ],
)
def test_websites(typed: str, kept: str) -> None:
    assert check_website(typed) == kept


@pytest.mark.parametrize(
    ("why", "typed"),
    [
        ("scheme", ["javascript:alert(1)", "ftp://example.org", "data:text/html,x"]),
        ("login", ["https://u:p@example.org", "https://@example.org", "ani@example.org"]),
        ("port", ["https://example.org:8080", "http://example.org:443", "example.org:8080"]),
        ("space", ["https://example.org/a b", 'https://example.org/"><script>']),
        ("long", [f"https://example.org/{'é' * 150}"]),
        ("malformed", ["https://", "https://localhost", "no site", "//example.org", "example"]),
        ("malformed", ["https://10.0.0.1", "https://[::1]", "https://a..b", "example.org:99999"]),
    ],
)
def test_what_is_no_website_is_told_why(why: str, typed: list[str]) -> None:
    for each in typed:
        with pytest.raises(TextRefused) as refused:
            check_website(each)
        assert refused.value.code == f"website_{why}", each


def test_at_the_own_domain() -> None:
    assert at_domain("ani@example.org", "example.org")
    assert at_domain("ani@mail.example.org", "example.org")
    assert not at_domain("ani@notexample.org", "example.org")
    assert not at_domain("ani@org", "example.org")
