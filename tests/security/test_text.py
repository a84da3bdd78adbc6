import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.security.text import (
    TextRefused,
    clean_city,
    clean_line,
    clean_name,
    clean_street,
    clean_text,
)

CONTROLS = [chr(n) for n in (*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, *range(0x80, 0x85))]
ILLEGAL = [*CONTROLS, *(chr(n) for n in range(0x86, 0xA0)), "\ud800", "\udfff", "\ufffe", "\uffff"]
BIDI = [chr(n) for n in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
everything = st.text(st.characters(), max_size=80)


def is_xml(character: str) -> bool:
    """The ``Char`` production of XML 1.0."""
    n = ord(character)
    return n in {9, 10, 13} or 0x20 <= n <= 0xD7FF or 0xE000 <= n <= 0xFFFD or n >= 0x10000


def refusal(check: object, *args: object) -> str:
    with pytest.raises(TextRefused) as caught:
        check(*args)  # type: ignore[operator]
    return caught.value.code


@pytest.mark.parametrize("character", ILLEGAL)
def test_what_xml_or_a_mail_cannot_hold_is_refused(character: str) -> None:
    assert refusal(clean_line, f"A{character}B", 10) == "control_character"
    assert refusal(clean_text, f"A{character}B", 10) == "control_character"
    assert refusal(clean_name, f"A{character}B") == "control_character"


@pytest.mark.parametrize("character", ["\n", "\r", "\r\n", "\x85", "\u2028", "\u2029", "\t"])
def test_a_line_has_no_break(character: str) -> None:
    assert refusal(clean_line, f"A{character}Bcc: b@example.org", 50) == "line_break"
    expected = "A\tB" if character == "\t" else "A\nB"
    assert clean_text(f"A{character}B", 5) == expected


@pytest.mark.parametrize("character", BIDI)
def test_a_line_does_not_turn_its_direction(character: str) -> None:
    assert refusal(clean_line, f"A{character}B", 10) == "hidden_direction"
    assert clean_text(f"A{character}B", 10) == f"A{character}B"


@given(everything)
def test_what_passes_is_clean(value: str) -> None:
    for check in (clean_line, clean_text):
        try:
            cleaned = check(value, 100)
        except TextRefused:
            continue
        assert all(map(is_xml, cleaned))
        assert "\r" not in cleaned
        assert cleaned == unicodedata.normalize("NFC", cleaned) == cleaned.strip()
        assert check(cleaned, 100) == cleaned
        assert check is clean_text or len(cleaned.splitlines()) <= 1


def test_lengths_count_characters_after_normalising() -> None:
    assert clean_line(" " * 50 + "e\u0301" * 5, 5) == "é" * 5
    assert clean_line("x" * 5, 5)
    assert refusal(clean_line, "x" * 6, 5) == "too_long"
    assert refusal(clean_text, "ä" * 6, 5) == "too_long"


@pytest.mark.parametrize(
    "name", ["Ani", "Անի", "O\u2019Brien-Łukasz", "李", "J.", "أحمد", "Dell'Orefice"]
)
def test_names_of_any_script(name: str) -> None:
    assert clean_name(f"  {name} ") == name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "required"),
        ("   ", "required"),
        ("\n", "required"),
        ("-", "no_letter"),
        ("42", "no_letter"),
        ("\u200b", "no_letter"),
        ("x" * 101, "too_long"),
    ],
)
def test_what_is_no_name(name: str, code: str) -> None:
    assert refusal(clean_name, name) == code


def test_cities_and_streets() -> None:
    assert clean_city("Oz") == "Oz"
    assert clean_street("12 Main St") == "12 Main St"
    assert clean_street("4") == "4"
    assert refusal(clean_city, "90210") == "no_letter"
    assert refusal(clean_street, "#") == "no_letter"
    assert refusal(clean_street, "") == "required"


def test_a_refusal_does_not_quote_what_was_typed() -> None:
    with pytest.raises(TextRefused) as caught:
        clean_line("secret\x00", 10)
    assert "secret" not in str(caught.value)
