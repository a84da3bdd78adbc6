import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.security.characters import is_visible
from api.security.text import (
    TextRefused,
    clean_city,
    clean_code,
    clean_line,
    clean_name,
    clean_phone,
    clean_street,
    clean_text,
    clean_zip,
    tidy_code,
    tidy_email,
    tidy_line,
    tidy_text,
    tidy_token,
)

CONTROLS = [chr(n) for n in (*range(9), *range(0x0E, 0x20), 0x7F, *range(0x80, 0x85))]
ILLEGAL = [*CONTROLS, *(chr(n) for n in range(0x86, 0xA0)), "\ud800", "\udfff", "\ufffe", "\uffff"]
ILLEGAL += ["\ufdd0", "\U0001ffff", "\U0010fffe"]
BIDI = [chr(n) for n in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
ODD = "\u200c\u200d\ufe0f\u2764\u0628\u0915\u094d\u0301e\u200b\U0001f3f4\U000e0067\U000e007f"
ODD += "".join(BIDI)
everything = st.text(st.characters() | st.sampled_from(ODD), max_size=80)


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


BREAKS = ["\n", "\r", "\r\n"]
# A browser's field of one line keeps these, and shows them as nothing or as a space.
SOFT_BREAKS = ["\x0b", "\x0c", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("character", BREAKS)
def test_a_line_has_no_break(character: str) -> None:
    assert refusal(clean_line, f"A{character}Bcc: b@example.org", 50) == "line_break"


@pytest.mark.parametrize("character", SOFT_BREAKS)
def test_a_break_that_a_field_does_not_show_is_a_space(character: str) -> None:
    assert clean_line(f"12 Main St{character}Apt 4{character}", 50) == "12 Main St Apt 4"


@pytest.mark.parametrize("character", [*BREAKS, *SOFT_BREAKS])
def test_a_text_keeps_its_breaks(character: str) -> None:
    assert clean_text(f"A{character}B", 5) == "A\nB"


@pytest.mark.parametrize("space", ["\t", "\u00a0", "\u2003", "\u202f", "\u2800", "\u3000", "  "])
def test_a_line_has_single_spaces(space: str) -> None:
    assert clean_line(f"{space}Ani{space}Maria{space}", 9) == "Ani Maria"


def test_tabs_and_spaces_within_a_text_stay() -> None:
    assert clean_text("\u00a0a\tb\u00a0c  d\n", 9) == "a\tb\u00a0c  d"


def test_where_a_forbidden_character_stands_is_said() -> None:
    with pytest.raises(TextRefused) as caught:
        clean_text("first\r\n\r\nthi\x07rd")
    assert "(U+0007) in line 3, at character 4" in caught.value.message
    assert caught.value.params == {"which": "U+0007", "line": 3, "character": 4}


# Soft hyphen, zero-width space, joiner, BOM, picture that was not copied, fillers, tags.
NOISE = "\u00ad\u034f\u115f\u200b\u200c\u200d\u2060\u2063\u206a\u3164\ufeff\uffa0\ufff9\ufffc"
NOISE += "\U0001d159\U00013430\ufe0f\U000e0041\U000e0100"


@pytest.mark.parametrize("character", NOISE)
def test_what_nobody_sees_does_not_pass(character: str) -> None:
    typed = f"{character}An{character}i{character}"
    assert clean_line(typed, 3) == clean_text(typed, 3) == clean_name(typed) == "Ani"
    assert clean_line(character * 3, 0) == clean_text(f"{character}\n {character}", 0) == ""
    assert refusal(clean_name, character) == "required"


@pytest.mark.parametrize(
    "meant",
    [
        "\u0645\u06cc\u0646\u0648\u200c\u0641\u0631",  # a Persian name
        "\u0d9a\u0dca\u200d\u0dc2",  # Sinhala
        "\u0928\u200d",  # at the end of a syllable, as in Malayalam and Bengali
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family
        "\U0001f3f3\ufe0f\u200d\U0001f308",
        "\U0001f1e6\U0001f1f2",  # the flag of Armenia
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # of Scotland
        "1\ufe0f\u20e3",
        "\u2764\ufe0f",
        "\u1820\u180b",  # Mongolian, with a variant of its letter
    ],
)
def test_what_is_spelling_or_a_picture_stays(meant: str) -> None:
    assert clean_line(meant, 20) == clean_text(meant, 20) == meant
    # One joiner or selector is spelling; a row of them is a hidden message.
    assert clean_text(meant + "\u200c\u200d" * 20 + "\ufe0f" * 20, 23) in {
        meant + end for end in ("", "\u200c", "\u200d", "\ufe0f")
    }


@pytest.mark.parametrize("pair", ["\u202a\u202c", "\u202d\u202c", "\u2066\u2069", "\u2068\u2069"])
def test_what_a_phone_puts_round_a_field_goes(pair: str) -> None:
    assert clean_name(f"{pair[0]}Ani{pair[1]}") == "Ani"
    assert clean_name(f"{pair[0]}Ani{pair[1]} {pair[0]}Maria{pair[1]}") == "Ani Maria"
    assert clean_name(f"{pair[0]}Ani") == clean_name(f"\u200eAni{pair[1]}") == "Ani"


def test_a_line_is_not_shown_backwards() -> None:
    assert refusal(clean_line, "A\u202einA\u202c", 10) == "hidden_direction"


@pytest.mark.parametrize("character", BIDI)
def test_a_text_closes_every_turn_of_its_direction(character: str) -> None:
    assert clean_text(f"A{character}B\nC", 10) == "AB\nC"
    closed = {"\u202c": "", "\u2069": ""}.get(
        character, "\u2069" if character in "\u2066\u2067\u2068" else "\u202c"
    )
    turned = f"A {character}B{closed}\nC" if closed else "A B\nC"
    assert clean_text(turned, 10) == turned
    assert clean_text(f"A{character}{closed}", 10) == "A"


def test_marks_of_direction_stay_where_something_runs_from_right_to_left() -> None:
    assert clean_text("C\u200e++ (\u200f)", 9) == "C++ ()"
    assert clean_text("\u05d0\u05d1\u200f!", 9) == "\u05d0\u05d1\u200f!"


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
        assert not cleaned or is_visible(cleaned)
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
        ("\u200b", "required"),
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


PASTED_PHONES = [
    "202-555-0143",
    "202\u2013555\u20130143",
    "202\u2011555\u20110143",
    "202\u2212555\u22120143",
    "202\u2014555\u20140143",
    "(202)\u00a0555-0143",
    "\u202a(202) 555-0143\u202c",
    "\u202d202-555-0143\u202c",
    "\u2068202\u2069 555 0143",
    "(202)  555-0143",
    "202 - 555 - 0143",
    "202.555.0143",
    "202/555-0143",
    "2025550143",
    "202\u00ad555\u200b0143",
    "1-202-555-0143",
    "+1 (202) 555-0143",
    "+1\u00a0202\u2011555\u20110143",
    "tel:+1-202-555-0143",
    "202-555-0143.",
    "\uff12\uff10\uff12\uff0d\uff15\uff15\uff15\uff0d\uff10\uff11\uff14\uff13",
    "\uff08\uff12\uff10\uff12\uff09\u3000\uff15\uff15\uff15\u30000143",
    "\u0662\u0660\u0662-\u0665\u0665\u0665-\u0660\u0661\u0664\u0663",
    "00 1 202 555 0143",
    "001-202-555-0143",
    "tel:+1-202-555-0143",
    "202\u00b7555\u00b70143",
    "\u0968\u0966\u0968 \u096b\u096b\u096b \u0966\u0967\u096a\u0969",
]


@pytest.mark.parametrize("typed", PASTED_PHONES)
def test_a_phone_number_however_it_is_written(typed: str) -> None:
    assert clean_phone(typed) == "202-555-0143"


@pytest.mark.parametrize(
    "rest", [" ext. 5", " ext 5", "x5", " x 5", " extension 12", " #5", ";ext=5", ", extn. 5"]
)
def test_an_extension_is_refused_by_its_name_and_not_cut(rest: str) -> None:
    assert refusal(clean_phone, f"(202) 555-0143{rest}") == "phone_extension"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "555-0143",
        "202-555-014",
        "202-555-01433",
        "102-555-0143",
        "+374 10 555143",
        "+44 20 7946 0018",
        "202-555-0143 202-555-0144",
        "202-555-0143 or 0144",
        "1-800-FLOWERS",
        "202-555-O143",
        "202-555\x000143",
    ],
)
def test_a_phone_number_is_never_guessed(typed: str) -> None:
    assert refusal(clean_phone, typed) == "phone_malformed"


