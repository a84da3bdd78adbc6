"""An error as a page: what happened, in a sentence, and a way on."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from api.errors import DomainError, Unavailable
from api.pages.errors import told
from api.pages.visitor import view_of


def error_page(request: Request, error: DomainError) -> Response:
    """The page of a domain error, in the visitor's language."""
    view = view_of(request)
    if request.method != "GET":
        # There is nothing to come back to by a link.
        view = replace(view, offered=(), path=None)
    title, sentence = told(error)
    context = {"title": title, "sentence": sentence, "status": error.status}
    headers = {"Cache-Control": "no-store"}
    if error.status == Unavailable.status:
        headers["Retry-After"] = "60"
    headers |= error.headers
    return view.render("error.html.j2", context, status=error.status, headers=headers)
