"""All security headers, by kind of answer.

Values are raw ASGI pairs made once, so that adding them is cheap. No answer allows inline script
or style, or anything from another origin. An embedded form may be framed by the origins that its
routes name, and a card by anybody, since there is nothing on it to click but a link.
"""

from collections.abc import Iterable, MutableMapping
from enum import StrEnum
from functools import cache
from typing import Any, Final

RawHeaders = tuple[tuple[bytes, bytes], ...]


class Kind(StrEnum):
    """What is answered. A token page has a mailed token in its address; an embedded form stands
    on partners' sites, and a card shows a campaign on any."""

    PAGE = "page"
    TOKEN_PAGE = "token_page"  # noqa: S105 - a kind of page, no password
    EMBED = "embed"
    API = "api"
    STATIC = "static"
    CARD = "card"
    PREVIEW = "preview"


_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_EMBED: Final = f"{_PAGE}; connect-src 'self'"
_PREVIEW: Final = f"{_EMBED}; frame-src 'self'"
_CARD: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors *"
)
_POLICY: Final = {
    Kind.PAGE: _PAGE,
    Kind.TOKEN_PAGE: _PAGE,
    Kind.EMBED: _EMBED,
    Kind.API: _NOTHING,
    Kind.STATIC: _NOTHING,
    Kind.CARD: _CARD,
    Kind.PREVIEW: _PREVIEW,
}
_EVERYWHERE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), "
        "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
    ),
}
_OURS: Final = {"X-Frame-Options": "DENY", "Cross-Origin-Resource-Policy": "same-origin"}
# A sandboxed frame has an opaque origin: even files of its own page are cross-origin.
_ANYBODYS: Final = {"Cross-Origin-Resource-Policy": "cross-origin"}
_BY_KIND: Final[dict[Kind, dict[str, str]]] = {
    Kind.PAGE: {**_OURS, "Referrer-Policy": "same-origin"},
    Kind.TOKEN_PAGE: {
        **_OURS,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow",
    },
    Kind.EMBED: {**_ANYBODYS, "Referrer-Policy": "same-origin"},
    # The default; an answer that may be cached sets its own.
    Kind.API: {**_OURS, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"},
    Kind.STATIC: {
        **_ANYBODYS,
        "Access-Control-Allow-Origin": "*",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
    },
    Kind.PREVIEW: {**_OURS, "Referrer-Policy": "same-origin"},
    Kind.CARD: {**_ANYBODYS, "Referrer-Policy": "strict-origin"},
}
_HSTS: Final = "max-age=31536000"


def embed_policy(ancestors: Iterable[str]) -> str:
    """The Content-Security-Policy of an embedded form that these origins may frame."""
    named = " ".join(("'self'", *ancestors))
    return _EMBED.replace("frame-ancestors 'none'", f"frame-ancestors {named}")


@cache
def security_headers(kind: Kind, *, https: bool) -> RawHeaders:
    """The headers of an answer, names in lower case.

    ``https``: whether the public URL is https, since only then HSTS is true.
    """
    table = {"Content-Security-Policy": _POLICY[kind], **_EVERYWHERE, **_BY_KIND[kind]}
    if https:
        table["Strict-Transport-Security"] = _HSTS
    return tuple((name.lower().encode(), value.encode()) for name, value in table.items())


def add_headers(scope: MutableMapping[str, Any], headers: RawHeaders) -> None:
    """Have the edge add these to the answer of the request, whichever it will be."""
    scope["state"]["headers"] = (*scope["state"].get("headers", ()), *headers)


def added_headers(scope: MutableMapping[str, Any]) -> RawHeaders:
    """What ``add_headers`` was given for this request."""
    headers: RawHeaders = scope["state"].get("headers", ())
    return headers
