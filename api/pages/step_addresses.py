"""Redirects for people who open the address of a form's step directly.

A step only answers a POST, but its address appears in the address bar: people bookmark it, send it
to a friend, or restore it with their browser's windows.
"""

import re
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.routing import Match

from api.i18n import LANGUAGES
from api.pages.visitor import carried

# Steps whose screen is not at the beginning of their own address.
ELSEWHERE: Final = (
    (re.compile(r"(/me/[^/]+)/letters/[^/]+/done"), r"\1"),
    (re.compile(r"/own-data(?:/.*)?"), "/self-service"),
)


def way_back(request: Request) -> str | None:
    """The screen that a step's address belongs to, with partner, referral and language.

    None where there is none, and for what is not a page that is asked for.
    """
    path = _screen(request) if request.method in {"GET", "HEAD"} else None
    if path is None:
        return None
    asked = request.query_params.get("lang")
    query = {**carried(request), **({"lang": asked} if asked in LANGUAGES else {})}
    return f"{path}?{urlencode(query)}" if query else path


def _screen(request: Request) -> str | None:
    path = request.url.path
    for step, screen in ELSEWHERE:
        if match := step.fullmatch(path):
            return match.expand(screen)
    while path.count("/") > 1:
        path = path.rpartition("/")[0]
        scope = {**request.scope, "method": "GET", "path": path}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            return path
    return None
