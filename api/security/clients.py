"""Whose request it is, behind proxies: ``X-Forwarded-For`` is the client's to write."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network


def client_address(
    peer: str | None, forwarded_for: str | None, trusted: Sequence[str]
) -> str | None:
    """The client's address, counted from the right past the proxies that are ours.

    ``peer`` is who connected; ``trusted`` are addresses or networks of our own proxies. Without
    any, the header counts for nothing.
    """
    if peer is None or not _is_ours(peer, trusted):
        return peer
    hops = [hop.strip() for hop in (forwarded_for or "").split(",") if hop.strip()]
    for hop in reversed(hops):
        if not _is_address(hop):
            return peer
        if not _is_ours(hop, trusted):
            return hop
    return hops[0] if hops else peer


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_ours(address: str, trusted: Sequence[str]) -> bool:
    if not trusted or not _is_address(address):
        return False
    found = ip_address(address)
    return any(found in ip_network(network, strict=False) for network in trusted)
