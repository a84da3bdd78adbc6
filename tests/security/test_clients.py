"""Whose request it is, by what real proxies write."""

from ipaddress import ip_address, ip_network

import pytest

from api.security.clients import MOST_HOPS, Client, Trouble, client_key, find_client, parse_address

NGINX = "127.0.0.1"
BALANCER = "10.0.0.7"
TRUSTED = [ip_network(text) for text in ("127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8")]

# Each line of X-Forwarded-For as it arrives from ``peer``, and whose request it is.
WRITTEN: dict[str, tuple[str, list[str], str]] = {
    "nginx: $proxy_add_x_forwarded_for": (NGINX, ["203.0.113.9"], "203.0.113.9"),
    "nginx, the client wrote a header too": (NGINX, ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
    "nginx, IPv6 comes bare": (NGINX, ["2001:db8:1:2::9"], "2001:db8:1:2::9"),
    "Caddy": (NGINX, ["203.0.113.9"], "203.0.113.9"),
    "Caddy by IPv6 to this machine": ("::1", ["203.0.113.9"], "203.0.113.9"),
    "HAProxy adds a line of its own": (BALANCER, ["6.6.6.6", "203.0.113.9"], "203.0.113.9"),
    "HAProxy, three lines": (BALANCER, ["6.6.6.6", "5.5.5.5", "203.0.113.9"], "203.0.113.9"),
    "Azure Application Gateway: a port": (BALANCER, ["203.0.113.9:50123"], "203.0.113.9"),
    "Azure Application Gateway: a list": (
        BALANCER,
        ["6.6.6.6:1, 203.0.113.9:50123"],
        "203.0.113.9",
    ),
    "Azure, IPv6 with a port and no brackets": (
        BALANCER,
        ["2001:db8:1:2:3:4:5:6:50123"],
        "2001:db8:1:2:3:4:5:6",
    ),
    "IIS ARR: brackets and a port": (BALANCER, ["[2001:db8:1:2::9]:50123"], "2001:db8:1:2::9"),
    "IIS ARR: a port": (BALANCER, ["203.0.113.9:50123"], "203.0.113.9"),
    "AWS ALB with client ports": (BALANCER, ["[2001:db8:1:2::9]:8080"], "2001:db8:1:2::9"),
    "AWS ALB": (BALANCER, ["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
    "Cloudflare, then nginx": (NGINX, ["6.6.6.6, 203.0.113.9, 10.1.1.1"], "203.0.113.9"),
    "Google: client, then its balancer": (NGINX, ["203.0.113.9,10.2.2.2"], "203.0.113.9"),
    "brackets without a port": (NGINX, ["[2001:db8:1:2::9]"], "2001:db8:1:2::9"),
    "IPv4 in brackets": (NGINX, ["[203.0.113.9]:80"], "203.0.113.9"),
    "quotes, as in Forwarded": (NGINX, ['"[2001:db8:1:2::9]:47011"'], "2001:db8:1:2::9"),
    "mapped": (NGINX, ["::ffff:203.0.113.9"], "203.0.113.9"),
    "mapped, by hexadecimal digits": (NGINX, ["::ffff:cb00:7109"], "203.0.113.9"),
    "mapped, brackets and a port": (NGINX, ["[::ffff:203.0.113.9]:443"], "203.0.113.9"),
    "mapped, a port without brackets": (NGINX, ["::ffff:203.0.113.9:443"], "203.0.113.9"),
    "a zone": (NGINX, ["fe80::9%eth0"], "fe80::9"),
    "a zone in brackets": (NGINX, ["[fe80::9%25eth0]:443"], "fe80::9"),
    "capital letters": (NGINX, ["2001:DB8:1:2::9"], "2001:db8:1:2::9"),
    "spaces and tabs": (NGINX, [" 6.6.6.6 ,\t203.0.113.9 \t"], "203.0.113.9"),
    "no spaces": (NGINX, ["6.6.6.6,203.0.113.9"], "203.0.113.9"),
    "empty elements": (NGINX, ["203.0.113.9, , ,"], "203.0.113.9"),
    "an empty line": (NGINX, ["203.0.113.9", ""], "203.0.113.9"),
    "a mapped peer": ("::ffff:127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    "a mapped peer within a network": ("::ffff:10.0.0.7", ["203.0.113.9"], "203.0.113.9"),
    "a proxy with an IPv6 address": ("fd00::7", ["203.0.113.9"], "203.0.113.9"),
    "our own proxies only": (NGINX, ["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
    "no header": (NGINX, [], NGINX),
    "garbage left of the client": (NGINX, ["'; DROP TABLE, 203.0.113.9"], "203.0.113.9"),
}
UNREADABLE = [
    "unknown",
    "_hidden",
    "_SEVKISEK",
    "-",
    "unix:",
    "localhost",
    "for=203.0.113.9",
    "203.0.113",
    "203.0.113.256",
    "203.0.113.9:port",
    "203.0.113.9:999999",
    "[2001:db8::9",
    "2001:db8::9]",
    "[2001:db8::9]50123",
    "1.2.3.4.5",
    "\xb2.2.2.2",
    "203.0.113.9;6.6.6.6",
    "http://203.0.113.9/",
    "3405803785",
]


def found(peer: str | None, *lines: str, name: bytes = b"x-forwarded-for") -> Client:
    headers = [(b"host", b"act.example.org"), *((name, line.encode("latin-1")) for line in lines)]
    return find_client(peer, headers, TRUSTED)


@pytest.mark.parametrize("name", WRITTEN)
def test_what_real_proxies_write(name: str) -> None:
    peer, lines, client = WRITTEN[name]
    assert found(peer, *lines) == Client(ip_address(client))


@pytest.mark.parametrize("line", ["", ",", " ,\t, "])
def test_a_header_without_an_address_names_nobody(line: str) -> None:
    proxy = ip_address(NGINX)
    assert found(NGINX, line) == Client(proxy, Trouble.MISSING, proxy)


@pytest.mark.parametrize("hop", UNREADABLE)
def test_a_hop_that_cannot_be_read_leaves_the_proxy_that_wrote_it(hop: str) -> None:
    trouble = Trouble.MALFORMED
    proxy, balancer = ip_address(NGINX), ip_address(BALANCER)
    assert found(NGINX, f"6.6.6.6, {hop}") == Client(proxy, trouble, proxy)
    assert found(NGINX, f"6.6.6.6, {hop}, {BALANCER}") == Client(balancer, trouble, balancer)


class TestWhoIsNotTrusted:
    @pytest.mark.parametrize("peer", ["203.0.113.50", "2001:db8::50", "::ffff:203.0.113.50"])
    def test_a_stranger_writes_what_they_like(self, peer: str) -> None:
        assert found(peer, "6.6.6.6") == Client(parse_address(peer))

    @pytest.mark.parametrize("peer", ["127.0.0.2", "192.168.1.1", "172.18.0.1", "::ffff:127.0.0.2"])
    @pytest.mark.parametrize("name", [b"x-forwarded-for", b"forwarded", b"x-real-ip", b"via"])
    def test_a_proxy_that_somebody_forgot_to_name_is_told(self, peer: str, name: bytes) -> None:
        address = parse_address(peer)
        assert found(peer, "203.0.113.9", name=name) == Client(address, Trouble.UNTRUSTED, address)

    def test_nothing_is_said_of_somebody_who_comes_directly(self) -> None:
        assert found("127.0.0.2") == Client(ip_address("127.0.0.2"))

    @pytest.mark.parametrize("name", [b"forwarded", b"x-real-ip", b"cf-connecting-ip"])
    @pytest.mark.parametrize(
        "line", ["for=6.6.6.6", 'for="[2001:db8::1]:4711"', "for=unknown", "for=_x", "6.6.6.6"]
    )
    def test_headers_that_a_proxy_may_pass_on_are_not_read(self, name: bytes, line: str) -> None:
        """A client may have written them, since a proxy that does not know them passes them on."""
        proxy = ip_address(NGINX)
        assert found(NGINX, line, name=name) == Client(proxy, Trouble.MISSING, proxy)

    @pytest.mark.parametrize("name", [b"origin", b"sec-fetch-site"])
    @pytest.mark.parametrize("forwarded", ["", ",", " , "])
    def test_a_browsers_request_without_the_browser(self, name: bytes, forwarded: str) -> None:
        """A trusted proxy passed it on and does not write X-Forwarded-For."""
        headers = [(name, b"x"), (b"x-forwarded-for", forwarded.encode())]
        proxy = ip_address(NGINX)
        assert find_client(NGINX, headers, TRUSTED) == Client(proxy, Trouble.MISSING, proxy)

    def test_nobody_is_held_to_what_a_whole_proxy_does(self) -> None:
        assert found(NGINX, "unknown").key is None
        assert found("192.168.1.1", "203.0.113.9").key is None
        assert found("192.168.1.1").key == "192.168.1.1"

    @pytest.mark.parametrize("peer", [None, "", "testclient", "/run/socket"])
    def test_who_has_no_address(self, peer: str | None) -> None:
        assert found(peer, "6.6.6.6") == Client(None)
        assert found(peer, "6.6.6.6").key is None


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::ffff:0:203.0.113.9", "203.0.113.9"),
        ("64:ff9b::203.0.113.9", "203.0.113.9"),
        ("64:ff9b:1::203.0.113.9", "203.0.113.9"),
        ("2002:cb00:7109:5::1", "203.0.113.9"),
        ("2001:0:4136:e378:8000:63bf:34ff:8ef6", "203.0.113.9"),
    ],
)
def test_who_counts_as_one_client(address: str, key: str) -> None:
    assert client_key(ip_address(address)) == key


def test_a_long_forged_list_is_not_walked() -> None:
    """Only so many hops are read: the farthest of these stands for whatever is behind it."""
    assert found(NGINX, "6.6.6.6," + "127.0.0.1," * MOST_HOPS).address == ip_address("127.0.0.1")
