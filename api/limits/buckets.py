"""Every bucket, and which route takes from which one. The numbers are in this file only.

A client is an IPv4 address or an IPv6 network of 64 bits, and may be a congregation, a school or
a mobile carrier: the capacities let five hundred people sign in ten minutes from one address.
docs/api.md has the same table; a test compares them.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

SHARED: Final = 16
LEASE_SECONDS: Final = 20.0
PROCESSES: Final = 4


@dataclass(frozen=True)
class Bucket:
    """``capacity`` tokens at most, ``per_minute`` more each minute; a request takes one."""

    name: str
    capacity: int
    per_minute: int
    what: str

    @property
    def quantum(self) -> int:
        """How many tokens a process leases at once at most, so that no row is hot."""
        return max(1, self.capacity // 50)

    @property
    def per_second(self) -> float:
        return self.per_minute / 60

    @cached_property
    def allowance(self) -> int:
        """How many tokens a process gives out in ``LEASE_SECONDS`` before it asks for a lease.

        So few that four processes together give out no more than what fills the bucket again.
        """
        refilled = self.per_second * LEASE_SECONDS
        return min(self.quantum - 1, int(refilled / PROCESSES))

    def shared(self) -> "Bucket":
        """The same for many clients at once: a /48 of IPv6, or those whom nobody can tell apart."""
        return _shared(self)


@cache
def _shared(bucket: Bucket) -> Bucket:
    size, rate = bucket.capacity * SHARED, bucket.per_minute * SHARED
    return Bucket(f"{bucket.name} shared", size, rate, bucket.what)


_ALL: Final = (
    Bucket("forms", 1000, 120, "submissions and signatures"),
    Bucket("previews", 2000, 600, "letters shown before they are sent, and screens of the form"),
    Bucket("look-ups", 300, 60, "targets by street, which ask a geocoder"),
    Bucket("mails", 300, 60, "what makes a mail go out: resending, links to one's own data"),
    Bucket("links", 3000, 600, "what a mailed link leads to, with a right or a wrong token"),
    Bucket("prints", 800, 240, "PDFs"),
    Bucket("pictures", 600, 300, "pictures for shared links"),
    Bucket("lists", 2000, 600, "lists that are read from the database"),
    Bucket("organizers", 3000, 1200, "the organizers' API"),
)
BUCKETS: Final = {bucket.name: bucket for bucket in _ALL}

_CAMPAIGN: Final = "/api/v1/campaigns/{slug}"
_FORM: Final = {
    "/language": "previews",
    "/letters": "previews",
    "/send": "forms",
    "/sign": "forms",
    "/sign/language": "previews",
    "/sent/{submission_id}/resend": "mails",
}

LIMITED: Final = {
    f"POST {_CAMPAIGN}/submissions": "forms",
    f"POST {_CAMPAIGN}/sign-ons": "forms",
    f"POST {_CAMPAIGN}/letters": "previews",
    f"POST {_CAMPAIGN}/targets": "look-ups",
    f"GET {_CAMPAIGN}/targets": "previews",
    f"GET {_CAMPAIGN}/sign-ons": "lists",
    f"GET {_CAMPAIGN}/statement": "lists",
    f"GET {_CAMPAIGN}/statement.pdf": "prints",
    f"GET {_CAMPAIGN}/history.csv": "lists",
    "GET /api/v1/records": "lists",
    "POST /api/v1/confirmations": "links",
    "POST /api/v1/confirmations/discard": "links",
    "POST /api/v1/confirmations/resend": "mails",
    "POST /api/v1/self-service": "links",
    "POST /api/v1/self-service/display": "links",
    "POST /api/v1/self-service/erase": "links",
    "POST /api/v1/self-service/links": "mails",
    "POST /api/v1/self-service/open": "links",
    "POST /api/v1/self-service/withdraw": "links",
    **{
        f"POST {root}/{{slug}}{path}": name
        for root in ("/c", "/embed")
        for path, name in _FORM.items()
    },
    "POST /c/{slug}/sign/organization": "forms",
    "GET /c/{slug}/statement": "lists",
    "GET /records": "lists",
    "GET /card/pages/{page}.png": "pictures",
    "GET /card/{slug}.png": "pictures",
    "GET /confirm/{token}": "links",
    "POST /confirm/{token}": "links",
    "POST /confirm/{token}/discard": "links",
    "POST /confirm/{token}/page": "links",
    "GET /pending/{token}": "links",
    "POST /pending/{token}": "mails",
    "POST /pending/{token}/discard": "links",
    "GET /me/{token}": "links",
    "GET /me/{token}/letters/{letter_id}": "links",
    "GET /me/{token}/letters/{letter_id}.pdf": "prints",
    "POST /me/{token}/letters/{letter_id}/done": "links",
    "POST /own-data": "links",
    "POST /own-data/download": "links",
    "POST /own-data/erase": "links",
    "POST /own-data/signature": "links",
    "POST /self-service": "mails",
    "GET /self-service/{link}": "links",
    "GET /unsubscribe/{token}": "links",
    "POST /unsubscribe/{token}/allow": "links",
}
"""By method and pattern. What is below ``ORGANIZERS`` takes from "organizers"."""

ORGANIZERS: Final = "/api/v1/organizer/"

_PAGE: Final = "made from memory, with counts that are read at most every five seconds"
_FILE: Final = "the same for everybody, kept in memory"
_PROBE: Final = "asked by the operator's own monitoring"
FREE: Final = {
    **dict.fromkeys(
        (
            *("GET /", "GET /about", "GET /privacy", "GET /docs", "GET /discarded"),
            *("GET /too-late", "GET /oembed", "GET /card/{slug}", "GET /partners/{slug}"),
            *("GET /c/{slug}", "GET /c/{slug}/", "GET /embed/{slug}", "GET /self-service"),
            *("GET /c/{slug}/sent/{submission_id}", "GET /c/{slug}/signed/{submission_id}"),
            *("GET /embed/{slug}/sent/{submission_id}", "GET /embed/{slug}/signed/{submission_id}"),
            "GET /c/{slug}/sign/organization",
            *("GET /api/v1/campaigns", f"GET {_CAMPAIGN}", f"GET {_CAMPAIGN}/counts"),
        ),
        _PAGE,
    ),
    **dict.fromkeys(
        (
            "GET /openapi.json",
            "GET /assets/{name}",
            "GET /w/1.js",
            "GET /robots.txt",
            "GET /sitemap.xml",
        ),
        _FILE,
    ),
    **dict.fromkeys(("GET /healthz", "GET /readyz", "GET /metrics"), _PROBE),
    "POST /unsubscribe/{token}": "sent by mail programs from a few addresses (RFC 8058)",
}
"""What takes from no bucket, and why."""
