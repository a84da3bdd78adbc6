import pytest

from api.security.headers import Kind, security_headers


def table(kind: Kind, *, https: bool = True, scripts: bool = False) -> dict[str, str]:
    raw = security_headers(kind, https=https, scripts=scripts)
    assert len({name for name, _ in raw}) == len(raw)
    assert all(name == name.lower() for name, _ in raw)
    return {name.decode(): value.decode() for name, value in raw}


def policy(headers: dict[str, str]) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("scripts", [False, True])
def test_no_answer_allows_inline_framing_or_strangers(kind: Kind, scripts: bool) -> None:
    headers = table(kind, scripts=scripts)
    rules = policy(headers)
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert set(rules.values()) <= {"'none'", "'self'"}
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "geolocation=()" in headers["permissions-policy"]


def test_scripts_run_only_where_a_page_brings_its_own() -> None:
    assert "script-src" not in policy(table(Kind.PAGE))
    assert policy(table(Kind.PAGE, scripts=True))["script-src"] == "'self'"
    assert policy(table(Kind.PAGE))["form-action"] == "'self'"
    assert policy(table(Kind.API))["form-action"] == "'none'"


def test_a_token_page_is_neither_kept_nor_told_on() -> None:
    headers = table(Kind.TOKEN_PAGE)
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]


def test_hsts_only_where_the_public_url_is_https() -> None:
    for kind in Kind:
        assert "strict-transport-security" in table(kind, https=True)
        assert "strict-transport-security" not in table(kind, https=False)


def test_the_table_is_made_once() -> None:
    assert security_headers(Kind.PAGE, https=True) is security_headers(Kind.PAGE, https=True)
