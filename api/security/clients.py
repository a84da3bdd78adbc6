"""Whose request it is, behind proxies: the one place that reads ``X-Forwarded-For``.

The header is the client's to write, so it counts only from our own proxies (the setting
``UNDERSIGNED_TRUSTED_PROXIES``) and is read from the right, past the proxies that are ours.
``Forwarded``, ``X-Real-IP`` and the like are never read: a proxy that does not know them passes
on what the client wrote.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from socket import AF_INET, inet_pton

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
RawHeaders = Iterable[tuple[bytes, bytes]]

# No chain of proxies is longer; hops further left are ignored.
MOST_HOPS = 32
# Only proxies write these; a browser never does.
FORWARDING = frozenset(
    {
        b"x-forwarded-for",
        b"forwarded",
        b"x-real-ip",
        b"x-client-ip",
        b"x-original-forwarded-for",
        b"cf-connecting-ip",
        b"true-client-ip",
        b"x-forwarded-proto",
        b"x-forwarded-host",
        b"via",
    }
)
# Headers that a proxy passes on from a browser, or writes itself. If a trusted proxy sends any of
# them without naming a client, the client is unknown.
_PASSED_ON = FORWARDING | {b"origin", b"sec-fetch-site"}
# What proxies write about one hop: an IPv4 address with a port, or brackets around IPv6.
_WITH_PORT = re.compile(r"((?:::[Ff]{4}:)?[0-9]+(?:\.[0-9]+){3}):[0-9]{1,5}", re.ASCII)
_IN_BRACKETS = re.compile(r"\[([0-9A-Fa-f:.]+(?:%[\w.~-]+)?)\](?::[0-9]{1,5})?", re.ASCII)
_NINE_GROUPS = re.compile(r"((?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}):[0-9]{1,5}", re.ASCII)

# IPv6 networks whose addresses contain an IPv4 address, and by how many bits it is shifted left.
_EMBEDDED = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped: a socket that takes both families
    (IPv6Network("::ffff:0:0:0/96"), 0),  # translated (SIIT)
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (IPv6Network("64:ff9b:1::/48"), 0),  # NAT64 within one network, by /96 as is usual
    (IPv6Network("2002::/16"), 80),  # 6to4
)
_TEREDO = IPv6Network("2001::/32")
_SITE_BITS = 64
# Networks in which our proxies may be, and from which no visitor comes over the internet.
_NEAR = tuple(
    ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)


class Trouble(StrEnum):
    """Why an address may not be the client's own. The operator is told (see ``proxies``)."""

    UNTRUSTED = "untrusted_proxy"
    MALFORMED = "malformed_forwarding"
    MISSING = "missing_forwarding"


@dataclass(frozen=True, slots=True)
class Client:
    """``address`` is None if it is unknown. ``proxy`` is the address that caused ``trouble``."""

    address: Address | None
    trouble: Trouble | None = None
    proxy: Address | None = None

    @property
    def key(self) -> str | None:
        """What counts as one client, see client_key. None if it is unknown: a proxy's address is
        shared by all its visitors, and none of them may be limited for what the others do."""
        if self.address is None or self.trouble is not None:
            return None
        return client_key(self.address)


def find_client(peer: str | None, headers: RawHeaders, trusted: Sequence[Network]) -> Client:
    """The client of a request that ``peer`` sent; ``headers`` have lower-case names, as in ASGI.

    A hop that cannot be read, such as ``unknown``, leaves the address of the proxy that wrote it.
    """
    known = parse_address(peer) if peer else None
    if known is None:
        return Client(None)
    if not is_within(known, trusted):
        return Client(known, *_unread_forwarding(known, headers))
    hops = _hops(headers)
    if not hops and any(name in _PASSED_ON for name, _ in headers):
        return Client(known, Trouble.MISSING, known)
    for hop in hops:
        address = parse_address(hop)
        if address is None:
            return Client(known, Trouble.MALFORMED, known)
        known = address
        if not is_within(address, trusted):
            break
    return Client(known)


@lru_cache(maxsize=4096)
def parse_address(text: str) -> Address | None:
    """The address in a hop as proxies write it: with a port, in brackets or quotes, with a zone.

    An IPv6 address that only maps an IPv4 address is that. None for whatever else it is.
    """
    try:  # the usual case; ``ip_address`` takes four times as long
        return IPv4Address(inet_pton(AF_INET, text))
    except (OSError, ValueError):
        pass
    text = text.strip(" \t").removeprefix('"').removesuffix('"')
    for form in (_WITH_PORT, _IN_BRACKETS, _NINE_GROUPS):
        if found := form.fullmatch(text):
            text = found[1]
            break
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


@lru_cache(maxsize=4096)
def client_key(address: Address) -> str:
    """Who counts as one client: an IPv4 address, or an IPv6 network of 64 bits.

    A household or a server has at least a /64 of its own. An IPv6 address that was made from an
    IPv4 address (NAT64, 6to4, Teredo) counts as that one.
    """
    if isinstance(address, IPv4Address):
        return str(address)
    if (embedded := _embedded(address)) is not None:
        return str(embedded)
    return str(IPv6Network((int(address) >> _SITE_BITS << _SITE_BITS, _SITE_BITS)))


def is_within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    value = int(address)
    if address in _TEREDO:
        return IPv4Address(~value & 0xFFFFFFFF)
    for network, shift in _EMBEDDED:
        if address in network:
            return IPv4Address(value >> shift & 0xFFFFFFFF)
    return None


def _hops(headers: RawHeaders) -> list[str]:
    """From the nearest to the farthest. Several lines are one list (RFC 9110, 5.3), and empty
    elements are none (5.6.1)."""
    lines = [value for name, value in headers if name == b"x-forwarded-for"]
    written = b",".join(lines).decode("latin-1").rsplit(",", MOST_HOPS)[-MOST_HOPS:]
    return [hop for hop in reversed(written) if hop.strip(" \t")]


def _unread_forwarding(
    peer: Address, headers: RawHeaders
) -> tuple[Trouble, Address] | tuple[None, None]:
    """Whether a proxy near us forwards requests without being trusted: then all its visitors
    count as one."""
    if is_within(peer, _NEAR) and any(name in FORWARDING for name, _ in headers):
        return Trouble.UNTRUSTED, peer
    return None, None
