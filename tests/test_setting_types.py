"""Settings that are refused at the start rather than believed."""

from ipaddress import ip_network
from typing import Any

import pytest
from pydantic import ValidationError

from api.cli.boundary import wrong_settings
from api.settings import Settings


class TestTrustedProxies:
    @pytest.mark.parametrize(
        ("written", "networks"),
        [
            ("[]", []),
            ("", []),
            ('["127.0.0.1", "10.0.0.0/8"]', ["127.0.0.1/32", "10.0.0.0/8"]),
            ("127.0.0.1", ["127.0.0.1/32"]),
            (" 127.0.0.1 , ::1 ", ["127.0.0.1/32", "::1/128"]),
            ('["2001:db8::/32", "fc00::/7"]', ["2001:db8::/32", "fc00::/7"]),
            ('["::ffff:10.0.0.0/104", "::ffff:192.0.2.1"]', ["10.0.0.0/8", "192.0.2.1/32"]),
        ],
    )
    def test_what_is_taken(
        self, monkeypatch: pytest.MonkeyPatch, written: str, networks: list[str]
    ) -> None:
        monkeypatch.setenv("UNDERSIGNED_TRUSTED_PROXIES", written)
        assert Settings().trusted_proxies == tuple(ip_network(network) for network in networks)

    @pytest.mark.parametrize(
        ("written", "sentence"),
        [
            ("localhost", "names are not looked up"),
            ('["proxy.example.org"]', "names are not looked up"),
            ("10.0.0.5/8", "write 10.0.0.0/8 or 10.0.0.5"),
            ("0.0.0.0/0", "would trust strangers"),
            ("::/0", "would trust strangers"),
            ("2000::/3", "would trust strangers"),
            ("::ffff:0:0/96", "would trust strangers"),
            ("10.0.0.0/33", "no network such as"),
            ("127.0.0.1:8000", "no address"),
            ("*", "no address"),
            ('[""]', "no address"),
            ('["127.0.0.1"', "write a list such as"),
            ('{"127.0.0.1": 1}', "write a list such as"),
        ],
    )
    def test_what_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, written: str, sentence: str
    ) -> None:
        monkeypatch.setenv("UNDERSIGNED_TRUSTED_PROXIES", written)
        assert sentence in refusal()


class TestPublicUrl:
    @pytest.mark.parametrize(
        ("written", "url"),
        [
            ("https://act.example.org", "https://act.example.org"),
            ("https://act.example.org/", "https://act.example.org"),
            ("https://act.example.org//", "https://act.example.org"),
            (" https://act.example.org ", "https://act.example.org"),
            ("HTTPS://Act.Example.ORG", "https://act.example.org"),
            ("https://act.example.org.", "https://act.example.org"),
            ("https://act.example.org:443/", "https://act.example.org"),
            ("https://act.example.org:8443", "https://act.example.org:8443"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("http://localhost:8000/", "http://localhost:8000"),
            ("http://[::1]:8000", "http://[::1]:8000"),
            ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("https://հայ.example", "https://xn--y9a3aq.example"),
        ],
    )
    def test_what_is_taken_and_how_links_begin(self, written: str, url: str) -> None:
        assert Settings(public_url=written, env="production").public_url == url

    @pytest.mark.parametrize(
        ("written", "sentence"),
        [
            ("https://example.org/act", "nothing may follow the host"),
            ("https://example.org/act/", "nothing may follow the host"),
            ("https://example.org/?", "nothing may follow the host"),
            ("https://example.org?utm=1", "nothing may follow the host"),
            ("https://example.org#top", "nothing may follow the host"),
            ("https://user:secret@example.org", "no user and no password"),
            ("https://user@example.org", "no user and no password"),
            ("example.org", "begin with https://"),
            ("//example.org", "begin with https://"),
            ("act.example.org:443", "begin with https://"),
            ("ftp://example.org", "begin with https://"),
            ("https://", "begin with https://"),
            ("https:///example.org", "begin with https://"),
            ("https://example.org:0x50", "no address"),
            ("https://example.org:99999", "no address"),
            ("https://example.org:0", "no address"),
            ("https://[::1", "no address"),
            ("https://exa mple.org", "characters"),
            ("https://example.org\\evil", "characters"),
            ("https://exa\nmple.org", "characters"),
            ("https://act_now.example.org", "no host's name"),
            ("https://-act.example.org", "no host's name"),
            ("https://act..example.org", "no host's name"),
            ("https://1.2.3", "no host's name"),
            ("http://act.example.org", "write https://act.example.org"),
            ("http://10.0.0.5:8000", "write https://10.0.0.5:8000"),
            ("", "begin with https://"),
        ],
    )
    def test_what_is_refused_in_production(self, written: str, sentence: str) -> None:
        line = refusal(public_url=written, env="production")
        assert sentence in line
        assert "secret" not in line

    def test_development_may_be_unencrypted(self) -> None:
        assert Settings(public_url="http://laptop.local:8000/").public_url.endswith(":8000")


class TestGeocoder:
    @pytest.mark.parametrize(
        ("written", "url"),
        [
            ("https://geocoding.geo.census.gov/", "https://geocoding.geo.census.gov"),
            ("https://geo.example.org/find/address/", "https://geo.example.org/find/address"),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ],
    )
    def test_what_is_taken(self, written: str, url: str) -> None:
        assert Settings(geocoder_url=written).geocoder_url == url

    @pytest.mark.parametrize(
        ("written", "sentence"),
        [
            ("http://geo.example.org", "begin with https://"),
            ("geo.example.org", "begin with https://"),
            ("https://geo.example.org/?key=1", "without a query"),
            ("https://u:p@geo.example.org", "no user and no password"),
        ],
    )
    def test_streets_are_not_sent_in_the_clear(self, written: str, sentence: str) -> None:
        assert sentence in refusal(geocoder_url=written)


def refusal(**given: Any) -> str:
    """The line that the command prints."""
    with pytest.raises(ValidationError) as refused:
        Settings(**given)
    (line,) = wrong_settings(refused.value)
    assert "Value error" not in line
    return line
