"""Origins (RFC 6454) as partners give them, in the form that browsers send."""

import re
from urllib.parse import SplitResult, urlsplit

from api.security.text import tidy_line

HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
# Hosts for trying things out; any other page over http could be altered in transit.
LOOPBACK = {"localhost", "127.0.0.1"}
DEFAULT_PORTS = {"https": 443, "http": 80}


def clean_origin(typed: str) -> str:
    """The origin as browsers write it: small letters, no path, no default port.

    Raises ValueError, with a sentence that says what to do.
    """
    parts = urlsplit(tidy_line(typed).lower())
    host, port = parts.hostname or "", _port(parts)
    if parts.scheme not in DEFAULT_PORTS or not HOST.fullmatch(host):
        raise ValueError("Write an origin as https://www.example.org, non-Latin names as xn--….")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise ValueError("An origin begins with https://; http is for localhost only.")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("An origin ends with the host or its port, and has no path.")
    named = port is not None and port != DEFAULT_PORTS[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if named else "")


def _port(parts: SplitResult) -> int | None:
    """Raises ValueError for what is no port."""
    try:
        return parts.port
    except ValueError:
        raise ValueError("The port of an origin is a number up to 65535.") from None
