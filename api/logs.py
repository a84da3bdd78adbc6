"""Logs: structured, one line per event, without personal data.

Messages of exceptions stay out, since a database's or a parser's may quote what somebody
typed; their type and the places they passed tell enough.
"""

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import structlog

# Those of the HTTP client, whose lines hold the addresses that it asks.
HTTP_LOGGERS: Final = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
)
_private: ContextVar[bool] = ContextVar("unlogged_requests", default=False)


def _public(_record: logging.LogRecord) -> bool:
    return not _private.get()


for _name in HTTP_LOGGERS:
    logging.getLogger(_name).addFilter(_public)


@contextmanager
def unlogged_requests() -> Iterator[None]:
    """Drops the HTTP client's own log lines, for requests whose address holds a secret."""
    token = _private.set(True)
    try:
        yield
    finally:
        _private.reset(token)


class PlacesOnly(logging.Formatter):
    """For libraries that log an exception by themselves: its type and places, in the same way."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 (its name there)
        kind, error, _ = ei
        return f"{kind.__name__} at {places(error)}" if kind and error else ""


def configure(level: str = "info", *, json: bool) -> None:
    """Set logging up for this process: readable lines on a terminal, JSON for machines."""
    number = logging.getLevelNamesMapping()[level.upper()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlacesOnly("%(message)s"))
    logging.basicConfig(level=number, handlers=[handler], force=True)
    # Libraries log important things at WARNING; below it, some log request lines and addresses.
    for name in ("httpx", "procrastinate", "uvicorn", "asyncio"):
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.dev.ConsoleRenderer(colors=False),
    ]
    factory: Any = structlog.PrintLoggerFactory(sys.stderr)
    if json:
        processors = [json_line]
        factory = structlog.BytesLoggerFactory(sys.stderr.buffer)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )


def json_line(_: Any, level: str, event: MutableMapping[str, Any]) -> bytes:
    """An event as its line, in one step: each request writes one."""
    event["level"] = level
    event["timestamp"] = datetime.now(UTC)
    return orjson.dumps(event, default=repr, option=orjson.OPT_UTC_Z)


def places(error: BaseException, last: int = 8) -> list[str]:
    """Where an exception passed, innermost last, as ``file:line function``; never its message."""
    frames = traceback.extract_tb(error.__traceback__)[-last:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
