"""Canonical bytes of a value, and digests over them.

Canonical JSON: sorted keys, UTF-8, no spaces. A digest is SHA-256 in hexadecimal behind a
prefix that names the format, such as ``lt1:``; a changed format needs another prefix.
"""

import hashlib
from typing import Any

import orjson


def canonical_json(value: Any) -> bytes:
    """``value`` (dicts with string keys, lists, strings, numbers, booleans, None) as bytes.

    Raises ``TypeError`` for anything that JSON does not know.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest(prefix: str, value: Any) -> str:
    """``<prefix>:<64 hex digits>`` over the canonical JSON of ``value``."""
    return f"{prefix}:{hashlib.sha256(canonical_json(value)).hexdigest()}"
