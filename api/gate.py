"""Requests that are refused before any route sees them.

- A **form that another site sends**: any page on the web can make its visitors' browsers post
  here, from their addresses. Browsers say where a request comes from (``Sec-Fetch-Site``, or
  ``Origin`` where they are older); programs say neither, and are let in.
- A **host that is not ours**, in production: a page whose name was pointed at this server
  (DNS rebinding) would count as our own site.
- **Control characters** in an address, a ``Content-Length`` that is no length.

Nothing here reads the body, and nothing waits.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from starlette.types import Scope

from api.errors import DomainError, FieldError
from api.services import Services

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
MAX_ADDRESS: Final = 8 * 1024
LONGEST_LENGTH: Final = 18  # digits of a Content-Length
# Control characters in a path, decoded once, and in a query, as it was sent. Tabs and line breaks
# in a query are left to the code that reads it.
_IN_PATH: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_IN_QUERY: Final = re.compile(rb"[\x00-\x20\x7f]|%(?:0[0-8BCEFbcef]|1[0-9A-Fa-f]|7[Ff])")
_FIELD: Final = re.compile(r"[a-z_]{1,40}")
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{0,5})?", re.ASCII)

# Names within one's own network, which nobody outside can point at a server (RFC 6762, 8375).
_NEARBY: Final = re.compile(
    r"(?:[a-z0-9-]+|(?:[a-z0-9-]+\.)+(?:local|lan|internal|home\.arpa|localhost))(?::[0-9]{1,5})?",
    re.ASCII,
)


class Senders(StrEnum):
    """From which sites' pages a browser may post to a route."""

    OURS = "ours"
    # Pages of partners that hold the campaign's form inline, beside our own.
    PARTNERS = "partners"
    # Whoever has the mailed token: mail services post there (RFC 8058).
    ANYBODY = "anybody"


# By the beginning of a path; any other path, present or future, accepts our own pages only.
SENDERS: Final = {
    "/c/": Senders.PARTNERS,
    "/embed/": Senders.PARTNERS,
    "/unsubscribe/": Senders.ANYBODY,
}
# Where an old browser's ``Origin: null`` is our own page's, since these send no referrer. All but
# the form that asks for a link by mail have a token, which no other site knows.
TOKEN_PAGES: Final = ("/confirm/", "/pending/", "/me/", "/self-service", "/own-data")
# Monitors and load balancers use whatever name they know the machine by.
FOR_MONITORS: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class CrossSite(DomainError):
    status = 403
    code = "cross_site"
    title = "This was sent from another site"


class WrongHost(DomainError):
    status = 421
    code = "wrong_host"
    title = "This is another site's name"


class MalformedRequest(DomainError):
    status = 400
    code = "malformed_request"
    title = "The request cannot be read"


class AddressTooLong(DomainError):
    status = 414
    code = "address_too_long"
    title = "The address is too long"


@dataclass(frozen=True, slots=True)
class Gate:
    """``origin`` is the public URL; ``strict`` refuses other hosts' names."""

    origin: str
    strict: bool

    def refuse(self, scope: Scope) -> None:
        """Raises CrossSite, WrongHost, MalformedRequest or AddressTooLong."""
        refuse_address(scope)
        said = _said(scope)
        refuse_length(said.get(b"content-length"))
        if self.strict and scope["path"] not in FOR_MONITORS:
            self._refuse_host(said.get(b"host"))
        if scope["method"] not in SAFE_METHODS:
            self._refuse_sender(scope, said)

    def _refuse_host(self, host: bytes | None) -> None:
        """Raises WrongHost. An IP address cannot be used for DNS rebinding, and old programs send
        no Host; both are accepted."""
        if host is None or names_nobody_else(host.decode("latin-1"), self.origin):
            return
        raise WrongHost(f"This server is {self.origin}: let a proxy pass the Host on as it came.")

    def _refuse_sender(self, scope: Scope, said: dict[bytes, bytes]) -> None:
        site, origin = said.get(b"sec-fetch-site"), said.get(b"origin")
        if site in {b"same-origin", b"none"} or (site is None and origin is None):
            return
        path: str = scope["path"]
        if site is None and self._is_ours(path, origin, said.get(b"host", b"")):
            return
        senders = next((s for begin, s in SENDERS.items() if path.startswith(begin)), Senders.OURS)
        if senders is Senders.ANYBODY:
            return
        if senders is Senders.PARTNERS and is_inline_partner(scope, origin):
            return
        raise CrossSite("Nothing was stored. Open the page on this site, and send it from there.")

    def _is_ours(self, path: str, origin: bytes | None, host: bytes) -> bool:
        if origin == b"null":
            return path.startswith(TOKEN_PAGES)
        if origin == self.origin.encode("ascii"):
            return True
        return not self.strict and self._is_nearby(origin or b"", host.decode("latin-1"))

    def _is_nearby(self, origin: bytes, host: str) -> bool:
        """Whether a page of this very server was opened by another address of it, as a phone does
        that tries out somebody's laptop. Of such pages browsers say the Origin alone."""
        own = f"http://{host.lower()}", f"https://{host.lower()}"
        if origin.decode("latin-1") not in own:
            return False
        return names_nobody_else(host, self.origin) or bool(_NEARBY.fullmatch(host.lower()))


def is_inline_partner(scope: Scope, origin: bytes | None) -> bool:
    """Whether a page of this origin holds the form of the campaign in this path inline."""
    if origin is None or origin == b"null":
        return False
    services: Services = scope["app"].state.services
    slug = scope["path"].split("/")[2]
    published = services.published.catalog.campaigns.get(slug)
    partners = services.partners.of(published.campaign.partners) if published else ()
    name = origin.decode("latin-1")
    return any(name in partner.origins for partner in partners if partner.inline)


def names_nobody_else(host: str, origin: str) -> bool:
    """Whether a Host header is the public URL's, this machine's, or an address."""
    found = _HOST.fullmatch(host.lower())
    if found is None:
        return False
    name = found[1].strip("[]").rstrip(".")
    if name in {urlsplit(origin).hostname, "localhost"}:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def refuse_address(scope: Scope) -> None:
    """Raises AddressTooLong, or MalformedRequest that names what holds a control character."""
    query: bytes = scope.get("query_string", b"")
    if len(scope["path"]) + len(query) > MAX_ADDRESS:
        raise AddressTooLong(f"At most {MAX_ADDRESS // 1024} KiB fit: send the rest as a body.")
    if _IN_PATH.search(scope["path"]):
        raise _control_character("path")
    if query and _IN_QUERY.search(query):
        raise _control_character(_parameter(query))


def refuse_length(length: bytes | None) -> None:
    """Raises MalformedRequest for what is no number of bytes."""
    if length is not None and not (length.isdigit() and len(length) <= LONGEST_LENGTH):
        raise MalformedRequest("Content-Length is no number of bytes.")


def _said(scope: Scope) -> dict[bytes, bytes]:
    """The headers by name. Raises MalformedRequest where one that must be single is not."""
    said: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if said.setdefault(name, value) != value and name in _SINGLE:
            raise MalformedRequest(f"The header {name.decode()} stands twice.")
    return said


_SINGLE: Final = frozenset({b"host", b"content-length", b"origin", b"sec-fetch-site"})


def _parameter(query: bytes) -> str:
    """The name of the parameter with a control character, where it is a name."""
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if _IN_PATH.search(value) and _FIELD.fullmatch(name):
            return name
    return "query"


def _control_character(where: str) -> MalformedRequest:
    sentence = "Leave out the control characters."
    return MalformedRequest(sentence, fields=[FieldError(where, "control_character", sentence)])
