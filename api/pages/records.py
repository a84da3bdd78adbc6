"""What members of Congress did: the tracker, with its filters as a plain form."""

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.campaigns.tracker import WEIGHT, Chamber, Wanted, parties, track
from api.letters.places import state_name
from api.pages.open_graph import page_graph
from api.pages.visitor import view_of
from api.services import now
from api.targets.days import eastern_date

router = APIRouter(include_in_schema=False)

CACHED = {"Cache-Control": "public, max-age=60", "Vary": "Accept-Language"}
ON_A_PAGE = 60
FILTERS = ("chamber", "state", "party", "what")


@router.get("/records")
async def show_records(request: Request) -> Response:
    """Members by chamber, state and party, with what they did and where that is written."""
    plain = view_of(request)
    today, published = eastern_date(now()), plain.services.published
    states = sorted({h.state for h in published.directory.seats(today) if h.state})
    choices: Mapping[str, tuple[str, ...]] = {
        "chamber": get_args(Chamber),
        "state": tuple(states),
        "party": tuple(parties(published.directory, today)),
        "what": WEIGHT,
    }
    # A value that is not one of the choices was typed into the address; it is ignored.
    chosen = {
        name: value
        for name in FILTERS
        if (value := request.query_params.get(name, "")) in choices[name]
    }
    wanted = Wanted(**chosen)  # type: ignore[arg-type]
    members = track(published.catalog.dossier, published.directory, wanted, today)
    first = _first(request.query_params.get("from", ""), len(members))
    view = replace(plain, query={**(plain.query or {}), **chosen})
    context = {
        "members": members[first : first + ON_A_PAGE],
        "number": len(members),
        "chosen": {name: chosen.get(name, "") for name in FILTERS},
        "filtered": bool(chosen),
        "choices": choices,
        "states": [(code, state_name(code).removeprefix("the ")) for code in states],
        "before": _address(chosen, view.language, first - ON_A_PAGE) if first else None,
        "after": _address(chosen, view.language, first + ON_A_PAGE)
        if first + ON_A_PAGE < len(members)
        else None,
        "as_of": published.directory.as_of,
        "og": page_graph(plain, "records"),
    }
    return view.render("records.html.j2", context, headers=CACHED)


def _first(text: str, number: int) -> int:
    """Where the page begins: a whole number of pages from the start, within the list."""
    known = text.isascii() and text.isdecimal() and len(text) < len(str(2**31))
    page = int(text) // ON_A_PAGE if known else 0
    return page * ON_A_PAGE if page * ON_A_PAGE < number else 0


def _address(chosen: Mapping[str, str], language: str, first: int) -> str:
    query = {**chosen, **({"from": str(first)} if first > 0 else {}), "lang": language}
    return f"/records?{urlencode(query)}"
