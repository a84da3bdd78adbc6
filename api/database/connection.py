"""How every process connects: one place for the URL, the role, the timeouts and the retry."""

import asyncio
import random
import time
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

CONNECT_SECONDS = 5
# A PostgreSQL that was killed is back in well under this; until then, connecting waits.
PATIENCE_SECONDS = 4.0
# At its start a process keeps nobody waiting, and giving up would cost a whole restart.
START_PATIENCE_SECONDS = 20.0
# Exponential backoff between tries, from the shorter to the longer pause: a server that is
# recovering should not have to refuse a hundred connections a second.
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 0.4
# A vanished host is noticed after about 15 s; a transaction left open by a hung process ends.
KEEPALIVES = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 2}
IDLE_IN_TRANSACTION = "idle_in_transaction_session_timeout=60000"


def plain_url(url: str) -> str:
    """Return the URL as PostgreSQL's own library takes it, without SQLAlchemy's driver name."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


def connect_kwargs(url: str, role: str | None = None) -> dict[str, Any]:
    """Return the arguments for ``psycopg.connect`` and ``AsyncConnection.connect``.

    ``role`` is set from the connection's first moment on; None stays whom the URL names.
    """
    given = conninfo_to_dict(plain_url(url))
    options = [given.pop("options", None), f"-c {IDLE_IN_TRANSACTION}"]
    if role is not None:
        options.append(f"-c role={role}")
    ours = {"connect_timeout": CONNECT_SECONDS, "application_name": "undersigned", **KEEPALIVES}
    joined = " ".join(str(part) for part in options if part)
    return {**ours, **given, "options": joined}


async def connect(
    url: str,
    role: str | None = None,
    *,
    autocommit: bool = False,
    patience: float = PATIENCE_SECONDS,
) -> psycopg.AsyncConnection[Any]:
    """Connect, waiting out a restart of PostgreSQL for ``patience`` seconds.

    Raises psycopg.OperationalError when the database stays away.
    """
    arguments = connect_kwargs(url, role)
    deadline = time.monotonic() + patience
    pause = PAUSE_SECONDS
    while True:
        try:
            return await psycopg.AsyncConnection.connect(**arguments, autocommit=autocommit)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 (jitter, no secret)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def encrypted(url: str) -> bool:
    """Tell whether a connection to this URL is encrypted, or never leaves the machine."""
    given = conninfo_to_dict(plain_url(url))
    hosts = str(given.get("host") or "").split(",")
    local = all(host.startswith(("/", "@")) or not host for host in hosts)
    return local or given.get("sslmode") in {"require", "verify-ca", "verify-full"}
