"""The one table of security headers, by kind of answer.

Values are raw ASGI pairs made once, so that adding them costs a tuple. No answer allows inline
script or style, framing, or anything from another origin.
"""

from enum import StrEnum
from functools import cache
from typing import Final

RawHeaders = tuple[tuple[bytes, bytes], ...]


class Kind(StrEnum):
    """What is answered. A token page has a mailed token in its address."""

    PAGE = "page"
    TOKEN_PAGE = "token_page"  # noqa: S105 - a kind of page, no password
    API = "api"
    STATIC = "static"


_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_SCRIPTS: Final = "; script-src 'self'; connect-src 'self'"
_POLICY: Final = {
    Kind.PAGE: _PAGE,
    Kind.TOKEN_PAGE: _PAGE,
    Kind.API: _NOTHING,
    Kind.STATIC: _NOTHING,
}
_EVERYWHERE: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), "
        "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
    ),
}
_BY_KIND: Final[dict[Kind, dict[str, str]]] = {
    Kind.PAGE: {"Referrer-Policy": "same-origin"},
    Kind.TOKEN_PAGE: {
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow",
    },
    Kind.API: {"Referrer-Policy": "no-referrer"},
    Kind.STATIC: {"Referrer-Policy": "no-referrer"},
}
_HSTS: Final = "max-age=31536000"


@cache
def security_headers(kind: Kind, *, https: bool, scripts: bool = False) -> RawHeaders:
    """The headers of an answer, names in lower case.

    ``https``: whether the public URL is https, since only then HSTS is true. ``scripts``:
    whether a page brings scripts of its own origin.
    """
    policy = _POLICY[kind] + (_SCRIPTS if scripts else "")
    table = {"Content-Security-Policy": policy, **_EVERYWHERE, **_BY_KIND[kind]}
    if https:
        table["Strict-Transport-Security"] = _HSTS
    return tuple((name.lower().encode(), value.encode()) for name, value in table.items())