@pytest.mark.parametrize(
    "typed",
    [
        "91204-1234",
        "91204\u20131234",
        "91204\u20111234",
        "91204 1234",
        "91204 -1234",
        "91204 \u2013 1234",
        "912041234",
        "\u00a091204-1234\u200b",
        "\uff19\uff11\uff12\uff10\uff14\uff0d\uff11\uff12\uff13\uff14",
    ],
)
def test_nine_digits_of_a_zip(typed: str) -> None:
    assert clean_zip(typed) == "91204-1234"


@pytest.mark.parametrize(
    "typed",
    [
        "91204",
        "91204.",
        "91204\u00a0",
        "91204\u200b",
        "\u202a91204\u202c",
        "9\u00ad1204",
        "\u0669\u0661\u0662\u0660\u0664",
    ],
)
def test_five_digits_of_a_zip(typed: str) -> None:
    assert clean_zip(typed) == "91204"


@pytest.mark.parametrize(
    "typed", ["", "9120", "9120A", "91204-12", "912045", "CA 91204", "91204-12345", "9 1204"]
)
def test_what_is_no_zip(typed: str) -> None:
    assert refusal(clean_zip, typed) == "zip_malformed"


@pytest.mark.parametrize(
    "typed",
    [
        "ani+x@example.org",
        "ani+x@example.org\u00a0",
        "\u200bani+x@example.org\u200b",
        "\ufeffani+x@example.org",
        "ani+x@example.org\ufffc",
        "\u202aani+x@example.org\u202c",
        "\u2068ani+x\u2069@example.org",
        "ani+x@exam\u00adple.org",
        "ani+x@example\u200b.org",
        "ani+x\uff20example.org",
        "ani+x@example\u3002org",
        "mailto:ani+x@example.org",
        "MAILTO:ani%2Bx@example.org?subject=Hello",
        "<ani+x@example.org>",
        "Ani Example <ani+x@example.org>",
        "ani+x@example.org.",
        "ani+x@example.org,",
        "ani+x@example.org; ",
        "\u201cani+x@example.org\u201d",
        "'ani+x@example.org'.",
        "(ani+x@example.org)",
        "[<ani+x@example.org>]",
        "mailto://ani+x@example.org",
        "\t ani+x@example.org\r\n",
    ],
)
def test_an_address_without_what_it_was_copied_with(typed: str) -> None:
    assert tidy_email(typed) == "ani+x@example.org"


@pytest.mark.parametrize(
    "typed",
    ["a ni@example.org", "a@b.org, c@d.org", "a@b.org <c@d.org>", "a@example.org\nBcc: b@c.org"],
)
def test_what_could_be_two_addresses_stays_as_it_is(typed: str) -> None:
    assert tidy_email(typed) == typed


def test_codes_and_tokens() -> None:
    assert clean_code("\u2068\uff23\uff21\u201330\u2069 ") == "CA-30"
    assert refusal(clean_code, "x" * 65) == "too_long"
    assert tidy_token(" ab-c\u200b\r\n d_e\u00a0") == "ab-cd_e"


@given(everything)
def test_tidy_is_tidy(value: str) -> None:
    for tidy in (tidy_line, tidy_text, tidy_code, tidy_token):
        assert tidy(tidy(value)) == tidy(value)
