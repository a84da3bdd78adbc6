"""Settings that are refused at the start rather than believed."""

from ipaddress import ip_network
from typing import Any

import pytest
from pydantic import ValidationError

from api.cli import wrong_settings
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


def refusal(**given: Any) -> str:
    """The line that the command prints."""
    with pytest.raises(ValidationError) as refused:
        Settings(**given)
    (line,) = wrong_settings(refused.value)
    assert "Value error" not in line
    return line
