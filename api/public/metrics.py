"""``GET /metrics``, for Prometheus only."""

import asyncio
import hmac
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.responses import Response

from api import metrics
from api.database.session import transaction
from api.deliveries import controls, desk
from api.deliveries.controls import Controls, Kind
from api.deliveries.desk import Overview
from api.errors import DomainError
from api.mail import breaker, rate
from api.mail.breaker import Stopped
from api.public.dependencies import ServicesDep
from api.security.clients import FORWARDING
from api.setting_types import is_here
from api.settings import Settings

router = APIRouter(tags=["health"])

# Counting stops here: more than this is simply "very many".
MOST_COUNTED: Final = 100_000
# The statuses are written as in the tables' partial indexes, so that only waiting rows are read.
_OUTBOXES: Final = text("""
    SELECT 'mails' AS outbox, count(*) AS waiting, min(due_at) AS oldest, now() AS now FROM (
        SELECT due_at FROM mails WHERE status IN ('queued', 'sending')
        ORDER BY due_at LIMIT :most) AS m
    UNION ALL
    SELECT 'deliveries', count(*), min(due_at), now() FROM (
        SELECT due_at FROM deliveries WHERE status IN ('queued', 'sending', 'retrying')
        ORDER BY due_at LIMIT :most) AS d
""")


class MetricsPrivate(DomainError):
    status = 403
    code = "metrics_private"
    title = "These figures are for the operator"


class MetricsToken(DomainError):
    status = 401
    code = "metrics_token"
    title = "These figures need the operator's token"


@router.get("/metrics", include_in_schema=False)
async def show(request: Request, services: ServicesDep) -> Response:
    """Show the figures of all processes, and how full the outboxes are."""
    _require_operator(request, services.settings)
    counted = await asyncio.to_thread(metrics.exposition)
    body = counted + await _gauges(services.engine)
    return Response(body, 200, {"Cache-Control": "no-store"}, metrics.CONTENT_TYPE)


def _require_operator(request: Request, settings: Settings) -> None:
    """With a token set, whoever has it; without, a program on this machine that comes directly.

    A proxy on this machine connects from it too, so a forwarded request is not direct.
    Raises MetricsToken or MetricsPrivate.
    """
    if settings.metrics_token is not None:
        expected = f"Bearer {settings.metrics_token.get_secret_value()}"
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise MetricsToken("Send UNDERSIGNED_METRICS_TOKEN as a bearer token.")
    elif not _is_direct(request, settings):
        raise MetricsPrivate("Ask from the machine itself, or set UNDERSIGNED_METRICS_TOKEN.")


def _is_direct(request: Request, settings: Settings) -> bool:
    """Whether the request comes directly. A proxy that adds no headers of its own is recognized by
    the public host name that it passes on."""
    if request.client is None or any(name in FORWARDING for name, _ in request.scope["headers"]):
        return False
    public = urlsplit(settings.public_url).hostname or ""
    passed_on = public in request.headers.get("host", "").lower() and not is_here(public)
    return is_here(request.client.host) and not passed_on


async def _gauges(engine: AsyncEngine) -> bytes:
    """What waits in the database. An outage is a figure of its own: the others still stand."""
    registry = CollectorRegistry()
    up = Gauge("undersigned_database_up", "Whether the database answered.", registry=registry)
    waiting = Gauge(
        "undersigned_outbox_rows",
        f"Rows that wait to be sent, {MOST_COUNTED} at most.",
        ("outbox",),
        registry=registry,
    )
    late = Gauge(
        "undersigned_outbox_oldest_due_seconds",
        "How long the oldest row has been due; 0 when none is.",
        ("outbox",),
        registry=registry,
    )
    try:
        async with transaction(engine) as session:
            rows = (await session.execute(_OUTBOXES, {"most": MOST_COUNTED})).all()
            seen, stopped = await desk.overview(session), await controls.read(session)
            refusing, used = await breaker.stopped(session), await rate.used(session)
    except (SQLAlchemyError, OSError):
        return generate_latest(registry)
    up.set(1)
    for row in rows:
        waiting.labels(row.outbox).set(row.waiting)
        overdue = (row.now - row.oldest).total_seconds() if row.oldest else 0
        late.labels(row.outbox).set(max(overdue, 0))
    _letters(registry, seen, stopped)
    _mails(registry, refusing, used)
    return generate_latest(registry)


def _mails(registry: CollectorRegistry, refusing: Sequence[Stopped], used: int) -> None:
    """Which domains refuse us, by the names of large providers, and how full the hour is."""
    domains = Gauge(
        "undersigned_mail_domains_stopped",
        "Recipient domains that refuse our mail, by name where it is a large provider.",
        ("domain",),
        registry=registry,
    )
    for one in refusing:
        domains.labels("other" if one.domain.startswith("#") else one.domain).inc()
    Gauge(
        "undersigned_mail_hour",
        "Mails that anybody can ask for, of the last 60 minutes.",
        registry=registry,
    ).set(used)


def _letters(registry: CollectorRegistry, seen: Overview, stopped: Controls) -> None:
    """What waits by channel and for how long, what is in trouble, and what is stopped now."""
    waiting = Gauge(
        "undersigned_letters_waiting",
        "Letters that are to be sent, by channel.",
        ("channel",),
        registry=registry,
    )
    oldest = Gauge(
        "undersigned_letters_oldest_seconds",
        "For how long the oldest of them has waited.",
        ("channel",),
        registry=registry,
    )
    troubled = Gauge(
        "undersigned_letters_troubled",
        "Letters that a person may have to look at, by channel and state.",
        ("channel", "status"),
        registry=registry,
    )
    stops = Gauge(
        "undersigned_letters_stops", "What is stopped now, by kind.", ("kind",), registry=registry
    )
    for one in seen.waiting:
        waiting.labels(one.channel).set(one.queued + one.retrying + one.sending)
        oldest.labels(one.channel).set(one.oldest.total_seconds())
    for trouble in seen.troubles:
        troubled.labels(trouble.channel, trouble.status).inc(trouble.letters)
    for kind in Kind:
        stops.labels(kind).set(sum(control.kind == kind for control in stopped.stopped.values()))
