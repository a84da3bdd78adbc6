"""The stand-in as a web application: the endpoints of both chambers, a control, a ledger.

``POST /control/{chamber}`` takes a script (``ChamberScript``), ``GET /ledger`` lists what was
taken, ``DELETE /ledger`` forgets it.
"""

import asyncio
import re
from typing import Any, Final
from xml.sax.saxutils import escape

import orjson
from lxml import etree
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.sandbox.checks import STATES, NotXml, problems, read
from api.sandbox.ledger import Ledger
from api.sandbox.script import ChamberScript, Playing, Rule

HANG_SECONDS: Final = 600.0
OK: Final = {"house": 200, "senate": 201}
ANY_OFFICE: Final = {"house": "H[A-Z]{2}[0-9]{2}", "senate": "S[A-Z]{2}0[1-3]"}
# The offices of a sandbox that was given no list: more than Congress has.
NUMBERS: Final = range(54)


class Cut(Response):
    """No answer at all: the connection ends."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002
        scope["cut"]()


class Sandbox:
    """The state of one stand-in."""

    def __init__(
        self, ledger: Ledger | None = None, scripts: dict[str, ChamberScript] | None = None
    ) -> None:
        scripts = scripts or {}
        defaults = {"house": ChamberScript(), "senate": ChamberScript(objects=True)}
        self.ledger = ledger or Ledger()
        self.playing = {
            chamber: Playing(scripts.get(chamber, script)) for chamber, script in defaults.items()
        }
        self.requests: dict[str, int] = {"house": 0, "senate": 0}

    @property
    def app(self) -> Any:
        routes = [
            Route("/v2/message", self._message("house", "any"), methods=["POST"]),
            Route("/v2/validate", self._message("house", "validate"), methods=["POST"]),
            Route("/v2/offices", self._offices("house")),
            Route(
                "/api/production-messages/", self._message("senate", "production"), methods=["POST"]
            ),
            Route("/api/testing-messages/", self._message("senate", "test"), methods=["POST"]),
            Route("/api/active_offices", self._offices("senate")),
            Route("/control/{chamber}", self.control, methods=["POST"]),
            Route("/control", self.show),
            Route("/ledger", self.read_ledger, methods=["GET"]),
            Route("/ledger", self.forget, methods=["DELETE"]),
        ]
        return _Cuttable(Starlette(routes=routes))

    async def control(self, request: Request) -> Response:
        chamber = request.path_params["chamber"]
        if chamber not in self.playing:
            return Response(status_code=404)
        try:
            script = ChamberScript.model_validate_json(await request.body())
        except ValidationError as error:
            return Response(str(error), 400)
        self.playing[chamber] = Playing(script)
        return _json({"chamber": chamber, **self.playing[chamber].as_json()})

    async def show(self, _request: Request) -> Response:
        return _json({name: playing.as_json() for name, playing in self.playing.items()})

    async def read_ledger(self, _request: Request) -> Response:
        return _json({"accepted": self.ledger.entries, "requests": self.requests})

    async def forget(self, _request: Request) -> Response:
        self.ledger = Ledger()
        self.requests = dict.fromkeys(self.requests, 0)
        return Response(status_code=204)

    def _offices(self, chamber: str) -> Any:
        async def answer(request: Request) -> Response:
            playing = self.playing[chamber]
            if playing.down:
                return Cut()
            if request.query_params.get("apikey") not in playing.script.keys:
                return Response(status_code=403)
            codes = playing.script.offices
            listed = _every(chamber) if codes is None else list(codes)
            if not playing.script.objects:
                return _json(listed)
            return _json([{"name": f"The office {code}", "office_code": code} for code in listed])

        return answer

    def _message(self, chamber: str, environment: str) -> Any:
        async def answer(request: Request) -> Response:
            playing = self.playing[chamber]
            self.requests[chamber] += 1
            if playing.down:
                return Cut()
            refused = self._refused(request, playing)
            if refused is not None:
                return refused
            body = await request.body()
            rule = playing.next_rule()
            if rule is not None:
                await asyncio.sleep(rule.seconds)
                if not rule.act.startswith(("answer", "accept")):
                    return await _misbehave(rule)
            taken = self._take(chamber, environment, body)
            if rule is not None and rule.act != "answer" and taken.status_code < 300:  # noqa: PLR2004
                return await _misbehave(rule)
            return taken

        return answer

    def _refused(self, request: Request, playing: Playing) -> Response | None:
        if request.query_params.get("apikey") not in playing.script.keys:
            return Response(status_code=403)
        kind = request.headers.get("content-type", "").partition(";")[0]
        return None if kind == "application/xml" else Response(status_code=415)

    def _take(self, chamber: str, environment: str, body: bytes) -> Response:
        try:
            root = read(body)
        except NotXml:
            return _errors(["The body is not well-formed XML"])
        found = problems(root, chamber) or self._unwanted(root, chamber)
        if found:
            return _errors(found)
        if environment == "validate":
            return Response("Validation Passed")
        delivery_id = _text(root, "Delivery/DeliveryId").strip()
        if self.playing[chamber].script.deduplicates and self.ledger.has(chamber, delivery_id):
            return Response(status_code=409)
        facts = {
            "id": delivery_id,
            "office": _text(root, "Recipient/MemberOffice"),
            "campaign": _text(root, "Delivery/CampaignId"),
        }
        self.ledger.add(chamber, environment, body, **facts)
        return Response(status_code=OK[chamber])

    def _unwanted(self, root: etree._Element, chamber: str) -> list[str]:
        script = self.playing[chamber].script
        if script.agent is not None and _text(root, "Delivery/DeliveryAgent") != script.agent:
            return ["DeliveryAgent Mismatch"]
        office = _text(root, "Recipient/MemberOffice").strip()
        listed = script.offices is None or office in script.offices
        known = re.fullmatch(ANY_OFFICE[chamber], office)
        return [] if known and listed else [f"Message delivery is not enabled for {office}"]


async def _misbehave(rule: Rule) -> Response:
    if rule.act.endswith("hang"):
        await asyncio.sleep(HANG_SECONDS)
    if rule.act != "status":
        return Cut()
    headers = {} if rule.retry_after is None else {"Retry-After": str(rule.retry_after)}
    if rule.text is not None:
        return _errors([rule.text], rule.status)
    return Response(status_code=rule.status, headers=headers)


class _Cuttable:
    """Gives the application a way to cut the connection of a request."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        cycle = getattr(send, "__self__", None)  # uvicorn's, which knows its transport
        cut = cycle.transport.abort if cycle is not None else lambda: None
        await self._app({**scope, "cut": cut}, receive, send)


def _every(chamber: str) -> list[str]:
    states = ["AQ" if state == "AS" and chamber == "house" else state for state in STATES]
    if chamber == "senate":
        return [f"S{state}0{number}" for state in states for number in (1, 2, 3)]
    return [f"H{state}{number:02d}" for state in states for number in NUMBERS]


def _text(root: etree._Element, path: str) -> str:
    return root.findtext(path) or ""


def _errors(texts: list[str], status: int = 400) -> Response:
    inner = "".join(f"<Error>{escape(text)}</Error>" for text in texts)
    return Response(f"<Errors>{inner}</Errors>", status, media_type="application/xml")


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")
