"""What is an origin, and what is not."""

import pytest

from api.partners.origins import clean_origin


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://www.example.org", "https://www.example.org"),
        (" HTTPS://Example.ORG/ ", "https://example.org"),
        ("https://example.org:443", "https://example.org"),
        ("https://example.org:8443", "https://example.org:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://xn--y9a3aq.example", "https://xn--y9a3aq.example"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(typed: str, origin: str) -> None:
    assert clean_origin(typed) == origin


@pytest.mark.parametrize(
    "typed",
    [
        *("", "example.org", "http://example.org", "ftp://example.org", "https://", "*"),
        *("https://*.example.org", "https://example.org/page", "https://example.org?a=b"),
        *("https://user@example.org", "https://example.org:port", "https://example.org:99999"),
        *("https://example.org; script-src *", "https://example.org 'unsafe-inline'", "null"),
        *("https://[::1]", "https://հայ.example", "https://example.org#x", "data:text/html,x"),
    ],
)
def test_what_is_no_origin_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"origin"):
        clean_origin(typed)
