"""Error pages: what happened, in a sentence, and what to do next."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from api.errors import DomainError, Unavailable
from api.pages.errors import KEPT, told
from api.pages.flow_form import read_pairs
from api.pages.visitor import view_of

FORM = "application/x-www-form-urlencoded"


async def kept_page(request: Request, error: DomainError) -> Response:
    """The page of a request that was refused before it was looked at: what was posted stays in
    the page, with a button that posts it again. Raises BadForm."""
    if not request.headers.get("content-type", "").startswith(FORM):
        return error_page(request, error)
    return error_page(request, error, await read_pairs(request))


def error_page(
    request: Request, error: DomainError, kept: Sequence[tuple[str, str]] | None = None
) -> Response:
    """The page of a domain error, in the visitor's language. ``kept`` is to be posted again."""
    view = view_of(request, otherwise=dict(kept or ()).get("lang"))
    if request.method != "GET":
        # A posted page has no address that a link could lead back to.
        view = replace(view, offered=(), path=None)
    title, sentence = told(error)
    if kept is not None:
        sentence = KEPT
    url = request.url
    context = {
        "title": title,
        "sentence": sentence,
        "status": error.status,
        "kept": kept,
        "again": f"{url.path}?{url.query}" if url.query else url.path,
    }
    headers = {"Cache-Control": "no-store"}
    if error.status == Unavailable.status:
        headers["Retry-After"] = "60"
    headers |= error.headers
    return view.render("error.html.j2", context, status=error.status, headers=headers)
