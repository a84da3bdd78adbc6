"""Logs: structured, one line an event, without personal data.

Messages of exceptions stay out, since a database's or a parser's may quote what somebody
typed; their type and the places they passed tell enough.
"""

import logging
import sys
import traceback
from typing import Any

import structlog


def configure(level: str = "info", *, json: bool) -> None:
    """Set logging up for this process: readable lines on a terminal, JSON for machines."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=number, stream=sys.stderr, format="%(message)s", force=True)
    # Libraries say what they must at WARNING; some say request lines and addresses below it.
    for name in ("httpx", "procrastinate", "uvicorn", "asyncio"):
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    renderer: Any = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def places(error: BaseException, last: int = 8) -> list[str]:
    """Where an exception passed, innermost last, as ``file:line function``; never its message."""
    frames = traceback.extract_tb(error.__traceback__)[-last:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
