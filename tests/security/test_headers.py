import pytest

from api.security.headers import Kind, embed_policy, security_headers


def table(kind: Kind, *, https: bool = True) -> dict[str, str]:
    raw = security_headers(kind, https=https)
    assert len({name for name, _ in raw}) == len(raw)
    assert all(name == name.lower() for name, _ in raw)
    return {name.decode(): value.decode() for name, value in raw}


def policy(headers: dict[str, str]) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize("kind", list(Kind))
def test_no_answer_allows_inline_or_strangers(kind: Kind) -> None:
    headers = table(kind)
    rules = policy(headers)
    assert rules["default-src"] == rules["base-uri"] == "'none'"
    rules.pop("frame-ancestors")
    assert set(rules.values()) <= {"'none'", "'self'"}
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "geolocation=()" in headers["permissions-policy"]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.CARD])
def test_only_a_card_is_framed_by_anybody(kind: Kind) -> None:
    headers = table(kind)
    assert policy(headers)["frame-ancestors"] == "'none'"
    assert (headers.get("x-frame-options") == "DENY") is (kind is not Kind.EMBED)


def test_a_card_is_framed_anywhere_and_sends_nothing() -> None:
    headers = table(Kind.CARD)
    assert policy(headers)["frame-ancestors"] == "*"
    assert policy(headers)["form-action"] == "'none'"
    assert "x-frame-options" not in headers


def test_an_embedded_form_is_framed_by_those_named_and_nobody_else() -> None:
    named = embed_policy(["https://a.example", "https://b.example"])
    rules = policy({"content-security-policy": named})
    assert rules["frame-ancestors"] == "'self' https://a.example https://b.example"
    assert {**rules, "frame-ancestors": "'none'"} == policy(table(Kind.EMBED))


def test_only_what_is_the_same_for_all_or_embedded_is_loaded_by_strangers() -> None:
    policies = {kind: table(kind)["cross-origin-resource-policy"] for kind in Kind}
    shared = {kind for kind, said in policies.items() if said != "same-origin"}
    assert shared == {Kind.STATIC, Kind.CARD, Kind.EMBED}


def test_scripts_run_only_on_pages_and_only_our_own() -> None:
    with_scripts = {kind for kind in Kind if "script-src" in policy(table(kind))}
    assert with_scripts == {
        Kind.PAGE,
        Kind.TOKEN_PAGE,
        Kind.CARD,
        Kind.EMBED,
        Kind.PREVIEW,
    }
    frames = {kind for kind in Kind if "frame-src" in policy(table(kind))}
    assert frames == {Kind.PREVIEW}
    assert policy(table(Kind.PAGE))["script-src"] == "'self'"
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
