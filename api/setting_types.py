"""Types of settings that need more than a pattern: what cannot work is refused with a sentence."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Any

import orjson
from pydantic import BeforeValidator
from pydantic_settings import NoDecode

Network = IPv4Network | IPv6Network

# Anything wider would trust strangers: 10.0.0.0/8 and fc00::/7 are the widest private networks.
WIDEST = {4: 8, 6: 7}
AS_LIST = 'write a list such as ["127.0.0.1", "10.0.0.0/8"]'
MAPPED = IPv6Network("::ffff:0:0/96")


def parse_network(text: str) -> Network:
    """A network of proxies: ``10.0.0.0/8``, ``2001:db8::/32``, or one address.

    IPv4 networks in IPv6's notation become IPv4 networks. Raises ValueError with a sentence.
    """
    text = text.strip()
    try:
        network = _as_ipv4(ip_network(text))
    except ValueError as error:
        raise ValueError(_what_is_wrong(text)) from error
    if network.prefixlen < WIDEST[network.version]:
        raise ValueError(f"{text} would trust strangers: name your own proxies' networks only")
    return network


def _as_ipv4(network: Network) -> Network:
    if isinstance(network, IPv4Network) or not network.subnet_of(MAPPED):
        return network
    address = network.network_address.ipv4_mapped
    return IPv4Network((int(address or 0), network.prefixlen - 96))


def _what_is_wrong(text: str) -> str:
    address, slash, _ = text.partition("/")
    try:
        ip_address(address)
        network = ip_network(text, strict=False)
    except ValueError:
        return f"{text!r} is no address and no network such as 10.0.0.0/8; names are not looked up"
    return f"{text} is an address within a network: write {network} or {address}" if slash else text


def parse_proxies(value: Any) -> tuple[Network, ...]:
    """Our own proxies: a JSON list as other settings have it, or separated by commas.

    Raises ValueError with a sentence.
    """
    listed = _listed(value) if isinstance(value, str) else value
    if not isinstance(listed, list | tuple):
        raise ValueError(AS_LIST)  # noqa: TRY004 (pydantic shows ValueErrors)
    return tuple(parse_network(str(each)) for each in listed)


def _listed(value: str) -> Any:
    if not value.lstrip().startswith(("[", "{", '"')):
        return [part for part in value.split(",") if part.strip()]
    try:
        return orjson.loads(value)
    except ValueError as error:
        raise ValueError(AS_LIST) from error


Proxies = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(parse_proxies)]
