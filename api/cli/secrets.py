"""Secrets that only the worker needs: the mail server's password, the keys of Congress's systems.

A web process only says how a letter would be sent, so it is told that a key exists, but not the
key.
"""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

HELD_BY_THE_WORKER = "held-by-the-worker"
CHAMBERS = ("UNDERSIGNED_CWC_HOUSE", "UNDERSIGNED_CWC_SENATE")


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process that sends nothing."""
    return {name: _told(name.upper(), value) for name, value in environment.items()}


def _told(name: str, value: str) -> str:
    if name == "UNDERSIGNED_SMTP_URL" or name in {f"{chamber}_PROXY" for chamber in CHAMBERS}:
        return _without_login(value)
    if name in {f"{chamber}_KEY" for chamber in CHAMBERS}:
        return HELD_BY_THE_WORKER if value else value
    return _of_chamber(value) if name in CHAMBERS else value


def _without_login(url: str) -> str:
    try:
        parts = urlsplit(url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:
        return ""


def _of_chamber(value: str) -> str:
    """All settings of a chamber in one variable, as JSON."""
    try:
        told = json.loads(value)
    except ValueError:
        return "{}"
    secret = {"key": HELD_BY_THE_WORKER, "proxy": None}
    changed = {name: secret[name.lower()] for name in told if name.lower() in secret}
    return json.dumps({**told, **changed})
