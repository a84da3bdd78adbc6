"""Types of settings that need more than a pattern: what cannot work is refused with a sentence."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

import idna
import orjson
from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

Network = IPv4Network | IPv6Network

# Anything wider would trust strangers: 10.0.0.0/8 and fc00::/7 are the widest private networks.
WIDEST = {4: 8, 6: 7}
AS_LIST = 'write a list such as ["127.0.0.1", "10.0.0.0/8"]'
EXAMPLE = "https://act.example.org"
DEFAULT_PORTS = {"https": 443, "http": 80}
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


def parse_origin(written: str) -> str:
    """The address of a whole site as browsers write it: scheme, host and a port that is not the
    scheme's own, without a slash at the end; a name in other letters becomes ``xn--…``.

    Raises ValueError with a sentence that says what to write.
    """
    parts = _split(written)
    rest = parts.path.strip("/") or parts.query or parts.fragment
    if rest or "?" in written or "#" in written:
        raise ValueError(f"nothing may follow the host: give the site a name, such as {EXAMPLE}")
    return _origin(parts)


def parse_service(written: str) -> str:
    """The address of a service that we ask, which may have a path of its own.

    Raises ValueError: what we send may be personal, so http is for this machine only.
    """
    parts = _split(written)
    if "?" in written or "#" in written:
        raise ValueError("an address without a query is wanted: leave out what follows ? or #")
    if parts.scheme != "https" and not is_here(parts.hostname):
        raise ValueError(f"it has to begin with https://, such as {EXAMPLE}")
    return _origin(parts) + parts.path.rstrip("/")


def is_here(host: str | None) -> bool:
    """Whether a host's name or address is this machine's own."""
    try:
        return host == "localhost" or ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False


def _split(written: str) -> SplitResult:
    text = written.strip()
    if not text.isprintable() or any(character in text for character in " \\<>\"'"):
        raise ValueError(f"it has characters that no address has: write {EXAMPLE}")
    try:
        parts = urlsplit(text)
        reachable = parts.port != 0
    except ValueError as error:
        raise ValueError(f"this is no address: write one such as {EXAMPLE}") from error
    if not reachable:
        raise ValueError(f"port 0 is no address: write one such as {EXAMPLE}")
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"it has to begin with https:// and a host, such as {EXAMPLE}")
    if "@" in parts.netloc:
        raise ValueError(f"it has no user and no password: write {EXAMPLE}")
    return parts


def _origin(parts: SplitResult) -> str:
    port = "" if parts.port in {None, DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{_host(parts.hostname or '')}{port}"


def _host(name: str) -> str:
    """Raises ValueError for what is neither an address nor a name."""
    try:
        address = ip_address(name)
    except ValueError:
        pass
    else:
        return f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004
    try:
        encoded = idna.encode(name.rstrip("."), uts46=True, std3_rules=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"{name} is no host's name: write one such as {EXAMPLE}") from error
    if encoded.rpartition(".")[2].isdigit():
        raise ValueError(f"{name} is no host's name: write one such as {EXAMPLE}")
    return encoded


Origin = Annotated[str, AfterValidator(parse_origin)]
Service = Annotated[str, AfterValidator(parse_service)]
