"""Logs: one line an event, for machines in production, without messages of exceptions."""

import json
import subprocess
import sys

from api.logs import places

PROGRAM = """
import logging, structlog
from api import logs
logs.configure("{level}", json={json})
structlog.get_logger().debug("quiet")
structlog.get_logger().info("mail.sent", id="1")
for name in ("httpx", "procrastinate", "uvicorn", "asyncio"):
    logging.getLogger(name).info("GET https://example.org/?token=abc")
"""


def lines(*, level: str = "info", as_json: bool = True) -> list[str]:
    program = PROGRAM.format(level=level, json=as_json)
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_a_line_is_json_with_event_level_and_time() -> None:
    (line,) = lines()
    told = json.loads(line)
    assert told.pop("timestamp").endswith("Z")
    assert told == {"event": "mail.sent", "level": "info", "id": "1"}


def test_on_a_terminal_it_is_readable() -> None:
    (line,) = lines(as_json=False)
    assert "mail.sent" in line
    assert "id=1" in line
    assert "\x1b" not in line


def test_libraries_stay_quiet_at_every_level() -> None:
    """What they say below a warning holds addresses and request lines."""
    assert "token=abc" not in "".join(lines(level="debug"))


def test_places_tell_where_and_never_what() -> None:
    def inner() -> None:
        raise ValueError("ani@example.org")

    try:
        inner()
    except ValueError as error:
        told = places(error)
    assert told[-1].endswith(" inner")
    assert "test_logs.py:" in told[-1]
    assert "ani" not in " ".join(told)
