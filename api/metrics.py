"""Metrics for Prometheus: counters and histograms of all processes of one ``serve``.

Each process counts for itself, and whichever API process is scraped adds all of them up from files
in a folder that the supervisor makes and names in ``PROMETHEUS_MULTIPROC_DIR`` (the client
library's own way; without the variable, a process shows what it counted itself). Only counters and
histograms are kept so: they stay true when a process dies, where a gauge would show its last value
forever. How full the outboxes are is read from the database when somebody asks
(``api/public/metrics.py``), since it belongs to no process.

Labels are names of our own (route patterns, states, channels), never what somebody typed.
"""

import os
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
ATTEMPT_SECONDS: Final = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
AGES: Final = (1, 5, 30, 60, 300, 1800, 7200, 21600, 86400, 259200, 604800)
SIZES: Final = (0, 1, 2, 5, 10, 20, 50, 100, 500, 1000, 5000)

OWN: Final = CollectorRegistry()
_REQUESTS: Final = Histogram(
    "undersigned_request_seconds",
    "Answered requests and how long they took.",
    ("route", "method", "status"),
    buckets=SECONDS,
    registry=OWN,
)
_FORMS: Final = Counter("undersigned_forms_accepted", "Forms stored.", registry=OWN)
_BATCHES: Final = Histogram(
    "undersigned_intake_batch_forms", "Forms in one commit.", buckets=SIZES, registry=OWN
)
_WAITING: Final = Histogram(
    "undersigned_intake_waiting_forms",
    "Forms that still queued when a batch had been taken.",
    buckets=SIZES,
    registry=OWN,
)
_MAILS: Final = Counter(
    "undersigned_mails",
    "Attempts to send a mail, by what became of it.",
    ("outcome",),
    registry=OWN,
)
_DELIVERIES: Final = Counter(
    "undersigned_deliveries",
    "Attempts to deliver a letter, by channel and what became of it.",
    ("channel", "outcome"),
    registry=OWN,
)
_ATTEMPTS: Final = Histogram(
    "undersigned_delivery_attempt_seconds",
    "How long attempts to deliver a letter took, by channel.",
    ("channel",),
    buckets=ATTEMPT_SECONDS,
    registry=OWN,
)
_AGES: Final = Histogram(
    "undersigned_delivery_age_seconds",
    "How long letters had waited when they were delivered, by channel.",
    ("channel",),
    buckets=AGES,
    registry=OWN,
)
_STOPPED: Final = Counter(
    "undersigned_deliveries_stopped",
    "Stops of a channel, a seat or a campaign, by what was stopped and why.",
    ("kind", "reason"),
    registry=OWN,
)
_RESTS: Final = Counter(
    "undersigned_channel_rests",
    "Times that a channel was left alone because each answer was a doubt, by channel.",
    ("channel",),
    registry=OWN,
)
_FORWARDING: Final = Counter(
    "undersigned_forwarding_troubles",
    "Requests whose client is not known, since a proxy is not trusted or wrote no address.",
    ("kind",),
    registry=OWN,
)
_LIMITED: Final = Counter(
    "undersigned_limits",
    "Requests that took from a bucket, by bucket and whether they got a token.",
    ("bucket", "outcome"),
    registry=OWN,
)
_UNLIMITED: Final = Counter(
    "undersigned_limits_unavailable",
    "Times that limits could not be asked, and requests went on without.",
    registry=OWN,
)
_LOST: Final = Counter(
    "undersigned_leases_lost",
    "Results thrown away because another worker had taken over.",
    ("outbox",),
    registry=OWN,
)


def request(route: str, method: str, status: int | None, seconds: float) -> None:
    """One answered request: the route's pattern, never its path. ``status`` None: no answer."""
    known = method if method in METHODS else "other"
    _request(route, known, "none" if status is None else str(status)).observe(seconds)


@lru_cache(maxsize=2048)
def _request(route: str, method: str, status: str) -> Histogram:
    """The counter for these labels, cached: finding it costs more than counting."""
    return _REQUESTS.labels(route, method, status)


def batch_stored(forms: int, stored: int, waiting: int) -> None:
    """One commit of the intake: its forms, how many of them were new, how many queue behind."""
    _BATCHES.observe(forms)
    _WAITING.observe(waiting)
    _FORMS.inc(stored)


def limited(bucket: str, *, granted: bool) -> None:
    """Count a request that took from a bucket; whose it was is not recorded."""
    _limit(bucket, granted).inc()


@lru_cache(maxsize=64)
def _limit(bucket: str, granted: bool) -> Counter:
    return _LIMITED.labels(bucket, "granted" if granted else "refused")


def limits_unavailable() -> None:
    """The limits' statement failed: requests go on without limits for a few seconds."""
    _UNLIMITED.inc()


def mails(outcomes: Iterable[str]) -> None:
    """Count attempts to send mail by their outcome, a status of the outbox."""
    for outcome, count in Tally(outcomes).items():
        _MAILS.labels(str(outcome)).inc(count)


def deliveries(channel: str, outcomes: Iterable[str]) -> None:
    """Count attempts through one channel by their outcome, a delivery's status."""
    for outcome, count in Tally(outcomes).items():
        _DELIVERIES.labels(channel, str(outcome)).inc(count)


def attempt(channel: str, seconds: float, age: float | None) -> None:
    """One attempt; ``age`` is how long the letter had waited, where that delivered it."""
    _ATTEMPTS.labels(channel).observe(seconds)
    if age is not None:
        _AGES.labels(channel).observe(max(age, 0))


def deliveries_stopped(kind: str, reason: str) -> None:
    """A channel, a seat or a campaign was stopped; reasons of people count as ``by_hand``."""
    _STOPPED.labels(str(kind), reason).inc()


def channel_rests(channel: str) -> None:
    """A worker's circuit breaker for a channel opened, since too many results in a row were
    unknown."""
    _RESTS.labels(channel).inc()


def forwarding_trouble(kind: str) -> None:
    """Count a request that came through a proxy and whose client is unknown."""
    _FORWARDING.labels(str(kind)).inc()


def leases_lost(outbox: str, count: int) -> None:
    """Results of an outbox (its table's name) that came after the lease had ended."""
    if count:
        _LOST.labels(outbox).inc(count)


@contextmanager
def listening(port: int) -> Iterator[int]:
    """Show this process's own figures to this machine, for a worker without a web server.

    Gives the port (0 picks a free one). Raises OSError when it is taken.
    """
    server, thread = start_http_server(port, addr="127.0.0.1", registry=OWN)
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def exposition() -> bytes:
    """The text that Prometheus reads. Reads files: call it in a thread."""
    if FOLDER_VARIABLE not in os.environ:
        return generate_latest(OWN)
    everybody = CollectorRegistry()
    MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
    return generate_latest(everybody)
