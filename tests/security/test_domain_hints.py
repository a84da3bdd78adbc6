import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.security.addresses import suggest_domain

REAL = """
    mail.com email.com ymail.com gmx.com mail.ru me.com mac.com pm.me yahoo.co.uk hotmail.co.uk
    example.org usc.edu harvard.edu house.gov aim.com hey.com mit.edu att.com live.ca x.org
"""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("GMAI.COM", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("yaho.com", "yahoo.com"),
        ("yahooo.com", "yahoo.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotmal.cm", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("iclould.com", "icloud.com"),
        ("comcas.net", "comcast.net"),
        ("protonmial.com", "protonmail.com"),
    ],
)
def test_a_slip_gets_a_hint(typed: str, meant: str) -> None:
    assert suggest_domain(f"ani@{typed}") == meant
    assert suggest_domain(f"ani@{meant}") is None


@pytest.mark.parametrize("domain", REAL.split())
def test_real_domains_get_none(domain: str) -> None:
    assert suggest_domain(f"ani@{domain}") is None


@given(st.text(st.characters(), max_size=300))
def test_any_text_is_harmless(text: str) -> None:
    suggest_domain(text)
