"""Keyed hashes: HMAC-SHA256, each use in a domain of its own, so that two tables cannot be joined.

Hashes rotate by nesting, since the hashed value is not kept: what the first key made is hashed
again with the second. A purpose with two keys therefore hashes twice, and a stored hash
is brought forward by ``nest`` without its value.
"""

from functools import lru_cache

from api.security.key import Key, Purpose, daily_key

__all__ = ["daily_key", "hash_versions", "keyed_hash", "nest"]


def keyed_hash(key: Key | Purpose, domain: str, value: str | bytes) -> bytes:
    """32 bytes for ``value`` in ``domain``, such as "contacts" or "person:reverse-907-waiver".

    With a purpose, all its keys take part, oldest first; store ``purpose.id`` beside the hash.
    """
    message = value.encode("utf-8") if isinstance(value, str) else value
    prefix = _prefix(domain)
    if isinstance(key, Key):
        return key.hmac(prefix + message)
    for each in key.keys:
        message = each.hmac(prefix + message)
    return message


def nest(key: Key, domain: str, old_hash: bytes) -> bytes:
    """What ``keyed_hash`` gives once ``key`` is its purpose's newest, from the hash before."""
    return key.hmac(_prefix(domain) + old_hash)


def hash_versions(purpose: Purpose, domain: str, value: str | bytes) -> dict[str, bytes]:
    """The hash as each key id left it, newest first: for look-ups while a rotation runs."""
    message = value.encode("utf-8") if isinstance(value, str) else value
    versions: list[tuple[str, bytes]] = []
    for key in purpose.keys:
        message = nest(key, domain, message)
        versions.append((key.id, message))
    return dict(reversed(versions))


@lru_cache(maxsize=1024)
def _prefix(domain: str) -> bytes:
    """The domain with its length, so that no two pairs of domain and value give the same bytes."""
    raw = domain.encode("utf-8")
    return len(raw).to_bytes(2, "big") + raw
